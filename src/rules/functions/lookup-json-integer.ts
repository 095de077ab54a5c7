import type { FunctionDefinition } from './function.ts'
import { lookupJson } from './json-path.ts'
import { JSON_PATH_PARAMETERS } from './lookup-json-string.ts'

export const LOOKUP_JSON_INTEGER: FunctionDefinition = {
  name: 'lookup_json_integer',
  help: 'The integer at a path of keys (names and positions from 0) in a JSON document; absent when there is none, for 42.0 too.',
  example: 'lookup_json_integer(http.request.headers["x-meta"][0], "version") >= 2',
  parameters: JSON_PATH_PARAMETERS,
  result: 'Int',
  evaluate: (document: string, ...keys: readonly (string | number)[]) => {
    const found = lookupJson(document, keys)
    return typeof found === 'number' && Number.isSafeInteger(found) ? found : undefined
  },
}
