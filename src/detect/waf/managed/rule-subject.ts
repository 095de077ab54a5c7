import type { EntryReader, Reader, Readers } from '#fields'
import { fieldValue, fieldValues, lowerAscii, mediaType, normalizePath, pathExtension } from '#wire'
import type { UploadedFile } from '../body-contents.ts'
import { fileType } from '../body/file-type.ts'
import type { WafResponse } from '../message.ts'
import type { RequestParts } from '../parts/request-parts.ts'
import { VALUE_DETECTORS } from './detector-table.ts'
import { InspectedValue } from './inspected-value.ts'

/** What a rule can read while it is asked: one request, and the value, file or answer that is looked at now. */
export class RuleSubject {
  readonly parts: RequestParts
  readonly value = new InspectedValue()
  file: UploadedFile | undefined = undefined
  response: WafResponse | undefined = undefined
  /** Text of the answer's body, or one window of it. */
  responseText: string | undefined = undefined

  constructor(parts: RequestParts) {
    this.parts = parts
  }
}

type SubjectReader = Reader<RuleSubject>

const headersOf: SubjectReader = ({ parts }) => {
  const { fields } = parts.request
  const map = new Map<string, string[]>()
  for (const [index, name] of parts.headerNames.entries()) {
    const values = map.get(name)
    if (values === undefined) map.set(name, [fields[2 * index + 1]])
    else values.push(fields[2 * index + 1])
  }
  return map
}

const headerEntry: EntryReader<RuleSubject> = ({ parts }, name) => fieldValues(parts.request.fields, name)

const responseHeaderEntry: EntryReader<RuleSubject> = ({ response }, name) =>
  response === undefined ? undefined : fieldValues(response.fields, name)

function irregularitiesOf({ body, codingProblem }: RequestParts): readonly string[] {
  const names: string[] = [...body.irregularities]
  if (codingProblem !== undefined) names.push(`coding-${codingProblem}`)
  return names
}

function detectorReaders(): Record<string, SubjectReader> {
  const readers: Record<string, SubjectReader> = {}
  for (const [index, { name }] of VALUE_DETECTORS.entries()) {
    readers[`waf.value.${name}`] = ({ value }) => value.detection(index)?.finding
    readers[`waf.value.${name}.confidence`] = ({ value }) => value.detection(index)?.confidence
  }
  return readers
}

const METHOD_FIELDS: Readonly<Record<string, SubjectReader>> = {
  'http.request.method': ({ parts }) => parts.request.method,
  'http.request.version': ({ parts }) => parts.request.version,
  'http.host': ({ parts }) => {
    const host = fieldValue(parts.request.fields, 'host')
    return host === undefined ? undefined : lowerAscii(host)
  },
  'http.request.uri.path': ({ parts }) => normalizePath(parts.target.path),
  'http.request.uri.path.extension': ({ parts }) => pathExtension(normalizePath(parts.target.path)),
  'http.request.uri.query': ({ parts }) => parts.target.query,
  'raw.http.request.uri.path': ({ parts }) => parts.target.path,
  'http.request.headers': headersOf,
  'http.user_agent': ({ parts }) => parts.header('user-agent'),
  'http.referer': ({ parts }) => parts.header('referer'),
  'http.request.body.mime': ({ parts }) => mediaType(parts.contentType),
}

/** How our rules read the fields of the point `waf`, and those of the request that they may name. */
export const SUBJECT_READERS: Readers<RuleSubject> = {
  read: {
    ...METHOD_FIELDS,
    'waf.value': ({ value }) => value.text,
    'waf.value.source': ({ value }) => value.source,
    'waf.value.name': ({ value }) => lowerAscii(value.name),
    ...detectorReaders(),
    'waf.file.name': ({ file }) => (file === undefined ? undefined : lowerAscii(file.fileName)),
    'waf.file.type': ({ file }) => (file === undefined ? undefined : fileType(file.head)?.name),
    'waf.file.media_type': ({ file }) => (file === undefined ? undefined : mediaType(file.contentType)),
    'waf.file.head': ({ file }) => (file === undefined ? undefined : Buffer.from(file.head).toString('latin1')),
    'waf.body.irregularities': ({ parts }) => irregularitiesOf(parts),
    'waf.graphql.depth': ({ parts }) => parts.graphql?.depth,
    'waf.graphql.aliases': ({ parts }) => parts.graphql?.aliasCount,
    'http.response.code': ({ response }) => response?.status,
    'waf.response.body': ({ responseText }) => responseText,
  },
  entry: { 'http.request.headers': headerEntry, 'http.response.headers': responseHeaderEntry },
}
