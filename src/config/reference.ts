import { LIST_SCHEMA } from './policy/parse-list.ts'
import { RULE_SCHEMA } from './policy/rule-schema.ts'
import { type ReferenceRow, rowsBelow } from './schema/reference-rows.ts'
import { ROOT_SCHEMA } from './schema/root.ts'

/** Every key of `tidegate.yaml`, in the order of the schema. */
export function configReference(): readonly ReferenceRow[] {
  return rowsBelow(ROOT_SCHEMA, '')
}

/** Every key of a rule in a policy file. */
export function ruleReference(): readonly ReferenceRow[] {
  return rowsBelow(RULE_SCHEMA, 'rules[]')
}

/** Every key of a named list in a policy file. */
export function listReference(): readonly ReferenceRow[] {
  return rowsBelow(LIST_SCHEMA, 'lists.NAME')
}
