/**
 * What an action does, which decides where it may stand and how often it counts.
 * `identity` only in a rule itself, never in defaults or updates; `flow` decides what runs next; `effect` runs when the rule
 * matches; `notes` is kept for the reader of the file and means nothing here.
 */
export type ActionKind =
  | 'identity'
  | 'metadata'
  | 'disruptive'
  | 'logging'
  | 'flow'
  | 'transformation'
  | 'test'
  | 'effect'
  | 'notes'

export interface ActionDefinition {
  /** As SecLang writes it. */
  readonly name: string
  readonly kind: ActionKind
  readonly value: 'required' | 'none' | 'optional'
  readonly refused?: string
}

const EDITS_BODIES = 'bodies are inspected, never edited; take the action out'

const DEFINITIONS: readonly ActionDefinition[] = [
  { name: 'id', kind: 'identity', value: 'required' },
  { name: 'phase', kind: 'identity', value: 'required' },
  { name: 'chain', kind: 'identity', value: 'none' },
  { name: 'msg', kind: 'metadata', value: 'required' },
  { name: 'logdata', kind: 'metadata', value: 'required' },
  { name: 'severity', kind: 'metadata', value: 'required' },
  { name: 'tag', kind: 'metadata', value: 'required' },
  { name: 'ver', kind: 'metadata', value: 'required' },
  { name: 'status', kind: 'metadata', value: 'required' },
  { name: 'rev', kind: 'notes', value: 'required' },
  { name: 'maturity', kind: 'notes', value: 'required' },
  { name: 'accuracy', kind: 'notes', value: 'required' },
  { name: 'xmlns', kind: 'notes', value: 'required' },
  // What events show of a value is decided by the redaction policy.
  { name: 'sanitiseArg', kind: 'notes', value: 'required' },
  { name: 'sanitizeArg', kind: 'notes', value: 'required' },
  { name: 'sanitiseMatched', kind: 'notes', value: 'none' },
  { name: 'sanitizeMatched', kind: 'notes', value: 'none' },
  { name: 'sanitiseMatchedBytes', kind: 'notes', value: 'optional' },
  { name: 'sanitizeMatchedBytes', kind: 'notes', value: 'optional' },
  { name: 'sanitiseRequestHeader', kind: 'notes', value: 'required' },
  { name: 'sanitizeRequestHeader', kind: 'notes', value: 'required' },
  { name: 'sanitiseResponseHeader', kind: 'notes', value: 'required' },
  { name: 'sanitizeResponseHeader', kind: 'notes', value: 'required' },
  { name: 'pass', kind: 'disruptive', value: 'none' },
  { name: 'block', kind: 'disruptive', value: 'none' },
  { name: 'deny', kind: 'disruptive', value: 'none' },
  { name: 'drop', kind: 'disruptive', value: 'none' },
  { name: 'allow', kind: 'disruptive', value: 'optional' },
  { name: 'redirect', kind: 'disruptive', value: 'required' },
  {
    name: 'proxy',
    kind: 'disruptive',
    value: 'required',
    refused: 'write a policy rule with the action route instead',
  },
  {
    name: 'pause',
    kind: 'disruptive',
    value: 'required',
    refused: 'holding a connection costs the server more than the attacker; deny instead',
  },
  { name: 'log', kind: 'logging', value: 'none' },
  { name: 'nolog', kind: 'logging', value: 'none' },
  { name: 'auditlog', kind: 'logging', value: 'none' },
  { name: 'noauditlog', kind: 'logging', value: 'none' },
  { name: 'skip', kind: 'flow', value: 'required' },
  { name: 'skipAfter', kind: 'flow', value: 'required' },
  { name: 't', kind: 'transformation', value: 'required' },
  { name: 'capture', kind: 'test', value: 'none' },
  { name: 'multiMatch', kind: 'test', value: 'none' },
  { name: 'setvar', kind: 'effect', value: 'required' },
  { name: 'expirevar', kind: 'effect', value: 'required' },
  { name: 'ctl', kind: 'effect', value: 'required' },
  { name: 'setenv', kind: 'effect', value: 'required' },
  { name: 'initcol', kind: 'effect', value: 'required' },
  { name: 'setsid', kind: 'effect', value: 'required' },
  { name: 'setuid', kind: 'effect', value: 'required' },
  { name: 'setrsc', kind: 'effect', value: 'required' },
  {
    name: 'deprecatevar',
    kind: 'effect',
    value: 'required',
    refused: 'counters do not fade here; let them end with expirevar instead',
  },
  {
    name: 'exec',
    kind: 'effect',
    value: 'required',
    refused: 'no program is started for a request; read the events instead',
  },
  { name: 'append', kind: 'effect', value: 'required', refused: EDITS_BODIES },
  { name: 'prepend', kind: 'effect', value: 'required', refused: EDITS_BODIES },
]

/** Every action of the ModSecurity reference by its lower-case name. */
export const ACTIONS: ReadonlyMap<string, ActionDefinition> = new Map(
  DEFINITIONS.map((definition) => [definition.name.toLowerCase(), definition]),
)

/** Names for a suggestion. */
export const ACTION_NAMES: readonly string[] = DEFINITIONS.map(({ name }) => name)
