import type { BodyProcessor } from '../body-contents.ts'
import type { ParameterCollector, ParameterSource } from './parameters.ts'
import type { RequestParts } from './request-parts.ts'

const BODY_SOURCES: Readonly<Record<BodyProcessor, ParameterSource>> = {
  URLENCODED: 'form',
  MULTIPART: 'multipart',
  JSON: 'json',
  XML: 'xml',
  '': 'body',
}

/** Adds every value of a request's head that its client controls. */
export function addHeadParameters(parts: RequestParts, list: ParameterCollector): void {
  const { target, queryGraphql } = parts
  list.add('path', 'path', parts.decodedPath)
  if (target.fragment !== undefined) list.add('path', 'fragment', target.fragment)
  list.addPairs('query', parts.queryPairs)
  list.addPairs('cookie', parts.decodedCookies)
  addHeaders(parts, list)
  addNested(parts.headNested, list)
  if (queryGraphql !== undefined) list.addPairs('graphql', queryGraphql.strings, true)
}

function addHeaders(parts: RequestParts, list: ParameterCollector): void {
  const { fields } = parts.request
  const names = parts.headerNames
  for (let i = 0; i < names.length; i++) {
    // Cookies stand in the list one by one.
    if (names[i] !== 'cookie') list.add('header', names[i], fields[i * 2 + 1])
  }
}

function addNested(pairs: readonly string[], list: ParameterCollector): void {
  for (let at = 0; at < pairs.length; at += 2) list.add('nested', pairs[at], pairs[at + 1])
}

/** Adds every value of a request's body; what no parser understood comes as raw text. */
export function addBodyParameters(parts: RequestParts, list: ParameterCollector): void {
  if (parts.bodyBytes.length === 0) return
  const { body, bodyGraphql, codedText } = parts
  const source = BODY_SOURCES[body.processor]
  list.addPairs(source, body.pairs, body.hasPlainNames)
  // Names of XML and of GraphQL are made of their parsers' name bytes, which no attack can do with.
  if (body.xml !== undefined) list.addPairs(source, body.xml.leaves, true)
  for (const file of body.files) {
    list.add('file_name', file.name, file.fileName)
    const other = file.extendedFileName
    if (other !== undefined && other !== file.fileName) list.add('file_name', file.name, other)
  }
  for (let at = 0; at < body.partHeaders.length; at += 2) {
    list.add('part_header', body.partHeaders[at], body.partHeaders[at + 1])
  }
  addNested(body.nested, list)
  if (bodyGraphql !== undefined) list.addPairs('graphql', bodyGraphql.strings, true)
  if (codedText !== '') list.add('body', 'body', codedText)
  if (body.parsedBytes < parts.bodyBytes.length) list.add('body', 'body', parts.bodyText.slice(body.parsedBytes))
}
