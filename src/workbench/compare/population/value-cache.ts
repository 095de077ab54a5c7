import { equalBytes, hashOf } from './json-scan.ts'

/** Values that are remembered; a power of two. */
const PLACES = 4096
/** Longer texts are rarely met again. */
const TEXT_BYTES = 1024
/** Bytes of remembered texts: when there are more, all are forgotten. */
const HELD_BYTES = 4 * 1024 * 1024

interface Kept<Value> {
  readonly text: Uint8Array
  readonly value: Value
}

/** Remembers what was made of texts that come again and again, by their bytes, so that nothing is made of them anew. */
export class ValueCache<Value> {
  readonly #make: (bytes: Buffer, start: number, end: number) => Value
  readonly #kept: (Kept<Value> | undefined)[] = Array<undefined>(PLACES).fill(undefined)
  /** By place: the hash of the last text that came there. Only what comes twice is kept. */
  readonly #seen = new Int32Array(PLACES)
  #heldBytes = 0

  /** @param make makes the value of a text */
  constructor(make: (bytes: Buffer, start: number, end: number) => Value) {
    this.#make = make
  }

  valueOf(bytes: Buffer, start: number, end: number): Value {
    if (end - start > TEXT_BYTES) return this.#make(bytes, start, end)
    const hash = hashOf(bytes, start, end)
    const place = hash & (PLACES - 1)
    const kept = this.#kept[place]
    if (kept !== undefined && equalBytes(bytes, start, end, kept.text)) return kept.value
    const value = this.#make(bytes, start, end)
    if (this.#seen[place] === hash) this.#keep(place, { text: Uint8Array.from(bytes.subarray(start, end)), value })
    else this.#seen[place] = hash
    return value
  }

  #keep(place: number, kept: Kept<Value>): void {
    if (this.#heldBytes > HELD_BYTES) {
      this.#kept.fill(undefined)
      this.#heldBytes = 0
    }
    this.#heldBytes += kept.text.length
    this.#kept[place] = kept
  }
}
