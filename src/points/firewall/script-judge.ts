import type { Action } from '#act'
import { type CompiledPolicy, compilePolicy, evaluatePhases, PACKET_PHASES, type Policy } from '#decide'
import type { Readers } from '#fields'
import { inRange, type IpAddress, type IpRange } from '#wire'
import { FROM_MANAGEMENT, limitDecision, type PacketDecision, terminalDecision, UNDECIDED } from './packet-decision.ts'

/** Judges packets, or rows of their fields, in JavaScript: what the rules mean, and what every backend must agree with. */
export class ScriptJudge<Context> {
  readonly #compiled: CompiledPolicy<Context, Action>
  readonly #readSource: (context: Context) => unknown
  readonly #management: readonly IpRange[]

  /** Throws ERR_RULE_INVALID or ERR_LIST_INVALID. */
  constructor(policy: Policy<Action>, readers: Readers<Context>, management: readonly IpRange[]) {
    this.#compiled = compilePolicy(policy, readers, PACKET_PHASES)
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
