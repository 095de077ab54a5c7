import { type Action, parseAction } from '#act'
import type { Policy, Rule, Ruleset } from '#decide'
import type { Mitigation } from '#detect'
import { FIELD_BY_NAME } from '#fields'
import { parseExpression } from '#rules'

const PHASE = 'packet_ddos'
const OPTIONS = { fields: FIELD_BY_NAME, point: 'firewall' } as const

/** The rule of a mitigation, as a policy file would hold it; a text says why it cannot be one. */
export function mitigationRule(
  mitigation: Pick<Mitigation, 'id' | 'when' | 'action' | 'destination'>,
): Rule<Action> | string {
  const { id, when, destination } = mitigation
  // A flood is what comes: what we send ourselves is let alone.
  const expression = parseExpression(`(${when}) and packet.direction == "in"`, OPTIONS)
  if (!expression.ok) return expression.error.message
  const built = parseAction(mitigation.action, PHASE, () => ({ ok: false, message: 'it takes no text' }))
  if (!built.ok) return built.message
  return {
    id,
    description: `flood towards ${destination}`,
    when,
    expression: expression.expression,
    action: built.action,
    enabled: true,
    mode: 'enforce',
    place: { file: 'flood mitigation', line: 1, column: 1 },
  }
}

/**
 * A policy with rules against floods in it. They stand in `packet_ddos` behind the last rule that lets packets pass there, and
 * before all others that follow: who is let pass by name stays let pass, and what the policy says in its own order holds.
 */
export function withMitigations(policy: Policy<Action>, rules: readonly Rule<Action>[]): Policy<Action> {
  if (rules.length === 0) return policy
  const written = policy.rulesets.find(({ phase }) => phase === PHASE)?.rules ?? []
  const taken = new Set(policy.rulesets.flatMap((ruleset) => ruleset.rules.map(({ id }) => id)))
  const added = rules.filter(({ id }) => !taken.has(id))
  const at = written.findLastIndex(letsPass) + 1
  const ruleset: Ruleset<Action> = { phase: PHASE, rules: [...written.slice(0, at), ...added, ...written.slice(at)] }
  return { ...policy, rulesets: [ruleset, ...policy.rulesets.filter(({ phase }) => phase !== PHASE)] }
}

function letsPass({ action, enabled, mode }: Rule<Action>): boolean {
  return action.type === 'allow' && enabled && mode === 'enforce'
}
