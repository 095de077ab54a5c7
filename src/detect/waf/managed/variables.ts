import type { ParameterSource } from '../parts/parameters.ts'

/** SecLang's names of the places where values stand: events and exceptions speak of our rules in the same words. */
const COLLECTION_OF: Readonly<Record<ParameterSource, string>> = {
  query: 'ARGS',
  form: 'ARGS',
  json: 'ARGS',
  multipart: 'ARGS',
  graphql: 'ARGS',
  nested: 'ARGS',
  name: 'ARGS_NAMES',
  xml: 'XML',
  cookie: 'REQUEST_COOKIES',
  header: 'REQUEST_HEADERS',
  path: 'REQUEST_FILENAME',
  file_name: 'FILES',
  part_header: 'MULTIPART_PART_HEADERS',
  body: 'REQUEST_BODY',
}

/** Collections that a parameter of an exception may name. */
export const COLLECTIONS: ReadonlySet<string> = new Set([
  ...Object.values(COLLECTION_OF),
  'FILES_TMP_CONTENT',
  'RESPONSE_BODY',
  'REQUEST_LINE',
  'RESPONSE_STATUS',
])

/** The variable of a value, such as `ARGS:q` or `REQUEST_HEADERS:User-Agent`. */
export function variableOf(source: ParameterSource, name: string): string {
  const collection = COLLECTION_OF[source]
  return name === '' || source === 'path' || source === 'body' ? collection : `${collection}:${name}`
}
