import type { Action } from '#act'
import type { Phase, Rule } from '#decide'

/**
 * What becomes of a packet: `limit` lets it pass as long as the rate of a rule is kept, and throws it away above.
 * A reset is a `drop` that is answered.
 */
type PacketVerdict = 'pass' | 'drop' | 'limit'

/** A verdict with the rule that made it; without one no rule decided, and the packet passes. */
export interface PacketDecision {
  readonly verdict: PacketVerdict
  readonly phase?: Phase
  readonly ruleId?: string
  readonly action?: Action['type']
  /** The source, or going out the destination, is one of `firewall.management`. */
  readonly management?: true
  /** What the one who judged cannot see of the packet. */
  readonly note?: string
  /** Nothing filters where the packet passes. */
  readonly isUnfiltered?: true
}

/** A rule with its phase, as the firewall runs it. */
export interface PacketRule {
  readonly phase: Phase
  readonly rule: Rule<Action>
}

/** A proxy lets through who answers it. */
const PASSING: ReadonlySet<Action['type']> = new Set(['allow', 'synproxy'])

/** The decision that a rule which ends the evaluation makes. */
export function terminalDecision({ phase, rule }: PacketRule): PacketDecision {
  const { type } = rule.action
  return { verdict: PASSING.has(type) ? 'pass' : 'drop', phase, ruleId: rule.id, action: type }
}

/** The decision about a packet that passes all rules, of which the first given one limits its rate. */
export function limitDecision({ phase, rule }: PacketRule): PacketDecision {
  return { verdict: 'limit', phase, ruleId: rule.id, action: rule.action.type }
}

export const UNDECIDED: PacketDecision = Object.freeze({ verdict: 'pass' })
export const FROM_MANAGEMENT: PacketDecision = Object.freeze({ verdict: 'pass', management: true })
