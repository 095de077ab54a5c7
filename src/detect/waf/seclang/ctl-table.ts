/** What a `ctl:` option takes. */
export type CtlValue =
  | 'on-off'
  | 'engine-mode'
  | 'number'
  | 'processor'
  | 'id-list'
  | 'text'
  /** `rules;VARIABLE`: which rules, and the variable that they shall not look at. */
  | 'id-list-and-target'
  | 'text-and-target'

export interface CtlDefinition {
  /** As SecLang writes it. */
  readonly name: string
  readonly value: CtlValue
  readonly refused?: string
}

const LINKS_NOT_SIGNED = 'links in answers are not signed here; take the action out'

const DEFINITIONS: readonly CtlDefinition[] = [
  { name: 'auditEngine', value: 'text' },
  { name: 'auditLogParts', value: 'text' },
  { name: 'debugLogLevel', value: 'number' },
  { name: 'forceRequestBodyVariable', value: 'on-off' },
  { name: 'hashEnforcement', value: 'on-off', refused: LINKS_NOT_SIGNED },
  { name: 'hashEngine', value: 'on-off', refused: LINKS_NOT_SIGNED },
  { name: 'parseXmlIntoArgs', value: 'text' },
  { name: 'requestBodyAccess', value: 'on-off' },
  { name: 'requestBodyLimit', value: 'number' },
  { name: 'requestBodyProcessor', value: 'processor' },
  { name: 'responseBodyAccess', value: 'on-off' },
  { name: 'responseBodyLimit', value: 'number' },
  { name: 'ruleEngine', value: 'engine-mode' },
  { name: 'ruleRemoveById', value: 'id-list' },
  { name: 'ruleRemoveByMsg', value: 'text' },
  { name: 'ruleRemoveByTag', value: 'text' },
  { name: 'ruleRemoveTargetById', value: 'id-list-and-target' },
  { name: 'ruleRemoveTargetByMsg', value: 'text-and-target' },
  { name: 'ruleRemoveTargetByTag', value: 'text-and-target' },
]

/** Every option of `ctl` in the ModSecurity reference by its lower-case name. */
export const CTL_OPTIONS: ReadonlyMap<string, CtlDefinition> = new Map(
  DEFINITIONS.map((definition) => [definition.name.toLowerCase(), definition]),
)

/** Names for a suggestion. */
export const CTL_NAMES: readonly string[] = DEFINITIONS.map(({ name }) => name)
