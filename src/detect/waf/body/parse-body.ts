import type { BodyContents, BodyIrregularity, BodyProcessor } from '../body-contents.ts'
import { byteString } from './byte-text.ts'
import { emptyContents } from './contents.ts'
import { parseJson } from './json.ts'
import { type BodyLimits, DEFAULT_BODY_LIMITS } from './limits.ts'
import { parseMultipart } from './multipart.ts'
import { nestedTexts } from './nested.ts'
import { isJsonSequence, processorFor } from './processor.ts'
import { parseUrlencoded } from './urlencoded.ts'
import { parseXml } from './xml.ts'

/** A body without its content coding. */
export interface ParsableBody {
  readonly contentType: string
  readonly bytes: Uint8Array
  /** The same as a byte string. */
  readonly text: string
  /** False when more follows that is not here: an end in the middle is then no error. */
  readonly complete: boolean
}

type Parser = (body: ParsableBody, limits: BodyLimits) => BodyContents

const PARSERS: Readonly<Record<BodyProcessor, Parser>> = {
  URLENCODED: parseForm,
  MULTIPART: ({ contentType, bytes, text, complete }, limits) =>
    parseMultipart(contentType, bytes, text, limits, complete),
  JSON: ({ contentType, bytes, text, complete }, limits) =>
    parseJson(bytes, text, limits, { sequence: isJsonSequence(contentType), complete }),
  XML: ({ bytes, text, complete }, limits) => parseXml(bytes, text, limits, complete),
  '': () => emptyContents('', 0),
}

/** Reads a whole body, without content coding, by its Content-Type value. Never throws; time is linear in the bytes. */
export function parseBody(
  contentType: string,
  bytes: Uint8Array,
  limits: BodyLimits = DEFAULT_BODY_LIMITS,
): BodyContents {
  const body = { contentType, bytes, text: byteString(bytes), complete: true }
  return parseBodyAs(processorFor(contentType), body, limits)
}

/** Reads a body with a parser called by name (SecLang's `ctl:requestBodyProcessor`), whatever its type says. */
export function parseBodyAs(processor: BodyProcessor, body: ParsableBody, limits: BodyLimits): BodyContents {
  if (body.bytes.length === 0) return emptyContents(processor, 0)
  const contents = PARSERS[processor](body, limits)
  const values = contents.xml === undefined ? contents.pairs : contents.xml.leaves
  const nested = nestedTexts(values, limits)
  if (nested.length === 0) return contents
  const isFull = nested.length >= limits.nestedTexts * 2
  return { ...contents, nested, limit: contents.limit ?? (isFull ? 'nested' : undefined) }
}

function parseForm({ bytes, text }: ParsableBody, limits: BodyLimits): BodyContents {
  const form = parseUrlencoded(text, limits.pairs)
  const irregularities = new Set<BodyIrregularity>()
  if (form.percentU) irregularities.add('percent-u')
  if (form.nul) irregularities.add('nul-byte')
  return {
    ...emptyContents('URLENCODED', bytes.length),
    pairs: form.pairs,
    rawPairs: form.rawPairs,
    invalidEscapes: form.invalid,
    irregularities,
    limit: form.overflow ? 'pairs' : undefined,
  }
}
