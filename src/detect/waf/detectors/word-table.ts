/**
 * A set of ASCII words to look up in place, in any case, without cutting them out of the text. Words are numbered from 1 in
 * the order given.
 */
export class WordTable {
  readonly #words: readonly string[]
  readonly #slots: Uint16Array
  readonly #longest: number

  constructor(words: readonly string[]) {
    this.#words = ['', ...words]
    this.#longest = Math.max(...words.map((word) => word.length))
    // Four slots a word keep chains at one or two steps.
    this.#slots = new Uint16Array(2 ** Math.ceil(Math.log2(words.length * 4)))
    words.forEach((word, index) => {
      const slot = this.#findSlot(word, 0, word.length)
      if (this.#slots[slot] !== 0) throw new RangeError(`"${word}" stands twice in a table of words`)
      this.#slots[slot] = index + 1
    })
  }

  /** Number of the word that stands in `text` from `from` to `to`; 0 when it is none of the table. */
  find(text: string, from: number, to: number): number {
    if (to - from > this.#longest || to <= from) return 0
    return this.#slots[this.#findSlot(text, from, to)]
  }

  /** The slot that holds the word, or the empty one where it would stand. */
  #findSlot(text: string, from: number, to: number): number {
    let hash = 7
    for (let index = from; index < to; index++) hash = (Math.imul(hash, 31) + (text.charCodeAt(index) | 0x20)) | 0
    const mask = this.#slots.length - 1
    let slot = (hash ^ (hash >>> 12)) & mask
    while (this.#slots[slot] !== 0 && !isSame(this.#words[this.#slots[slot]], text, from, to)) slot = (slot + 1) & mask
    return slot
  }
}

function isSame(word: string, text: string, from: number, to: number): boolean {
  if (word.length !== to - from) return false
  for (let index = 0; index < word.length; index++) {
    if ((text.charCodeAt(from + index) | 0x20) !== (word.charCodeAt(index) | 0x20)) return false
  }
  return true
}
