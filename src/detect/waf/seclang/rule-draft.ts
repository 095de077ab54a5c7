import type { SourcePlace } from '#kernel'
import type { SecOperator, SecVariable } from './model.ts'
import type { ParsedAction } from './parse-actions.ts'

/** One link of a chain as it stands in the file; later directives may still change it. */
export interface LinkDraft {
  variables: SecVariable[]
  readonly operator: SecOperator
  /** Its own actions, then those of `SecRuleUpdateActionById`: of what can stand once, the last counts. */
  actions: ParsedAction[]
  readonly place: SourcePlace
}

/** Stands for an id that could not be read, which is reported. No rule has a negative one. */
export const MISSING_ID = -1

/** A rule that is being read. */
export interface RuleDraft {
  readonly id: number
  readonly phase: 1 | 2 | 3 | 4 | 5
  readonly links: LinkDraft[]
  /** What SecDefaultAction says for its phase at its place in the files. */
  readonly defaults: readonly ParsedAction[]
  /** A part of it could not be read: the rule is left out, and loading fails unless the user accepts that part. */
  broken: boolean
}

/** The values of one action, in order. */
export function valuesOf(actions: readonly ParsedAction[], name: string): readonly string[] {
  return actions.filter(({ definition }) => definition.name === name).map(({ value }) => value)
}
