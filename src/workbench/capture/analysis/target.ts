import type { FlowRecord } from '#detect'
import { type IpAddress, PROTOCOL } from '#wire'
import type { TargetFacts } from '../../findings/evidence.ts'
import type { Allowance } from './allowance.ts'

const SOURCES_COUNTED = 1000
const SECONDS_COUNTED = 3600
const FRAMES_KEPT = 10
const SECOND_NS = 1_000_000_000
const NONE: readonly never[] = Object.freeze([])

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
  /** Grows by one: a list that is pushed to has room for many at once, and most targets have one flow. */
  frames: readonly number[] = NONE
  readonly #room: Allowance
  /** Most have one source only and are over within a second: collections for each would be too much. */
  #onlySource: IpAddress | undefined = undefined
  #furtherSources: Set<IpAddress> | undefined = undefined
  #firstSecond = 0
  #firstFlows = 0
  #firstPackets = 0
  /** Flows and packets by second. */
  #furtherSeconds: Map<number, [flows: number, packets: number]> | undefined = undefined
  #fastest = 0

  /** `room` is for different sources and seconds, shared by all targets. */
  constructor(protocol: number, address: IpAddress, port: number, room: Allowance) {
    this.#room = room
    this.protocol = protocol
    this.address = address
    this.port = port
  }

  /** A flow towards it. */
  add(flow: FlowRecord): void {
    const [client, server] = flow.sides
    const isTcp = this.protocol === PROTOCOL.tcp
    const isAsked = client.synCount > 0
    const isAnswered = server.synCount > 0
    const isStray = isTcp && !isAsked && !isAnswered && client.packets + server.packets <= 4
    const isWhole = isTcp ? isAnswered && hasGoneOn(flow) : server.packets > 0
    if (isWhole) this.answered++
    if (isStray) this.stray++
    if (isTcp && isAsked && !isWhole) this.halfOpen++
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
    if (this.frames.length < FRAMES_KEPT) this.frames = [...this.frames, first.frame]
    this.#noteSource(source)
    const lastingSeconds = (last.timeNs - first.timeNs) / SECOND_NS
    if (lastingSeconds > 1) this.#fastest = Math.max(this.#fastest, Math.round(packets / lastingSeconds))
    this.#noteSecond(Math.floor(first.timeNs / SECOND_NS), lastingSeconds > 1 ? 0 : packets)
  }

  #noteSource(source: IpAddress): void {
    this.#onlySource ??= source
    if (source === this.#onlySource || this.#furtherSources?.has(source) === true) return
    if (this.sources >= SOURCES_COUNTED || !this.#room.take()) return
    this.#furtherSources ??= new Set()
    this.#furtherSources.add(source)
  }

  #noteSecond(second: number, packets: number): void {
    if (this.flows === 1) this.#firstSecond = second
    if (second === this.#firstSecond) {
      this.#firstFlows++
      this.#firstPackets += packets
      return
    }
    this.#furtherSeconds ??= new Map()
    const counts = this.#furtherSeconds.get(second)
    if (counts !== undefined) {
      counts[0]++
      counts[1] += packets
    } else if (this.#furtherSeconds.size < SECONDS_COUNTED && this.#room.take()) {
      this.#furtherSeconds.set(second, [1, packets])
    }
  }

  /** How many entries it took of the room that all share. */
  get entries(): number {
    return (this.#furtherSources?.size ?? 0) + (this.#furtherSeconds?.size ?? 0)
  }

  get sources(): number {
    return this.#onlySource === undefined ? 0 : 1 + (this.#furtherSources?.size ?? 0)
  }

  get peakFlows(): number {
    let most = this.#firstFlows
    for (const [flows] of this.#furtherSeconds?.values() ?? []) most = Math.max(most, flows)
    return most
  }

  get peakPackets(): number {
    let most = Math.max(this.#fastest, this.#firstPackets)
    for (const [, packets] of this.#furtherSeconds?.values() ?? []) most = Math.max(most, packets)
    return most
  }
}

/** The client acknowledged, or sent something behind its SYN that is no reset. */
function hasGoneOn({ handshake, sides: [client], close, closedBy }: FlowRecord): boolean {
  if (client.payloadBytes > 0 || client.fin !== undefined) return true
  return handshake.ack !== undefined && !(close === 'reset' && closedBy === 0 && client.packets <= client.synCount + 1)
}
