import type { Action } from '#act'
import { type CompiledPolicy, compilePolicy, evaluatePhases, PACKET_PHASES, type Policy, type Rule } from '#decide'
import { FIELD_BY_NAME, type Readers } from '#fields'
import { TidegateError } from '#kernel'
import { conjunction, parseExpression } from '#rules'
import { inRange, type IpAddress, type IpRange } from '#wire'
import { FROM_MANAGEMENT, limitDecision, type PacketDecision, terminalDecision, UNDECIDED } from './packet-decision.ts'

/** Judges packets, or rows of their fields, in JavaScript: what the rules mean, and what every backend must agree with. */
export class ScriptJudge<Context> {
  readonly #compiled: CompiledPolicy<Context, Action>
  readonly #readSource: (context: Context) => unknown
  readonly #management: readonly IpRange[]

  /** Throws ERR_RULE_INVALID or ERR_LIST_INVALID. */
  constructor(policy: Policy<Action>, readers: Readers<Context>, management: readonly IpRange[]) {
    this.#compiled = compilePolicy(withAnswersOnly(policy), readers, PACKET_PHASES)
    this.#readSource = readers.read['ip.src'] ?? (() => undefined)
    this.#management = management
  }

  /** What the rules say; a rate is never used up. `nowMs` is the wall clock, by which rules expire. */
  judge(context: Context, nowMs: number): PacketDecision {
    if (this.#management.length > 0 && this.#isManagement(this.#readSource(context))) return FROM_MANAGEMENT
    const { matches, terminal, applied } = evaluatePhases(this.#compiled, PACKET_PHASES, context, nowMs)
    const decisive = terminal ?? applied.find(({ action }) => action.type === 'rate_limit')
    const match = matches.find(({ ruleId }) => ruleId === decisive?.id)
    if (decisive === undefined || match === undefined) return UNDECIDED
    const rule = { phase: match.phase, rule: decisive }
    if (decisive !== terminal) return limitDecision(rule)
    return terminalDecision(rule)
  }

  #isManagement(source: unknown): boolean {
    return isAddress(source) && this.#management.some((range) => inRange(source, range))
  }
}

function isAddress(value: unknown): value is IpAddress {
  return typeof value === 'number' || typeof value === 'bigint'
}

/** What `syn_cookie` answers; other segments go on, as far as can be said without knowing who listens. */
const ANSWERED = 'tcp.flags.syn and not tcp.flags.ack and not tcp.flags.fin and not tcp.flags.reset and ip.frag == 0'

function withAnswersOnly(policy: Policy<Action>): Policy<Action> {
  const answers = (rule: Rule<Action>): boolean => rule.action.type === 'syn_cookie' && rule.mode === 'enforce'
  if (!policy.rulesets.some(({ rules }) => rules.some(answers))) return policy
  const answered = parseExpression(ANSWERED, { fields: FIELD_BY_NAME, point: 'firewall' })
  if (!answered.ok) throw new TidegateError('ERR_INVARIANT', answered.error.message, { source: 'internal' })
  const { expression } = answered
  const narrowed = (rule: Rule<Action>): Rule<Action> =>
    answers(rule) ? { ...rule, expression: conjunction([rule.expression, expression]) } : rule
  return {
    ...policy,
    rulesets: policy.rulesets.map((ruleset) => ({ ...ruleset, rules: ruleset.rules.map(narrowed) })),
  }
}
