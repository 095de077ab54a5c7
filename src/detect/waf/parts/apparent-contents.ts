import type { BodyContents, BodyProcessor } from '../body-contents.ts'
import { parseBodyAs } from '../body/parse-body.ts'
import type { RequestParts } from './request-parts.ts'

/** How the begin of a body looks that its parser would understand. A form is one line, as nobody writes prose with `name=` in front. */
const LOOKS: readonly (readonly [BodyProcessor, RegExp])[] = [
  ['JSON', /^[\s\xef\xbb\xbf]*[[{]/],
  ['XML', /^[\s\xef\xbb\xbf]*<[?!A-Za-z]/],
  ['MULTIPART', /^\s*--[^\r\n]{1,70}\r?\n/],
  ['URLENCODED', /^[\w.%+[\]-]{1,128}=[^\r\n]*$/],
]
const FIRST_DELIMITER = /^\s*--([^"\\\r\n]{1,70}?)[ \t]*\r?\n/

/** Media types that say nothing about what is in the body; others, such as those of images, are believed. */
const VAGUE_TYPE = /^\s*(?:$|[;,]|text\/|application\/octet-stream|multipart\/)/i

/**
 * What another parser finds in a body whose type names the wrong one, or none: many servers do not mind the type, or guess as
 * this does. Undefined when the body is what its type says, or like nothing.
 */
export function apparentContents(parts: RequestParts): BodyContents | undefined {
  const { body, bodyText, contentType } = parts
  if (isUnderstood(body) || (body.processor === '' && !VAGUE_TYPE.test(contentType))) return undefined
  const processor = LOOKS.find(([, look]) => look.test(bodyText))?.[0]
  if (processor === undefined || (processor === body.processor && processor !== 'MULTIPART')) return undefined
  const boundary = processor === 'MULTIPART' ? FIRST_DELIMITER.exec(bodyText)?.[1] : undefined
  const type = boundary === undefined ? contentType : `multipart/form-data; boundary="${boundary}"`
  const given = { contentType: type, bytes: parts.bodyBytes, text: bodyText, complete: parts.isBodyComplete }
  return parseBodyAs(processor, given, parts.limits)
}

/** Of a form nobody can tell: every text is one. */
function isUnderstood({ processor, error, parsedBytes }: BodyContents): boolean {
  if (processor === 'MULTIPART') return parsedBytes > 0
  return processor !== '' && processor !== 'URLENCODED' && error === undefined
}
