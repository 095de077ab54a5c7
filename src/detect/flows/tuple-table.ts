const FIRST_ROWS = 1024
const FREE = 0

/** Tuples that were found lately, by a few of their bits: few enough to stay in the processor's nearest cache. */
const RECENT_BITS = 11

/** Multipliers with well mixed bits, odd as they must be to lose nothing. */
const MIX = { word: 0x9e37_79b1, rotate: 15, step: 0x85eb_ca6b, last: 0xc2b2_ae35 } as const

/**
 * A number for each tuple of 32-bit words: a hash table with open addressing over typed arrays. The hash is seeded, so
 * that nobody can make a capture whose tuples all fall on one place.
 */
export class TupleTable {
  readonly #width: number
  readonly #stride: number
  readonly #limit: number
  readonly #seed: number
  /** Row number plus one. */
  #index: Int32Array = new Int32Array(FIRST_ROWS * 2)
  #mask = FIRST_ROWS * 2 - 1
  #hashes: Uint32Array = new Uint32Array(FIRST_ROWS)
  /** Rows: the tuple, then the words of its owner. */
  rows: Uint32Array
  readonly #released: number[] = []
  #used = 0
  #size = 0
  /**
   * Row plus one of a tuple that was found lately: most are looked for again soon, and the index is far away in memory.
   * An entry of a tuple that is taken out is cleared; so a row that an entry names is in the table.
   */
  readonly #recent = new Int32Array(1 << RECENT_BITS)
  /** True when the last `intern` added a row. */
  isNew = false

  /** Tuples of `width` words, each with `extraWords` for whoever owns the table; at most `limit`. */
  constructor(width: number, extraWords: number, limit: number) {
    this.#width = width
    this.#stride = width + extraWords
    this.#limit = limit
    this.#seed = crypto.getRandomValues(new Uint32Array(1))[0]
    this.rows = new Uint32Array(FIRST_ROWS * this.#stride)
  }

  get size(): number {
    return this.#size
  }

  get isFull(): boolean {
    return this.#size >= this.#limit
  }

  /** Rows that were ever used: each number below may name a tuple. */
  get rowBound(): number {
    return this.#used
  }

  /** Where the words of a row begin. */
  offset(row: number): number {
    return row * this.#stride
  }

  /** The row of the tuple in `words`, added when it is new; -1 when there is no room for it. */
  intern(words: Uint32Array): number {
    const place = this.#recentPlace(words)
    const recent = this.#recent[place] - 1
    if (recent >= 0 && this.#equals(recent, words)) {
      this.isNew = false
      return recent
    }
    const hash = this.#hash(words)
    let row = this.#find(words, hash)
    this.isNew = row < 0
    if (this.isNew) row = this.isFull ? -1 : this.#add(words, hash)
    this.#recent[place] = row + 1
    return row
  }

  #recentPlace(words: Uint32Array): number {
    const width = this.#width
    let mixed = 0
    for (let word = 0; word < width; word++) mixed = Math.imul(mixed ^ words[word], MIX.word)
    return mixed >>> (32 - RECENT_BITS)
  }

  /** The row of the tuple in `words`; -1 when it is not in the table. */
  find(words: Uint32Array): number {
    return this.#find(words, this.#hash(words))
  }

  #find(words: Uint32Array, hash: number): number {
    const index = this.#index
    const mask = this.#mask
    for (let place = hash & mask; index[place] !== FREE; place = (place + 1) & mask) {
      const row = index[place] - 1
      if (this.#equals(row, words)) return row
    }
    return -1
  }

  #equals(row: number, words: Uint32Array): boolean {
    const { rows } = this
    const width = this.#width
    const at = row * this.#stride
    for (let word = 0; word < width; word++) if (rows[at + word] !== words[word]) return false
    return true
  }

  #hash(words: Uint32Array): number {
    const width = this.#width
    let hash = this.#seed
    for (let word = 0; word < width; word++) {
      hash ^= Math.imul(words[word], MIX.word)
      hash = (hash << MIX.rotate) | (hash >>> (32 - MIX.rotate))
      hash = Math.imul(hash, MIX.step) + word
    }
    hash = Math.imul(hash ^ (hash >>> 16), MIX.last)
    return (hash ^ (hash >>> 13)) >>> 0
  }

  #add(words: Uint32Array, hash: number): number {
    const row = this.#released.pop() ?? this.#used++
    if (row >= this.#hashes.length) this.#grow()
    const at = row * this.#stride
    const { rows } = this
    const width = this.#width
    const stride = this.#stride
    for (let word = 0; word < stride; word++) rows[at + word] = word < width ? words[word] : 0
    this.#hashes[row] = hash
    this.#size++
    this.#enter(row)
    return row
  }

  #enter(row: number): void {
    let place = this.#hashes[row] & this.#mask
    while (this.#index[place] !== FREE) place = (place + 1) & this.#mask
    this.#index[place] = row + 1
  }

  /** Twice the rows, and places for twice as many as there are rows. */
  #grow(): void {
    const rows = this.#hashes.length * 2
    const hashes = new Uint32Array(rows)
    hashes.set(this.#hashes)
    const words = new Uint32Array(rows * this.#stride)
    words.set(this.rows)
    const old = this.#index
    this.#hashes = hashes
    this.rows = words
    this.#index = new Int32Array(rows * 2)
    this.#mask = rows * 2 - 1
    for (const entry of old) if (entry !== FREE) this.#enter(entry - 1)
  }

  /** Takes a row out. What follows it in its run moves up, so that no search ends too early. */
  remove(row: number): void {
    const index = this.#index
    const mask = this.#mask
    let hole = this.#hashes[row] & mask
    while (index[hole] !== row + 1) hole = (hole + 1) & mask
    for (let place = (hole + 1) & mask; index[place] !== FREE; place = (place + 1) & mask) {
      const home = this.#hashes[index[place] - 1] & mask
      // Only who stands at or before the hole, counted from its home, may fill it.
      if (((place - home) & mask) >= ((place - hole) & mask)) {
        index[hole] = index[place]
        hole = place
      }
    }
    index[hole] = FREE
    this.#forgetRecent(row)
    this.#size--
    this.#released.push(row)
  }

  #forgetRecent(row: number): void {
    const at = this.offset(row)
    const place = this.#recentPlace(this.rows.subarray(at, at + this.#width))
    if (this.#recent[place] === row + 1) this.#recent[place] = 0
  }

  /** Forgets everything; the room stays. */
  clear(): void {
    this.#index.fill(FREE)
    this.#recent.fill(0)
    this.#released.length = 0
    this.#used = 0
    this.#size = 0
  }
}
