import type { BodyContents, BodyIrregularity, BodyProcessor } from '../body-contents.ts'

const NOTHING: readonly never[] = []
const REGULAR: ReadonlySet<BodyIrregularity> = new Set()

/** Contents without anything in them: what a parser did not find stays as it is here. */
export function emptyContents(processor: BodyProcessor, parsedBytes: number): BodyContents {
  return {
    processor,
    pairs: NOTHING,
    hasPlainNames: false,
    rawPairs: undefined,
    files: NOTHING,
    partHeaders: NOTHING,
    partNames: NOTHING,
    xml: undefined,
    nested: NOTHING,
    error: undefined,
    irregularities: REGULAR,
    invalidEscapes: 0,
    limit: undefined,
    parsedBytes,
  }
}
