import type { NftRule, PacketDirection } from '#rules'
import type { NumberedRule, StageLines } from './rule-lines.ts'

/** The group of netfilter's log that a trace reads, in a network of its own. */
export const TRACE_GROUP = 1

/**
 * What rules log about a packet: which one decides, or limits it; that it comes from management; that none decided, or that
 * none did before connection tracking.
 */
export const TRACE = { decides: 'd', limits: 'l', management: 'm', rest: 'r', early: 'e' } as const

/** Writes rules that say which of them decides about packets that go one way; they use up no rate, and answer nobody. */
export class TraceLines implements StageLines {
  readonly objects: ReadonlyMap<string, string> = new Map()
  readonly chains: ReadonlyMap<string, readonly string[]> = new Map()
  readonly #direction: PacketDirection

  constructor(direction: PacketDirection) {
    this.#direction = direction
  }

  get management(): readonly string[] {
    return [`${this.#log(TRACE.management)} accept`]
  }

  rule({ rule: { expression: when, mode, action }, slot }: NumberedRule): NftRule {
    if (mode === 'log' || action.type === 'log') return { when, lines: () => [] }
    if (action.type === 'rate_limit') return { when, lines: () => [this.#log(`${TRACE.limits}${slot}`)] }
    const verdict = action.type === 'allow' || action.type === 'synproxy' ? 'accept' : 'drop'
    return { when, lines: () => [`${this.#log(`${TRACE.decides}${slot}`)} ${verdict}`] }
  }

  rest(isLastStage: boolean): readonly string[] {
    return [this.#log(isLastStage ? TRACE.rest : TRACE.early)]
  }

  #log(what: string): string {
    return `log prefix "${this.#direction} ${what}" group ${TRACE_GROUP} snaplen 1`
  }
}
