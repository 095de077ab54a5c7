import { TidegateError } from '#kernel'
import { BODY_VALUES } from './body-values.ts'
import { REQUEST_VALUES } from './request-values.ts'
import { RESPONSE_VALUES } from './response-values.ts'
import type { ValueReader } from './value-list.ts'
import { HOMES, VARIABLE_NAMES } from './variable-table.ts'
import { VOLATILE_VALUES } from './volatile-values.ts'

const BY_NAME = { ...REQUEST_VALUES, ...BODY_VALUES, ...RESPONSE_VALUES, ...VOLATILE_VALUES }

/** Reader of each variable by its number; a part of another variable is read by its home. */
export const VALUE_READERS: readonly ValueReader[] = VARIABLE_NAMES.map((name, id) => {
  const reader = BY_NAME[VARIABLE_NAMES[HOMES[id]]]
  if (reader === undefined) throw new TidegateError('ERR_INVARIANT', `nothing reads ${name}`, { source: 'internal' })
  return reader
})
