import { Packet, readQuoted } from '#wire'

/** Packets between two endpoints, in both directions. */
export interface CapturedFlow {
  readonly id: number
  /** The endpoint that sent first. */
  opener: string
  /** False when its first packet was not seen: who opened it is a guess. */
  isOpeningSeen: boolean
  /** Packets that the opener sent. */
  packets: number
  /** What its packets carry: a bit for each kind of message. */
  messages: number
}

/** Flows that are known at a time; those that were silent longest are forgotten first. */
const FLOWS = 200_000
const SYN = 0x02
const ACK = 0x10
const ICMP_ECHO_REPLIES: ReadonlySet<string> = new Set(['1/0', '58/129'])
/** Below are the ports of services. */
const UNPRIVILEGED = 1024

/**
 * Finds the flow of each packet of a capture, and whether a packet answers one that came before it. What nobody asked for,
 * such as reflected answers, answers nothing.
 */
export class CaptureFlows {
  /** Flow of the packet that was seen last; undefined for what is not IP. */
  flow: CapturedFlow | undefined
  /** True when the packet that was seen last is an answer. */
  isAnswer = false
  readonly #onForgotten: (flow: CapturedFlow) => void
  readonly #quoted = new Packet('deep')
  #recent = new Map<string, CapturedFlow>()
  #older = new Map<string, CapturedFlow>()
  #count = 0

  /** @param onForgotten gets each flow once, when nothing more is to be said about it */
  constructor(onForgotten: (flow: CapturedFlow) => void = () => {}) {
    this.#onForgotten = onForgotten
  }

  see(packet: Packet): void {
    this.flow = undefined
    this.isAnswer = false
    if (packet.ipVersion === 0) return
    if (packet.quotedStart >= 0 && this.#seeError(packet)) return
    const from = endpoint(packet.source, packet.sourcePort)
    const to = endpoint(packet.destination, packet.destinationPort)
    const key = keyOf(packet.protocol, from, to)
    const known = this.#find(key)
    this.flow = known ?? this.#open(key, from, packet)
    this.isAnswer = known !== undefined && isAnswer(known, from, to, packet)
    if (!this.isAnswer) this.flow.packets++
  }

  /** No more packets come. */
  end(): void {
    for (const flow of this.#older.values()) this.#onForgotten(flow)
    for (const flow of this.#recent.values()) this.#onForgotten(flow)
    this.#older.clear()
    this.#recent.clear()
  }

  /** An ICMP error answers the packet that it quotes. */
  #seeError(packet: Packet): boolean {
    const quoted = this.#quoted
    if (!readQuoted(packet, quoted)) return false
    const from = endpoint(quoted.source, quoted.sourcePort)
    const to = endpoint(quoted.destination, quoted.destinationPort)
    this.flow = this.#find(keyOf(quoted.protocol, from, to))
    this.isAnswer = this.flow !== undefined
    return this.isAnswer
  }

  #find(key: string): CapturedFlow | undefined {
    const recent = this.#recent.get(key)
    if (recent !== undefined) return recent
    const older = this.#older.get(key)
    if (older === undefined) return undefined
    this.#older.delete(key)
    this.#keep(key, older)
    return older
  }

  #open(key: string, opener: string, packet: Packet): CapturedFlow {
    const isOpeningSeen = packet.tcpFlags < 0 || (packet.tcpFlags & (SYN | ACK)) === SYN
    const flow = { id: ++this.#count, opener, isOpeningSeen, packets: 0, messages: 0 }
    this.#keep(key, flow)
    return flow
  }

  #keep(key: string, flow: CapturedFlow): void {
    if (this.#recent.size >= FLOWS / 2) {
      for (const forgotten of this.#older.values()) this.#onForgotten(forgotten)
      this.#older = this.#recent
      this.#recent = new Map()
    }
    this.#recent.set(key, flow)
  }
}

function endpoint(address: Packet['source'], port: number): string {
  return `${address} ${port}`
}

function keyOf(protocol: number, from: string, to: string): string {
  return from < to ? `${protocol} ${from} ${to}` : `${protocol} ${to} ${from}`
}

function isAnswer(flow: CapturedFlow, from: string, to: string, packet: Packet): boolean {
  // Without ports both endpoints may be the same, as they are on the loopback interface.
  if (from === to) return ICMP_ECHO_REPLIES.has(`${packet.protocol}/${packet.bytes[packet.transportStart]}`)
  if (from === flow.opener) return false
  const isFromClient = packet.destinationPort < UNPRIVILEGED && packet.sourcePort >= UNPRIVILEGED
  if (flow.isOpeningSeen || !isFromClient) return true
  // The capture began in the middle of the flow, with a packet of the server.
  flow.opener = from
  flow.isOpeningSeen = true
  return false
}
