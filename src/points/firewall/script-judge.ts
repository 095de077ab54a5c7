import type { Action } from '#act'
import { type CompiledPolicy, compilePolicy, evaluatePhases, PACKET_PHASES, type Policy, type Rule } from '#decide'
import { FIELD_BY_NAME, type Readers } from '#fields'
import { TidegateError } from '#kernel'
import { conjunction, type Expression, fieldsOf, parseExpression } from '#rules'
import { inRange, type IpAddress, type IpRange } from '#wire'
import { FROM_MANAGEMENT, limitDecision, type PacketDecision, terminalDecision, UNDECIDED } from './packet-decision.ts'

/** Packets of which nobody says where they pass come in. */
const FROM_NOWHERE: Readers<unknown>['read'] = { 'packet.interface': () => undefined, 'packet.direction': () => 'in' }

/** Judges packets, or rows of their fields, in JavaScript: what the rules mean, and what every backend must agree with. */
export class ScriptJudge<Context> {
  readonly #compiled: CompiledPolicy<Context, Action>
  readonly #readOtherSide: (context: Context) => unknown
  readonly #management: readonly IpRange[]

  /** Throws ERR_RULE_INVALID or ERR_LIST_INVALID. */
  constructor(policy: Policy<Action>, readers: Readers<Context>, management: readonly IpRange[]) {
    const read = { ...FROM_NOWHERE, ...readers.read }
    this.#compiled = compilePolicy(withAnswersOnly(policy), { ...readers, read }, PACKET_PHASES)
    const { 'ip.src': source, 'ip.dst': destination, 'packet.direction': direction } = read
    this.#readOtherSide = (context) => (direction(context) === 'out' ? destination : source)?.(context)
    this.#management = management
  }

  /** What the rules say; a rate is never used up. `nowMs` is the wall clock, by which rules expire. */
  judge(context: Context, nowMs: number): PacketDecision {
    if (this.#management.length > 0 && this.#isManagement(this.#readOtherSide(context))) return FROM_MANAGEMENT
    const { matches, terminal, applied } = evaluatePhases(this.#compiled, PACKET_PHASES, context, nowMs)
    const decisive = terminal ?? applied.find(({ action }) => action.type === 'rate_limit')
    const match = matches.find(({ ruleId }) => ruleId === decisive?.id)
    if (decisive === undefined || match === undefined) return UNDECIDED
    const rule = { phase: match.phase, rule: decisive }
    if (decisive !== terminal) return limitDecision(rule)
    return terminalDecision(rule)
  }

  #isManagement(address: unknown): boolean {
    return isAddress(address) && this.#management.some((range) => inRange(address, range))
  }
}

function isAddress(value: unknown): value is IpAddress {
  return typeof value === 'number' || typeof value === 'bigint'
}

const COMES_IN = 'not (packet.direction == "out")'

/** What `syn_cookie` answers; other segments go on, as far as can be said without knowing who listens. */
const NARROWINGS: Readonly<Partial<Record<Action['type'], string>>> = {
  syn_cookie: `${COMES_IN} and tcp.flags.syn and not tcp.flags.ack and not tcp.flags.fin and not tcp.flags.reset and not (ip.frag > 0)`,
  synproxy: COMES_IN,
}

/** Fields that a judge of these rules reads. */
export function judgedFields({ rulesets }: Policy<Action>): ReadonlySet<string> {
  const rules = rulesets.flatMap((ruleset) => ruleset.rules)
  const own = rules.flatMap((rule) => [...fieldsOf(parsed(narrowing(rule) ?? COMES_IN))])
  return new Set(['ip.src', 'ip.dst', ...own, ...rules.flatMap(({ expression }) => [...fieldsOf(expression)])])
}

/** What has to be true besides the condition of a rule; undefined when nothing has. */
function narrowing({ action, mode }: Rule<Action>): string | undefined {
  return mode === 'enforce' ? NARROWINGS[action.type] : undefined
}

function parsed(text: string): Expression {
  const result = parseExpression(text, { fields: FIELD_BY_NAME, point: 'firewall' })
  if (result.ok) return result.expression
  throw new TidegateError('ERR_INVARIANT', result.error.message, { source: 'internal' })
}

/** Rules that stand for servers here are about what comes in only. */
function withAnswersOnly(policy: Policy<Action>): Policy<Action> {
  if (!policy.rulesets.some(({ rules }) => rules.some((rule) => narrowing(rule) !== undefined))) return policy
  const narrowed = (rule: Rule<Action>): Rule<Action> => {
    const text = narrowing(rule)
    return text === undefined ? rule : { ...rule, expression: conjunction([rule.expression, parsed(text)]) }
  }
  return {
    ...policy,
    rulesets: policy.rulesets.map((ruleset) => ({ ...ruleset, rules: ruleset.rules.map(narrowed) })),
  }
}
