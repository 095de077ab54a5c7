import type { Action } from '#act'
import { PACKET_PHASES, type Policy } from '#decide'
import type { PacketRule } from './packet-decision.ts'

/**
 * The rules that are in force at a moment, in the order in which they run. Programs in the kernel know no calendar: they are
 * made anew when a rule expires.
 */
export function packetRules({ rulesets }: Policy<Action>, nowMs: number): readonly PacketRule[] {
  return PACKET_PHASES.flatMap((phase) =>
    rulesets
      .filter((ruleset) => ruleset.phase === phase)
      .flatMap((ruleset) => ruleset.rules)
      .filter((rule) => rule.enabled && (rule.expiresMs ?? Number.POSITIVE_INFINITY) > nowMs)
      .map((rule) => ({ phase, rule })),
  )
}

/** When the next of these rules expires, in milliseconds since the epoch; undefined when none will. */
export function nextExpiryMs(rules: readonly PacketRule[]): number | undefined {
  const expiries = rules.flatMap(({ rule }) => rule.expiresMs ?? [])
  return expiries.length === 0 ? undefined : Math.min(...expiries)
}

/** True when a program for one set of rules is one for the other. What a rule asks is what its text says. */
export function areSameRules(left: readonly PacketRule[], right: readonly PacketRule[]): boolean {
  return left.length === right.length && left.every((rule, index) => textOf(rule) === textOf(right[index]))
}

function textOf({ phase, rule: { id, when, mode, action } }: PacketRule): string {
  return JSON.stringify([phase, id, when, mode, action])
}

const ANSWERING: ReadonlySet<Action['type']> = new Set(['reset', 'syn_cookie'])

/** True when a program for these rules sends packets back. */
export function answersPackets(rules: readonly PacketRule[]): boolean {
  return rules.some(({ rule: { action, mode } }) => mode === 'enforce' && ANSWERING.has(action.type))
}
