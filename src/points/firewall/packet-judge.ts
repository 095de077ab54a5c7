import type { Action } from '#act'
import type { Policy } from '#decide'
import { PACKET_READERS } from '#detect'
import { fieldsOf, type PacketHook } from '#rules'
import type { IpRange, Packet } from '#wire'
import type { PacketDecision } from './packet-decision.ts'
import { packetRules } from './packet-rules.ts'
import { ConnectionTracker } from './program/state-tracker.ts'
import { ScriptJudge } from './script-judge.ts'

/** A field that says something of the packets before. */
const STATE_FIELD = 'tcp.out_of_state'

const NOWHERE: PacketHook = { interfaceName: '', direction: 'in' }

/** Judges packets in JavaScript, in the order in which they came: where rules ask for it, connections are remembered. */
export class PacketJudge {
  readonly #script: ScriptJudge<Packet>
  readonly #connections: ConnectionTracker | undefined
  readonly #usual: PacketHook
  #hook: PacketHook

  /**
   * `usual` is where packets pass of which nobody says it.
   *
   * @throws TidegateError ERR_RULE_INVALID or ERR_LIST_INVALID
   */
  constructor(policy: Policy<Action>, management: readonly IpRange[], nowMs: number, usual: PacketHook = NOWHERE) {
    const asksState = packetRules(policy, nowMs).some(({ rule }) => fieldsOf(rule.expression).has(STATE_FIELD))
    const connections = asksState ? new ConnectionTracker() : undefined
    const read = {
      ...PACKET_READERS.read,
      [STATE_FIELD]: () => (this.#hook.direction === 'in' ? connections?.isOutOfState : undefined),
      'packet.interface': () => this.#hook.interfaceName,
      'packet.direction': () => this.#hook.direction,
    }
    this.#usual = usual
    this.#hook = usual
    this.#connections = connections
    this.#script = new ScriptJudge(policy, { ...PACKET_READERS, read }, management)
  }

  /** What the rules say; a rate is never used up. `nowMs` is the wall clock, by which rules expire. */
  judge(packet: Packet, nowMs: number, hook: PacketHook = this.#usual): PacketDecision {
    this.#hook = hook
    // What goes out says nothing of who opens connections to us.
    const connections = hook.direction === 'in' ? this.#connections : undefined
    connections?.look(packet)
    const decision = this.#script.judge(packet, nowMs)
    if (decision.verdict !== 'drop') connections?.keep()
    return decision
  }
}
