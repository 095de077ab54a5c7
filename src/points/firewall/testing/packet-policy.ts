import { type Action, parseAction } from '#act'
import type { ListData, Phase, Policy } from '#decide'
import { FIELD_BY_NAME } from '#fields'
import { parseExpression } from '#rules'
import { packRanges, parseCidr } from '#wire'

/** A rule as a test writes it: expression, action as in YAML, and what differs from usual. */
export interface WrittenRule {
  readonly id: string
  readonly when: string
  readonly action: unknown
  readonly phase?: Phase
  readonly mode?: 'enforce' | 'log'
}

/** A policy of packet rules, in the order written. */
export function packetPolicy(written: readonly WrittenRule[], lists: readonly ListData[] = []): Policy<Action> {
  const parsed = written.map(({ id, when, action, phase = 'packet_firewall', mode = 'enforce' }) => {
    const expression = parseExpression(when, { fields: FIELD_BY_NAME, point: 'firewall' })
    if (!expression.ok) throw new TypeError(`${when}: ${expression.error.message}`)
    const built = parseAction(action, phase, () => ({ ok: false, message: 'no operand stands here' }))
    if (!built.ok) throw new TypeError(built.message)
    const place = { file: 'test', line: 1, column: 1 }
    const parts = { id, description: '', when, expression: expression.expression, action: built.action }
    return { phase, rule: { ...parts, enabled: true, mode, place } }
  })
  const phases = ['packet_ddos', 'packet_firewall'] as const
  const rulesets = phases.map((phase) => ({
    phase,
    rules: parsed.filter((each) => each.phase === phase).map(({ rule }) => rule),
  }))
  return { version: 'test', rulesets, lists }
}

/** A list of addresses and prefixes. */
export function addressList(name: string, prefixes: readonly string[]): ListData {
  const ranges = prefixes.map((text) => {
    const range = parseCidr(text)
    if (range === undefined) throw new TypeError(`${text} is no prefix`)
    return range
  })
  return { name, type: 'IP', ranges: packRanges(ranges) }
}
