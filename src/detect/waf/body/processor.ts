import { mediaType } from '#wire'
import type { BodyProcessor } from '../body-contents.ts'
import { isMultipartForm } from './multipart-boundary.ts'

/** Media types by the parser that reads them; what ends in `+json` or `+xml` follows its suffix (RFC 6839). */
const PROCESSORS: ReadonlyMap<string, BodyProcessor> = new Map<string, BodyProcessor>([
  ['application/x-www-form-urlencoded', 'URLENCODED'],
  ['application/json', 'JSON'],
  ['text/json', 'JSON'],
  ['text/x-json', 'JSON'],
  ['application/x-json', 'JSON'],
  ['application/csp-report', 'JSON'],
  ['application/x-ndjson', 'JSON'],
  ['application/ndjson', 'JSON'],
  ['application/jsonl', 'JSON'],
  ['application/x-jsonlines', 'JSON'],
  ['application/json-seq', 'JSON'],
  ['application/xml', 'XML'],
  ['text/xml', 'XML'],
])

const JSON_SEQUENCE = /^application\/(?:x-ndjson|ndjson|jsonl|x-jsonlines|json-seq|[\w.+-]+\+json-seq)$/

/** The parser that fits a Content-Type value; empty when none does. */
export function processorFor(contentType: string): BodyProcessor {
  if (contentType === '') return ''
  if (isMultipartForm(contentType)) return 'MULTIPART'
  const type = mediaType(contentType) ?? ''
  const known = PROCESSORS.get(type)
  if (known !== undefined) return known
  if (type.endsWith('+json') || type.endsWith('+json-seq')) return 'JSON'
  return type.endsWith('+xml') ? 'XML' : ''
}

/** True for types in which JSON values follow each other. */
export function isJsonSequence(contentType: string): boolean {
  return JSON_SEQUENCE.test(mediaType(contentType) ?? '')
}
