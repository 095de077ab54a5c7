import type { Decision, RuleMatch, Verdict } from './decision.ts'
import type { Rule, RuleAction } from './rule.ts'
import { joinSkips, type Skips } from './skips.ts'

/** What the rules of one or more phases said about a request. */
export interface Evaluation<Action extends RuleAction = RuleAction> {
  /** Every rule that matched, in order, also those in log mode. */
  readonly matches: readonly RuleMatch[]
  /** The matched rules whose actions are in force, in order; the terminal rule is the last. */
  readonly applied: readonly Rule<Action>[]
  /** The rule that ended the evaluation. */
  readonly terminal: Rule<Action> | undefined
  /** To be handed to the evaluation of later phases of the same request. */
  readonly skips: Skips | undefined
}

const NOTHING: Evaluation<never> = Object.freeze({ matches: [], applied: [], terminal: undefined, skips: undefined })

/** The evaluation without a match; `skips` from earlier phases are passed on. */
export function nothingMatched(skips: Skips | undefined): Evaluation<never> {
  return skips === undefined ? NOTHING : { ...NOTHING, skips }
}

/** Verdicts of the terminating actions that do not let a request pass. */
const VERDICT_BY_ACTION: Readonly<Record<string, Verdict>> = {
  block: 'block',
  redirect: 'redirect',
  drop: 'block',
  reset: 'block',
}

const UNDECIDED: Decision = Object.freeze({ verdict: 'allow', why: 'no rule matched', matches: [] })

/** The decision that an evaluation amounts to: without a terminal rule the request is allowed. */
export function decisionOf(evaluation: Evaluation): Decision {
  const { matches, terminal } = evaluation
  if (matches.length === 0) return UNDECIDED
  const match = matches.find((each) => each.ruleId === terminal?.id)
  if (terminal === undefined || match === undefined) {
    return { verdict: 'allow', why: 'no matching rule ended the evaluation', matches }
  }
  return {
    verdict: VERDICT_BY_ACTION[terminal.action.type] ?? 'allow',
    phase: match.phase,
    ruleId: terminal.id,
    why: terminal.description === '' ? `rule "${terminal.id}" matched: ${terminal.when}` : terminal.description,
    matches,
  }
}

/** Two evaluations of one request, the phases of `later` after those of `earlier`, as one. */
export function joinEvaluations<Action extends RuleAction>(
  earlier: Evaluation<Action>,
  later: Evaluation<Action>,
): Evaluation<Action> {
  if (later.matches.length === 0) return earlier
  return {
    matches: [...earlier.matches, ...later.matches],
    applied: [...earlier.applied, ...later.applied],
    terminal: later.terminal ?? earlier.terminal,
    skips: joinSkips(earlier.skips, later.skips),
  }
}
