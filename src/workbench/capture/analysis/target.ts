import type { FlowRecord } from '#detect'
import { type IpAddress, PROTOCOL } from '#wire'
import type { TargetFacts } from '../../findings/evidence.ts'

const SOURCES_COUNTED = 1000
const SECONDS_COUNTED = 3600
const FRAMES_KEPT = 10
const SECOND_NS = 1_000_000_000

/** Counters of what was sent to one place. */
export class Target implements TargetFacts {
  readonly protocol: number
  readonly address: IpAddress
  readonly port: number
  flows = 0
  answered = 0
  stray = 0
  halfOpen = 0
  packetsIn = 0
  bytesIn = 0
  packetsOut = 0
  bytesOut = 0
  firstNs = Infinity
  lastNs = -Infinity
  readonly frames: number[] = []
  readonly #sources = new Set<IpAddress>()
  /** Flows and packets by second. */
  readonly #perSecond = new Map<number, [flows: number, packets: number]>()
  #fastest = 0

  constructor(protocol: number, address: IpAddress, port: number) {
    this.protocol = protocol
    this.address = address
    this.port = port
  }

  /** A flow towards it. */
  add(flow: FlowRecord): void {
    const [client, server] = flow.sides
    const isTcp = this.protocol === PROTOCOL.tcp
    const isStray =
      isTcp && client.syn === undefined && flow.handshake.synAck === undefined && client.packets + server.packets <= 4
    const isWhole = isTcp ? flow.handshake.synAck !== undefined && hasGoneOn(flow) : server.packets > 0
    if (isWhole) this.answered++
    if (isStray) this.stray++
    if (isTcp && client.syn !== undefined && !isWhole) this.halfOpen++
    this.packetsIn += client.packets
    this.bytesIn += client.bytes
    this.packetsOut += server.packets
    this.bytesOut += server.bytes
    this.#note(flow, flow.ends.client, client.packets)
  }

  /** Answers that came to it without a question; the other side is the source. */
  addAnswers(flow: FlowRecord): void {
    const [, server] = flow.sides
    this.packetsOut += server.packets
    this.bytesOut += server.bytes
    this.#note(flow, flow.ends.server, server.packets)
  }

  /** The same, of a flow that was taken the other way round because its answer came first. */
  addReversed(flow: FlowRecord): void {
    const [client] = flow.sides
    this.packetsOut += client.packets
    this.bytesOut += client.bytes
    this.#note(flow, flow.ends.client, client.packets)
  }

  #note({ first, last }: FlowRecord, source: IpAddress, packets: number): void {
    this.flows++
    this.firstNs = Math.min(this.firstNs, first.timeNs)
    this.lastNs = Math.max(this.lastNs, last.timeNs)
    if (this.frames.length < FRAMES_KEPT) this.frames.push(first.frame)
    if (this.#sources.size < SOURCES_COUNTED) this.#sources.add(source)
    const lastingSeconds = (last.timeNs - first.timeNs) / SECOND_NS
    if (lastingSeconds > 1) this.#fastest = Math.max(this.#fastest, Math.round(packets / lastingSeconds))
    const second = Math.floor(first.timeNs / SECOND_NS)
    const counts = this.#perSecond.get(second)
    const share = lastingSeconds > 1 ? 0 : packets
    if (counts !== undefined) {
      counts[0]++
      counts[1] += share
    } else if (this.#perSecond.size < SECONDS_COUNTED) this.#perSecond.set(second, [1, share])
  }

  get sources(): number {
    return this.#sources.size
  }

  get peakFlows(): number {
    return Math.max(0, ...[...this.#perSecond.values()].map(([flows]) => flows))
  }

  get peakPackets(): number {
    return Math.max(this.#fastest, ...[...this.#perSecond.values()].map(([, packets]) => packets))
  }
}

/** The client acknowledged, or sent something behind its SYN that is no reset. */
function hasGoneOn({ handshake, sides: [client], close, closedBy }: FlowRecord): boolean {
  if (client.payloadBytes > 0 || client.fin !== undefined) return true
  return handshake.ack !== undefined && !(close === 'reset' && closedBy === 0 && client.packets <= client.synCount + 1)
}
