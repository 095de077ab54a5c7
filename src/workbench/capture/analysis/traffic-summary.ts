import type { FlowRecord, ProtocolGuess } from '#detect'
import { formatIp, type IpAddress } from '#wire'
import { PROTOCOL_NAMES } from '../../findings/figures.ts'

const CONVERSATIONS_COUNTED = 8192
const CONVERSATIONS_SHOWN = 20

/** Traffic between two hosts. */
export interface ConversationSummary {
  readonly a: string
  readonly b: string
  readonly flows: number
  readonly packets: number
  readonly bytes: number
}

/** Traffic of one protocol; names of layer 7 where the content or the port tells. */
export interface ProtocolSummary {
  readonly protocol: string
  readonly flows: number
  readonly packets: number
  readonly bytes: number
}

interface Counters {
  flows: number
  packets: number
  bytes: number
}

type ConversationCounters = Counters & { readonly ends: readonly [IpAddress, IpAddress] }

/** Sums over all flows, by hosts and by protocol. */
export class TrafficSummary {
  readonly #conversations = new Map<string, ConversationCounters>()
  readonly #protocols = new Map<string, Counters>()

  flow(flow: FlowRecord, guess: ProtocolGuess | undefined): void {
    this.#converse(flow)
    const { protocol } = flow.ends
    const transport = PROTOCOL_NAMES.get(protocol) ?? `protocol ${protocol}`
    const name = guess?.content ?? (guess?.port === undefined ? transport : `${transport}, port of ${guess.port}`)
    const counters = this.#protocols.get(name) ?? { flows: 0, packets: 0, bytes: 0 }
    this.#protocols.set(name, counters)
    add(counters, flow)
  }

  #converse(flow: FlowRecord): void {
    const { client, server } = flow.ends
    const [low, high] = client < server ? [client, server] : [server, client]
    const key = `${String(low)} ${String(high)}`
    const known = this.#conversations.get(key)
    if (known !== undefined) {
      add(known, flow)
      return
    }
    if (this.#conversations.size >= CONVERSATIONS_COUNTED) this.#forgetSmall()
    const counters = { flows: 0, packets: 0, bytes: 0, ends: [low, high] as const }
    this.#conversations.set(key, counters)
    add(counters, flow)
  }

  /** The smaller half makes room: what is large in the end was hardly among the small ones all the time. */
  #forgetSmall(): void {
    for (const [key] of sorted(this.#conversations).slice(CONVERSATIONS_COUNTED >> 1)) this.#conversations.delete(key)
  }

  conversations(): ConversationSummary[] {
    return sorted(this.#conversations)
      .slice(0, CONVERSATIONS_SHOWN)
      .map(([, { ends, ...counters }]) => ({ a: formatIp(ends[0]), b: formatIp(ends[1]), ...counters }))
  }

  protocols(): ProtocolSummary[] {
    return sorted(this.#protocols).map(([protocol, counters]) => ({ protocol, ...counters }))
  }
}

function add(counters: Counters, { sides: [client, server] }: FlowRecord): void {
  counters.flows++
  counters.packets += client.packets + server.packets
  counters.bytes += client.bytes + server.bytes
}

function sorted<Counted extends Counters>(counted: ReadonlyMap<string, Counted>): (readonly [string, Counted])[] {
  return [...counted].sort((a, b) => b[1].bytes - a[1].bytes)
}
