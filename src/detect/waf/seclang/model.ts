import type { SourcePlace } from '#kernel'

/** A directory of SecLang rules after reading: includes followed, updates and removals applied, macros still text. */
export interface SecRuleSet {
  /** Rules and markers in the order in which they stand. */
  readonly items: readonly SecItem[]
  /** SecDefaultAction by phase, already merged into the rules; kept for the reference of what blocks. */
  readonly defaults: Readonly<Record<number, readonly SecAction[]>>
  /** Directives that set the engine, such as SecRequestBodyAccess, by lower-case name. */
  readonly engine: ReadonlyMap<string, SecSetting>
  /** SecComponentSignature texts: name and version of what was loaded. */
  readonly signatures: readonly string[]
  /** Data files that were read, so that a change of one is a change of the set. */
  readonly files: readonly string[]
  /** What is accepted but deserves a word, such as a lookaround. */
  readonly warnings: readonly SecWarning[]
}

export interface SecSetting {
  readonly value: string
  readonly place: SourcePlace
}

export interface SecWarning {
  readonly message: string
  readonly place: SourcePlace
}

export type SecItem = SecRule | SecMarker

export interface SecMarker {
  readonly type: 'marker'
  readonly name: string
}

/** A SecRule or (`variables` empty, operator `unconditionalMatch`) a SecAction, with the links of its chain. */
export interface SecRule {
  readonly type: 'rule'
  readonly id: number
  readonly phase: 1 | 2 | 3 | 4 | 5
  readonly links: readonly SecLink[]
  readonly metadata: SecMetadata
  readonly place: SourcePlace
}

/** One link of a chain: links[0] is the rule itself. All must match. */
export interface SecLink {
  readonly variables: readonly SecVariable[]
  readonly operator: SecOperator
  readonly transformations: readonly string[]
  readonly multiMatch: boolean
  readonly capture: boolean
  /** Non-disruptive actions in order: setvar, ctl, setenv, initcol, expirevar ... */
  readonly actions: readonly SecAction[]
  readonly place: SourcePlace
}

export interface SecMetadata {
  readonly message: string
  readonly logData: string | undefined
  readonly severity: string | undefined
  readonly tags: readonly string[]
  readonly version: string | undefined
  /** From `tag:paranoia-level/N`; 1 where none is given. */
  readonly paranoia: number
  readonly log: boolean
  readonly auditLog: boolean
  readonly disruptive: SecDisruptive
  readonly status: number | undefined
  /** Where `redirect` sends the client; may hold macros. */
  readonly redirectTo?: string
  readonly skipAfter: string | undefined
  readonly skip: number
}

export type SecDisruptive = 'pass' | 'block' | 'deny' | 'drop' | 'allow' | 'allow:phase' | 'allow:request' | 'redirect'

export interface SecVariable {
  /** Upper-case name of the collection or variable. */
  readonly name: string
  readonly selector: SecSelector
  readonly count: boolean
  readonly exclude: boolean
}

export type SecSelector =
  | { readonly kind: 'all' }
  | { readonly kind: 'key'; readonly key: string }
  | { readonly kind: 'regex'; readonly source: string }
  | { readonly kind: 'xpath'; readonly path: '/*' | '//@*' }

export interface SecOperator {
  /** Name without `@`, as SecLang writes it: `rx`, `pm`, `detectSQLi`. */
  readonly name: string
  readonly negated: boolean
  /** Argument as written; may hold macros. */
  readonly argument: string
  /** Words of `pm`, lines of `pmFromFile`, networks of `ipMatch` and `ipMatchFromFile`. */
  readonly phrases?: readonly string[]
  /** Where the argument stands. */
  readonly place?: SourcePlace
}

export interface SecAction {
  /** Lower-case name: `setvar`, `ctl` ... */
  readonly name: string
  readonly value: string
  readonly place: SourcePlace
}
