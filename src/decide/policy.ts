import type { AddressRanges } from '#wire'
import type { RuleAction, Ruleset } from './rule.ts'

/** The entries of a named list as plain data. Country codes are upper-case strings, AS numbers integers. */
export type ListData =
  | { readonly name: string; readonly type: 'IP'; readonly ranges: AddressRanges }
  | { readonly name: string; readonly type: 'String'; readonly values: readonly string[] }
  | { readonly name: string; readonly type: 'Int'; readonly values: readonly number[] }

/** Everything that decides, frozen, with its content hash: the policy version. Plain data: it is posted to workers. */
export interface Policy<Action extends RuleAction = RuleAction> {
  readonly version: string
  readonly rulesets: readonly Ruleset<Action>[]
  readonly lists: readonly ListData[]
}
