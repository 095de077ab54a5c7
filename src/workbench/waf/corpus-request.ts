import type { RequestSample, WafClass } from '#detect'

/**
 * `ordinary`: browsing, searches, forms and JSON of typical front ends. `hard`: texts about code, SQL, shells and HTML, as
 * forums, wikis and ticket systems get them.
 */
export type CorpusKind = 'attack' | 'ordinary' | 'hard'

/** One request of a corpus. The same corpus with the same seed gives it the same id, so that it can be looked at again. */
export interface CorpusRequest {
  readonly id: string
  readonly kind: CorpusKind
  /** What an attack attacks. */
  readonly class?: WafClass
  /** Where its text comes from: a generator, or a file of this machine. */
  readonly origin: string
  readonly sample: RequestSample
}
