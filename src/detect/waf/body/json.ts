import type { BodyContents } from '../body-contents.ts'
import { emptyContents } from './contents.ts'
import { JsonReader } from './json-reader.ts'
import type { BodyLimits } from './limits.ts'
import { PairCollector } from './pair-collector.ts'
import { unicodeText } from './text-encoding.ts'

/** How a JSON body is read beyond its limits. */
export interface JsonBodyOptions {
  /** One value after the other: NDJSON, JSON Lines, RFC 7464 sequences. */
  readonly sequence: boolean
  readonly complete: boolean
}

/** Reads a JSON body: leaves as pairs named `json.a.0.b`, and what is wrong with it. */
export function parseJson(bytes: Uint8Array, text: string, limits: BodyLimits, options: JsonBodyOptions): BodyContents {
  const unicode = unicodeText(bytes, text)
  const pairs = new PairCollector('json', limits, unicode.text.length)
  const reader = new JsonReader(unicode.text, 0, pairs, { root: 'json', maxDepth: limits.depth, ...options })
  const end = reader.read()
  pairs.finish()
  if (unicode.irregularity !== undefined) reader.irregularities.add(unicode.irregularity)
  const whole = end >= unicode.text.length
  return {
    ...emptyContents('JSON', whole ? bytes.length : Math.min(end, bytes.length)),
    pairs: pairs.pairs,
    hasPlainNames: reader.hasPlainNames,
    error: reader.error,
    irregularities: reader.irregularities,
    limit: reader.limit ?? pairs.limit,
  }
}
