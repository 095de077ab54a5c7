import type { SecDisruptive, SecRule } from '../seclang/index.ts'
import type { WafClass } from '../settings.ts'
import type { MacroText } from './macro-text.ts'
import type { OperatorTest } from './operator-test.ts'
import type { Targets } from './targets.ts'
import type { Transaction } from './transaction.ts'
import type { TransformationChain } from './transformation-chain.ts'

/** What a rule does for each value that matches. */
export type Effect = (transaction: Transaction) => void

/** One link of a rule, ready to run. */
export interface EngineLink {
  /** Undefined for a SecAction, which matches without looking at anything. */
  readonly targets: Targets | undefined
  readonly operator: OperatorTest
  readonly chain: TransformationChain
  /** For `multiMatch` the beginnings of the chain: each is tested. */
  readonly stages: readonly TransformationChain[] | undefined
  readonly capture: boolean
  readonly effects: readonly Effect[]
}

/** A rule of a rule set, ready to run. */
export interface EngineRule {
  readonly id: number
  /** Place among all items of the rule set: rules run in this order. */
  readonly position: number
  readonly phase: number
  readonly links: readonly EngineLink[]
  readonly source: SecRule
  readonly tags: readonly string[]
  readonly class: WafClass
  /** True when a match is told; the others prepare and sum up, and no exception touches them. */
  readonly logs: boolean
  readonly disruptive: SecDisruptive
  readonly message: MacroText
  /** Name and text of each `RULE` variable. */
  readonly properties: readonly (readonly [string, string])[]
  /** Position from which the phase goes on when the rule matched; undefined: with the next. */
  readonly skipTo: number | undefined
}
