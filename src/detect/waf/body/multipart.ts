import type { BodyContents } from '../body-contents.ts'
import { emptyContents } from './contents.ts'
import type { BodyLimits } from './limits.ts'
import { readBoundary } from './multipart-boundary.ts'
import { MultipartReader } from './multipart-reader.ts'
import { PairCollector } from './pair-collector.ts'

/** Reads a multipart/form-data body: fields as pairs, files apart from them, and everything that servers may read differently. */
export function parseMultipart(
  contentType: string,
  bytes: Uint8Array,
  text: string,
  limits: BodyLimits,
  complete: boolean,
): BodyContents {
  const { boundary, irregularities, error } = readBoundary(contentType)
  if (boundary === undefined) {
    return { ...emptyContents('MULTIPART', 0), irregularities: new Set([...irregularities, 'parser-fault']), error }
  }
  const fields = new PairCollector('', limits, bytes.length)
  const reader = new MultipartReader(bytes, text, boundary, fields, limits, complete)
  for (const irregularity of irregularities) reader.irregularities.add(irregularity)
  if (error !== undefined) reader.fail(error)
  const parsedBytes = reader.read()
  fields.finish()
  return {
    ...emptyContents('MULTIPART', parsedBytes),
    pairs: fields.pairs,
    files: reader.files,
    partHeaders: reader.partHeaders,
    partNames: reader.partNames,
    irregularities: reader.irregularities,
    error: reader.error,
    limit: reader.limit ?? fields.limit,
  }
}
