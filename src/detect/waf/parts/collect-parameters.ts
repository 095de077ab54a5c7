import type { BodyContents, BodyProcessor } from '../body-contents.ts'
import { visibleText } from '../body/printable-runs.ts'
import { apparentContents } from './apparent-contents.ts'
import type { ParameterCollector, ParameterSource } from './parameters.ts'
import type { RequestParts } from './request-parts.ts'
import { windowValues } from './window-values.ts'

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

/**
 * Adds every value of a request's body. What no parser understood comes as raw text, and taken apart as it looks: rules that
 * judge a value by how it begins would see nothing in the text.
 */
export function addBodyParameters(parts: RequestParts, list: ParameterCollector): void {
  if (parts.bodyBytes.length === 0) return
  const { body, bodyGraphql, codedText } = parts
  addContents(body, list)
  if (bodyGraphql !== undefined) list.addPairs('graphql', bodyGraphql.strings, true)
  if (codedText !== '') list.add('body', 'body', codedText)
  const apparent = apparentContents(parts)
  if (apparent !== undefined) addContents(apparent, list)
  if (body.parsedBytes >= parts.bodyBytes.length) return
  const rest = parts.bodyText.slice(body.parsedBytes)
  list.add('body', 'body', visibleText(rest))
  if (body.processor === 'JSON') windowValues('json', rest, (_, value) => list.add('json', 'json', value))
}

function addContents(contents: BodyContents, list: ParameterCollector): void {
  const source = BODY_SOURCES[contents.processor]
  list.addPairs(source, contents.pairs, contents.hasPlainNames)
  // Names of XML and of GraphQL are made of their parsers' name bytes, which no attack can do with.
  if (contents.xml !== undefined) list.addPairs(source, contents.xml.leaves, true)
  for (const file of contents.files) {
    list.add('file_name', file.name, file.fileName)
    const other = file.extendedFileName
    if (other !== undefined && other !== file.fileName) list.add('file_name', file.name, other)
  }
  for (let at = 0; at < contents.partHeaders.length; at += 2) {
    list.add('part_header', contents.partHeaders[at], contents.partHeaders[at + 1])
  }
  addNested(contents.nested, list)
  if (contents.limit === 'pairs') addJoined(contents, source, list)
}

/** A value of words and numbers, such as fill up a body: nothing to look at. */
const PLAIN_VALUE = /^[\w .,-]*$/

/** What the parser joined into the last pair, apart again: thousands of values in front shall not hide how one begins. */
function addJoined({ processor, pairs, xml }: BodyContents, source: ParameterSource, list: ParameterCollector): void {
  const joined = (xml?.leaves ?? pairs).at(-1) ?? ''
  const add = (name: string, value: string): void => {
    if (!PLAIN_VALUE.test(value)) list.add(source, name, value)
  }
  if (processor === 'URLENCODED') windowValues('form', joined, add)
  else for (const value of joined.split('\n')) add('', value)
}
