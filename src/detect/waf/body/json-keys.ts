// Objects of so few keys are compared one by one; a set costs more than it saves.
const FEW_KEYS = 16

/** The keys of one object so far, to notice that one comes again. */
export class SeenKeys {
  #keys: string[] = []
  #all: Set<string> | undefined = undefined
  #marks = 0

  /** Forgets everything, for the next object at the same depth. */
  reset(): void {
    if (this.#keys.length > 0) this.#keys = []
    this.#all = undefined
    this.#marks = 0
  }

  /** Remembers a key; true when it was there. */
  repeats(key: string): boolean {
    if (this.#all !== undefined) {
      if (this.#all.has(key)) return true
      this.#all.add(key)
      return false
    }
    // One bit by length and ends tells most keys apart without comparing any.
    const mark = 1 << ((key.length * 5 + key.charCodeAt(0) * 3 + key.charCodeAt(key.length - 1)) & 31)
    if ((this.#marks & mark) !== 0 && this.#keys.includes(key)) return true
    this.#marks |= mark
    this.#keys.push(key)
    if (this.#keys.length > FEW_KEYS) this.#all = new Set(this.#keys)
    return false
  }
}
