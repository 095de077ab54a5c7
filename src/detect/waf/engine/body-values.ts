import type { RequestParts } from '../parts/request-parts.ts'
import { MULTIPART_STRICT_IRREGULARITIES } from '../body-contents.ts'
import type { BodyIrregularity } from '../body-contents.ts'
import { ARGS_GET, ARGS_GET_NAMES, ARGS_POST, ARGS_POST_NAMES, XML } from './variable-table.ts'
import type { SecValue } from './sec-value.ts'
import type { Transaction } from './transaction.ts'
import { addNames, addPairs, addValue, collection, single, type ValueReaders } from './value-list.ts'
import { requestLine } from './request-values.ts'

/** Variables that the request body fills, or to which it adds. */
export const BODY_VALUES: ValueReaders = {
  ARGS: ({ parts }) => {
    const list: SecValue[] = []
    addPairs(list, ARGS_GET, parts.queryPairs)
    addPairs(list, ARGS_POST, parts.body.pairs)
    addPairs(list, ARGS_POST, unreadRest(parts))
    return list
  },
  ARGS_NAMES: ({ parts }) => {
    const list: SecValue[] = []
    addNames(list, ARGS_GET_NAMES, parts.queryPairs)
    addNames(list, ARGS_POST_NAMES, parts.body.pairs)
    return list
  },
  ...single('ARGS_COMBINED_SIZE', ({ parts }) => sizeOf(parts.queryPairs) + sizeOf(parts.body.pairs)),
  ...single('REQBODY_PROCESSOR', (transaction) => transaction.bodyProcessor),
  ...single('REQBODY_ERROR', ({ parts }) => flag(parts.body.error !== undefined)),
  ...single('REQBODY_ERROR_MSG', ({ parts }) => parts.body.error ?? ''),
  ...single('REQBODY_PROCESSOR_ERROR', ({ parts }) => flag(parts.body.error !== undefined)),
  ...single('REQBODY_PROCESSOR_ERROR_MSG', ({ parts }) => parts.body.error ?? ''),
  ...single('REQUEST_BODY', visibleBody),
  ...single('REQUEST_BODY_LENGTH', (transaction) => transaction.bodyBytes),
  ...single('FULL_REQUEST', fullRequest),
  ...single('FULL_REQUEST_LENGTH', (transaction) => fullRequest(transaction).length),
  ...single('URLENCODED_ERROR', ({ parts }) => flag(parts.invalidQueryEscapes + parts.body.invalidEscapes > 0)),
  ...single('INBOUND_DATA_ERROR', (transaction) => flag(transaction.bodyExceedsLimit)),
  XML: ({ parts }) => {
    const list: SecValue[] = []
    const { xml } = parts.body
    if (xml === undefined) return list
    addValue(list, XML, XML, XML_TEXT, xml.text)
    for (const attribute of xml.attributes) addValue(list, XML, XML, XML_ATTRIBUTE, attribute)
    return list
  },
  ...collection('FILES', ({ parts }) => parts.body.files.flatMap(({ name, fileName }) => [name, fileName])),
  ...collection('FILES_NAMES', ({ parts }) => parts.body.files.flatMap(({ name }) => [name, name])),
  ...collection('FILES_SIZES', ({ parts }) => parts.body.files.flatMap((file) => [file.name, String(file.sizeBytes)])),
  ...single('FILES_COMBINED_SIZE', ({ parts }) => parts.body.files.reduce((sum, file) => sum + file.sizeBytes, 0)),
  FILES_TMPNAMES: () => [],
  ...collection('FILES_TMP_CONTENT', fileContents),
  ...collection('MULTIPART_PART_HEADERS', ({ parts }) => parts.body.partHeaders),
  ...single('MULTIPART_FILENAME', ({ parts }) => parts.body.files.at(-1)?.fileName),
  ...single('MULTIPART_NAME', ({ parts }) => parts.body.partNames.at(-1)),
  ...single('MULTIPART_STRICT_ERROR', ({ parts }) =>
    flag(MULTIPART_STRICT_IRREGULARITIES.some((name) => parts.body.irregularities.has(name))),
  ),
  ...single('MULTIPART_UNMATCHED_BOUNDARY', unmatchedBoundary),
  ...irregularity('MULTIPART_CRLF_LF_LINES', 'crlf-lf-lines'),
  ...irregularity('MULTIPART_BOUNDARY_QUOTED', 'boundary-quoted'),
  ...irregularity('MULTIPART_BOUNDARY_WHITESPACE', 'boundary-whitespace'),
  ...irregularity('MULTIPART_DATA_BEFORE', 'data-before'),
  ...irregularity('MULTIPART_DATA_AFTER', 'data-after'),
  ...irregularity('MULTIPART_HEADER_FOLDING', 'header-folding'),
  ...irregularity('MULTIPART_LF_LINE', 'lf-line'),
  ...irregularity('MULTIPART_MISSING_SEMICOLON', 'missing-semicolon'),
  ...irregularity('MULTIPART_SEMICOLON_MISSING', 'missing-semicolon'),
  ...irregularity('MULTIPART_INVALID_QUOTING', 'invalid-quoting'),
  ...irregularity('MULTIPART_INVALID_PART', 'invalid-part'),
  ...irregularity('MULTIPART_INVALID_HEADER_FOLDING', 'invalid-header-folding'),
  ...irregularity('MULTIPART_FILE_LIMIT_EXCEEDED', 'file-limit-exceeded'),
}

/** Names of XML values are the two paths by which rules select them. */
const XML_TEXT = '/*'
const XML_ATTRIBUTE = '//@*'

/**
 * What stands behind the place where a parser gave up, as one value without a name: applications read more bodies than the
 * standards allow, and rules look at arguments.
 */
function unreadRest({ body, bodyText }: RequestParts): readonly string[] {
  const rest = body.error === undefined ? '' : bodyText.slice(body.parsedBytes)
  return rest === '' ? [] : ['', rest]
}

function flag(value: boolean): string {
  return value ? '1' : '0'
}

function irregularity(name: string, of: BodyIrregularity): ValueReaders {
  return single(name, ({ parts }) => flag(parts.body.irregularities.has(of)))
}

function sizeOf(pairs: readonly string[]): number {
  let size = 0
  for (let at = 0; at < pairs.length; at++) size += pairs[at].length
  return size
}

/**
 * REQUEST_BODY holds the raw body, except where a parser took one apart whose raw form would only alarm: files are files, and
 * markup is shown by the XML variables. A body that its parser did not understand is always shown, so that nothing hides behind
 * an error.
 */
function visibleBody({ parts, bodyProcessor, isBodyForced }: Transaction): string {
  const isTakenApart = bodyProcessor === 'MULTIPART' || bodyProcessor === 'XML'
  return isTakenApart && !isBodyForced && parts.body.error === undefined ? '' : parts.bodyText
}

function unmatchedBoundary({ parts }: Transaction): string {
  const { irregularities } = parts.body
  return irregularities.has('unmatched-boundary') ? '1' : irregularities.has('hyphen-line') ? '2' : '0'
}

function fullRequest(transaction: Transaction): string {
  const { fields } = transaction.parts.request
  let text = `${requestLine(transaction)}\r\n`
  for (let at = 0; at < fields.length; at += 2) text += `${fields[at]}: ${fields[at + 1]}\r\n`
  return `${text}\r\n${transaction.parts.bodyText}`
}

function fileContents({ parts }: Transaction): string[] {
  return parts.body.files.flatMap((file) => [
    file.name,
    parts.bodyText.slice(file.contentOffset, file.contentOffset + file.sizeBytes),
  ])
}
