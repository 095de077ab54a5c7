import type { Direction, FlowEnds } from './contract.ts'
import { FLOW, FLOW_BIT, FLOW_TIME, SIDE_WORDS, SIDES_AT } from './flow-layout.ts'
import type { CloseKind, FlowRecord, FlowSide, FrameTime, Handshake, ResetSeen } from './flow-record.ts'
import type { RowPool } from './row-pool.ts'
import { SideView } from './side-view.ts'
import type { TroubleRows } from './trouble-rows.ts'

/** Shows the numbers of one row as a record. One object is pointed at one flow after the other. */
export class FlowView implements FlowRecord {
  readonly #flows: RowPool
  readonly #views: readonly [SideView, SideView]
  #at = 0
  readonly #endsOf: (row: number) => FlowEnds
  #ends: FlowEnds | undefined = undefined
  isForgotten = false

  /** `endsOf` says the ends of the flow of a row. */
  constructor(flows: RowPool, trouble: TroubleRows, endsOf: (row: number) => FlowEnds) {
    this.#flows = flows
    this.#endsOf = endsOf
    this.#views = [new SideView(flows, trouble), new SideView(flows, trouble)]
  }

  /** Points the view at the flow whose row begins at `at`. */
  show(at: number, isForgotten: boolean): FlowRecord {
    this.#at = at
    this.#ends = undefined
    this.isForgotten = isForgotten
    const client = at + SIDES_AT
    this.#views[0].show(client, client + SIDE_WORDS)
    this.#views[1].show(client + SIDE_WORDS, client)
    return this
  }

  get ends(): FlowEnds {
    this.#ends ??= this.#endsOf(this.#at)
    return this.#ends
  }

  get sides(): readonly [FlowSide, FlowSide] {
    return this.#views
  }

  #word(word: number): number {
    return this.#flows.words[this.#at + word]
  }

  #time(time: number): number {
    return this.#flows.doubles[(this.#at >> 1) + time]
  }

  #has(bit: number): boolean {
    return (this.#word(FLOW.bits) & bit) !== 0
  }

  #frameTime(frameWord: number, time: number): FrameTime | undefined {
    const frame = this.#word(frameWord)
    return frame === 0 ? undefined : { frame, timeNs: this.#time(time) }
  }

  get first(): FrameTime {
    return { frame: this.#word(FLOW.firstFrame), timeNs: this.#time(FLOW_TIME.first) }
  }

  get last(): FrameTime {
    return { frame: this.#word(FLOW.lastFrame), timeNs: this.#time(FLOW_TIME.last) }
  }

  get longestSilenceNs(): number {
    return this.#time(FLOW_TIME.longestSilence)
  }

  get silenceEnd(): FrameTime | undefined {
    return this.#frameTime(FLOW.silenceEndFrame, FLOW_TIME.silenceEnd)
  }

  get reusedPorts(): boolean {
    return this.#has(FLOW_BIT.reusedPorts)
  }

  get handshake(): Handshake {
    const [client, server] = this.#views
    const ack = this.#frameTime(FLOW.handshakeAckFrame, FLOW_TIME.handshakeAck)
    const { syn } = client
    const synAck = server.syn
    return {
      syn,
      synAck,
      ack,
      serverSideNs:
        syn === undefined || synAck === undefined ? undefined : synAck.timeNs - client.lastSynBeforeNs(synAck.timeNs),
      clientSideNs:
        synAck === undefined || ack === undefined ? undefined : ack.timeNs - server.lastSynBeforeNs(ack.timeNs),
    }
  }

  get close(): CloseKind {
    const [client, server] = this.#views
    const isAborted = this.#has(FLOW_BIT.reset)
    const serverSpoke = server.packets > 0
    if (isAborted && client.syn !== undefined && server.syn === undefined && this.#has(FLOW_BIT.resetByServer)) {
      return server.payloadBytes === 0 ? 'refused' : 'reset'
    }
    if (isAborted) return 'reset'
    if (client.syn !== undefined && !serverSpoke) return 'unanswered'
    const closed = (client.fin === undefined ? 0 : 1) + (server.fin === undefined ? 0 : 1)
    return closed === 2 ? 'fin' : closed === 1 ? 'half-closed' : 'open'
  }

  get closedBy(): Direction | undefined {
    if (this.#has(FLOW_BIT.reset)) return this.#has(FLOW_BIT.resetByServer) ? 1 : 0
    if (!this.#has(FLOW_BIT.closing)) return undefined
    return this.#has(FLOW_BIT.closedByServer) ? 1 : 0
  }

  get reset(): ResetSeen | undefined {
    const at = this.#frameTime(FLOW.resetFrame, FLOW_TIME.reset)
    if (at === undefined) return undefined
    const usual = this.#word(FLOW.resetUsualTimeToLive)
    return {
      ...at,
      direction: this.#has(FLOW_BIT.resetByServer) ? 1 : 0,
      timeToLive: this.#word(FLOW.resetTimeToLive),
      usualTimeToLive: usual === 0 ? undefined : usual - 1,
      ipId: numberAfterOne(this.#word(FLOW.resetIpId)),
      previousIpId: numberAfterOne(this.#word(FLOW.resetPreviousIpId)),
      window: this.#word(FLOW.resetWindow),
      sequenceOffset: this.#word(FLOW.resetOffset) | 0,
      silenceNs: this.#time(FLOW_TIME.resetSilence),
      segmentsAfter: this.#word(FLOW.segmentsAfterReset),
      count: this.#word(FLOW.resetCount),
    }
  }
}

/** Zero stands for "none" in words that hold a number plus one. */
function numberAfterOne(word: number): number | undefined {
  return word === 0 ? undefined : word - 1
}
