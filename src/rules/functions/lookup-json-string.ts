import type { FieldType } from '#fields'
import { utf8Bytes } from '../parse/string-literal.ts'
import { boundedResult, type FunctionDefinition, type FunctionParameter } from './function.ts'
import { lookupJson } from './json-path.ts'

const KEY_TYPES: readonly FieldType[] = ['String', 'Int']

/** The parameters of the functions that look into a JSON document. */
export const JSON_PATH_PARAMETERS: readonly FunctionParameter[] = [
  { name: 'document', types: ['String'] },
  { name: 'key', types: KEY_TYPES, variadic: true },
]

export const LOOKUP_JSON_STRING: FunctionDefinition = {
  name: 'lookup_json_string',
  help: 'The string at a path of keys (names and positions from 0) in a JSON document; absent when there is none.',
  example: 'lookup_json_string(http.request.headers["x-meta"][0], "user", "names", 0) == "ada"',
  parameters: JSON_PATH_PARAMETERS,
  result: 'String',
  evaluate: (document: string, ...keys: readonly (string | number)[]) => {
    const found = lookupJson(document, keys)
    return typeof found === 'string' ? boundedResult(utf8Bytes(found)) : undefined
  },
}
