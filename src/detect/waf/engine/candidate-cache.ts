import type { FilterEntry } from './prefilter-plan.ts'

/** The rules that can match a text. */
export interface KnownText {
  readonly text: string
  entries: readonly FilterEntry[]
  /** True when only those are left that do match, as far as that depends on the text alone. */
  isTested: boolean
}

/** Longer values hardly repeat. */
export const CACHED_VALUE_BYTES = 200

/** Bytes of a text that decide its place. */
const SAMPLED_BYTES = 32

/**
 * Remembers which rules can match a value: header values, cookies and names of arguments repeat from request to request. Each
 * text has one place, where it takes the place of what was there: that costs less than a map whose keys are mostly new.
 */
export class CandidateCache {
  readonly #places: (KnownText | undefined)[]

  /** @param placeCount a power of two: with the length of values it bounds the memory, whatever clients send */
  constructor(placeCount: number) {
    this.#places = Array.from({ length: placeCount })
  }

  get(text: string): KnownText | undefined {
    const known = this.#places[hashOf(text) & (this.#places.length - 1)]
    return known !== undefined && known.text === text ? known : undefined
  }

  set(known: KnownText): void {
    this.#places[hashOf(known.text) & (this.#places.length - 1)] = known
  }
}

/** Mixes the length and bytes from all over the text; who makes texts meet at one place only loses the cache's help. */
function hashOf(text: string): number {
  const { length } = text
  let hash = length
  if (length <= SAMPLED_BYTES) {
    for (let at = 0; at < length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193)
  } else {
    const step = (length - 1) / (SAMPLED_BYTES - 1)
    for (let index = 0; index < SAMPLED_BYTES; index++) {
      hash = Math.imul(hash ^ text.charCodeAt((index * step) | 0), 0x01000193)
    }
  }
  return hash ^ (hash >>> 15)
}
