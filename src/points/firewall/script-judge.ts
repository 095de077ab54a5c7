import type { Action } from '#act'
import { type CompiledPolicy, compilePolicy, evaluatePhases, PACKET_PHASES, type Policy, type Rule } from '#decide'
import { FIELD_BY_NAME, type Readers } from '#fields'
import { TidegateError } from '#kernel'
import { conjunction, type Expression, fieldsOf, parseExpression } from '#rules'
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
const ANSWERED =
  'tcp.flags.syn and not tcp.flags.ack and not tcp.flags.fin and not tcp.flags.reset and not (ip.frag > 0)'

/** Fields that a judge of these rules reads. */
export function judgedFields({ rulesets }: Policy<Action>): ReadonlySet<string> {
  const rules = rulesets.flatMap((ruleset) => ruleset.rules)
  const own = rules.some(answers) ? [...fieldsOf(answeredSegments())] : []
  return new Set(['ip.src', ...own, ...rules.flatMap(({ expression }) => [...fieldsOf(expression)])])
}

function answers({ action, mode }: Rule<Action>): boolean {
  return action.type === 'syn_cookie' && mode === 'enforce'
}

function answeredSegments(): Expression {
  const parsed = parseExpression(ANSWERED, { fields: FIELD_BY_NAME, point: 'firewall' })
  if (parsed.ok) return parsed.expression
  throw new TidegateError('ERR_INVARIANT', parsed.error.message, { source: 'internal' })
}

function withAnswersOnly(policy: Policy<Action>): Policy<Action> {
  if (!policy.rulesets.some(({ rules }) => rules.some(answers))) return policy
  const answered = answeredSegments()
  const narrowed = (rule: Rule<Action>): Rule<Action> =>
    answers(rule) ? { ...rule, expression: conjunction([rule.expression, answered]) } : rule
  return {
    ...policy,
    rulesets: policy.rulesets.map((ruleset) => ({ ...ruleset, rules: ruleset.rules.map(narrowed) })),
  }
}
