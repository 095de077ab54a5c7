import type { PacketRule } from '../packet-decision.ts'
import type { RuleCounter } from './messages.ts'

/** What is counted by itself: a rule, the packets that no rule decided about, or those of `firewall.management`. */
export type Counted = PacketRule | 'undecided' | 'management'

export type CountedPackets = Pick<RuleCounter, 'packets' | 'bytes' | 'over'>

/** Says of what so many packets were counted. */
export function counterOf(counted: Counted, sums: CountedPackets): RuleCounter {
  if (counted === 'undecided') return sums
  if (counted === 'management') return { management: true, ...sums }
  const { id, action, mode } = counted.rule
  const isNote = mode === 'log' || action.type === 'log'
  return { phase: counted.phase, ruleId: id, action: action.type, ...(isNote && { isNote }), ...sums }
}

/** Tells counters apart, also those of one rule in different policies. */
export function counterKey({ phase, ruleId, management }: Omit<RuleCounter, keyof CountedPackets>): string {
  if (ruleId !== undefined) return `${phase} ${ruleId}`
  return management === true ? 'management' : ''
}
