import { Packet, PROTOCOL } from '#wire'
import type { Direction, DissectorFactory, FlowSink, PacketVerdict } from './contract.ts'
import { FlagAnalysis } from './flag-analysis.ts'
import { FLOW, FLOW_BIT, SIDE, SIDE_BIT } from './flow-layout.ts'
import { FLOW_LIMIT, FlowTable } from './flow-table.ts'
import { Fragments } from './fragments.ts'
import { arpSeen, icmpError, quotedBy } from './neighbours.ts'
import { takeOrdinary } from './ordinary-segment.ts'
import { SEEN, type Seen, SeenSegments } from './seen-segments.ts'
import { CONTROL, readSynOptions, Segment } from './segment.ts'

import { TCP_FLAG } from './tcp-flag.ts'
import { TROUBLE, TROUBLE_TIME } from './trouble-layout.ts'
import type { StreamPiece } from './waiting-segments.ts'

const NANOSECONDS = 1_000_000_000
/** Nothing but these is told with frames; window updates are ordinary. */
const WORTH_EVIDENCE = ~TCP_FLAG.window_update

export interface FlowAnalyzerOptions {
  readonly sink: FlowSink
  /** Who reads the payload; nobody when absent. */
  readonly dissectors?: DissectorFactory
  /** How many flows are known at a time; beyond it, those that are over and then those that are silent are given out. */
  readonly flowLimit?: number
}

type Mutable<Type> = { -readonly [Key in keyof Type]: Type[Key] }

/**
 * Follows the flows of a capture packet by packet: TCP analysis, fragments, order of streams, ICMP errors. Bounded in
 * memory whatever the packets are; never throws.
 */
export class FlowAnalyzer {
  /**
   * Holds a 64-bit number, so that times are computed as such from the first packet on: the engine would take them for
   * small integers, and translate everything anew when the capture is three seconds old.
   */
  readonly #origin = new Float64Array(1)
  #isBegun = false
  readonly #sink: FlowSink
  readonly #table: FlowTable
  readonly #flags: FlagAnalysis
  readonly #fragments: Fragments
  readonly #seen = new SeenSegments()
  readonly #segment = new Segment()
  readonly #quoted = new Packet('deep')
  readonly #counted = { frame: 0, timeNs: 0, ipBytes: 0, payloadBytes: 0, timeToLive: 0 }
  readonly #piece: Mutable<StreamPiece> = { sequence: 0, bytes: Buffer.alloc(0), start: 0, end: 0, wireBytes: 0 }
  readonly #verdict: Mutable<PacketVerdict> = {
    frame: 0,
    timeNs: 0,
    flow: -1,
    direction: 0,
    tcpFlags: 0,
    duplicateAck: 0,
    isDuplicate: false,
  }

  constructor({ sink, dissectors, flowLimit = FLOW_LIMIT }: FlowAnalyzerOptions) {
    this.#sink = sink
    this.#table = new FlowTable(sink, dissectors, flowLimit)
    this.#flags = new FlagAnalysis(this.#table.flows)
    this.#fragments = new Fragments((fault) => sink.onFragmentFault?.(fault))
  }

  /** Times count from here: whole seconds since the Unix epoch, of the first packet. */
  get originSeconds(): number {
    return this.#origin[0]
  }

  /**
   * Takes the next packet, read in the deep view, with its number, counted from 1, and time. The verdict is one object that
   * is filled anew for the next packet.
   */
  push(packet: Packet): PacketVerdict {
    if (!this.#isBegun) {
      this.#isBegun = true
      this.#origin[0] = packet.seconds
    }
    const verdict = this.#verdict
    verdict.frame = packet.frameNumber
    verdict.timeNs = (packet.seconds - this.#origin[0]) * NANOSECONDS + packet.nanoseconds
    verdict.flow = -1
    verdict.direction = 0
    verdict.tcpFlags = 0
    verdict.duplicateAck = 0
    verdict.isDuplicate = false
    const whole = packet.ipVersion === 0 ? undefined : this.#fragments.reassemble(packet, verdict.timeNs)
    if (whole !== undefined) this.#take(whole)
    else if (packet.arpStart >= 0 && packet.ipVersion === 0) this.#sink.onArp?.(arpSeen(packet, verdict))
    this.#sink.onPacket?.(whole ?? packet, verdict)
    return verdict
  }

  #take(packet: Packet): void {
    if (packet.quotedStart >= 0) this.#takeError(packet)
    if (packet.transport === PROTOCOL.tcp && packet.payloadBytes >= 0) this.#takeSegment(packet)
    else this.#takeOther(packet)
  }

  #takeError(packet: Packet): void {
    if (this.#sink.onIcmpError === undefined) return
    const quoted = quotedBy(packet, this.#quoted)
    const table = this.#table
    const row = quoted === undefined ? -1 : table.findQuoted(quoted, packet)
    const about = row < 0 ? undefined : { flow: table.id(row), direction: table.direction(row) }
    this.#sink.onIcmpError(icmpError(packet, quoted, about, this.#verdict))
  }

  /** Counts a packet that is no segment for its flow. */
  #count(row: number, side: number, packet: Packet): void {
    const counted = this.#counted
    counted.frame = this.#verdict.frame
    counted.timeNs = this.#verdict.timeNs
    counted.ipBytes = packet.ipWireEnd - packet.ipStart
    counted.payloadBytes = packet.transport === PROTOCOL.udp ? packet.payloadBytes : -1
    counted.timeToLive = packet.timeToLive
    this.#table.figures.count(row, side, this.#verdict.direction === 1, counted)
  }

  #takeOther(packet: Packet): void {
    const table = this.#table
    const verdict = this.#verdict
    const { row } = table.locate(packet, undefined, verdict)
    const direction = table.direction(row)
    verdict.flow = table.id(row)
    verdict.direction = direction
    this.#count(row, table.side(row, direction), packet)
    if (packet.transport === PROTOCOL.udp && packet.payloadBytes > 0) this.#readDatagram(row, direction, packet)
  }

  #readDatagram(row: number, direction: Direction, packet: Packet): void {
    if (!this.#mayRead(row, false)) return
    const { words } = this.#table.flows
    this.#fillPiece(packet, 0)
    const reader = words[row + FLOW.reader]
    const isWanted = this.#table.readers.pushDatagram(reader, direction, this.#piece, this.#verdict)
    if (!isWanted) words[row + FLOW.bits] &= ~FLOW_BIT.readerWants
  }

  /** Asks once who reads a flow. False when nobody does, or no more is wanted. */
  #mayRead(row: number, isStream: boolean): boolean {
    const table = this.#table
    if (!table.readers.isNeeded) return false
    const { words } = table.flows
    if ((words[row + FLOW.bits] & FLOW_BIT.readerAsked) === 0) {
      words[row + FLOW.bits] |= FLOW_BIT.readerAsked
      const ends = table.ends(row)
      const reader = isStream ? table.readers.openStream(ends) : table.readers.openDatagrams(ends)
      words[row + FLOW.reader] = reader
      if (reader !== 0) words[row + FLOW.bits] |= FLOW_BIT.readerWants
    }
    return (words[row + FLOW.bits] & FLOW_BIT.readerWants) !== 0
  }

  #fillPiece(packet: Packet, sequence: number): void {
    const piece = this.#piece
    piece.sequence = sequence
    if (piece.bytes !== packet.bytes) piece.bytes = packet.bytes
    piece.start = packet.payloadStart
    piece.end = packet.payloadEnd
    piece.wireBytes = packet.payloadBytes
  }

  #takeSegment(packet: Packet): void {
    const table = this.#table
    const verdict = this.#verdict
    const segment = this.#segment
    segment.read(packet, verdict.timeNs)
    segment.frame = verdict.frame
    const { row, reusesPorts } = table.locate(packet, segment, verdict)
    const direction = table.direction(row)
    const side = table.side(row, direction)
    const other = table.side(row, direction === 0 ? 1 : 0)
    verdict.flow = table.id(row)
    verdict.direction = direction
    const seen = this.#seen.note(packet, verdict.flow * 2 + direction + 1, segment)
    verdict.isDuplicate = seen === SEEN.duplicate
    if (!verdict.isDuplicate) table.figures.countSegment(row, side, other, direction === 1, segment)
    if (seen !== SEEN.new || reusesPorts || !takeOrdinary(table.flows, table.trouble, side, other, segment)) {
      table.passing.settle(row, direction, side)
      this.#analyse(packet, row, side, other, seen, reusesPorts)
    }
    if (verdict.isDuplicate) return
    table.figures.count(row, side, direction === 1, segment)
    this.#readStream(row, direction, side, other, packet, segment)
    if (segment.control & (CONTROL.fin | CONTROL.reset)) this.#close(row)
  }

  /** Finds out what there is to say of a segment. */
  #analyse(packet: Packet, row: number, side: number, other: number, seen: Seen, reusesPorts: boolean): void {
    const table = this.#table
    const verdict = this.#verdict
    const segment = this.#segment
    if (!verdict.isDuplicate) table.losses.analyse(row, side, other, segment)
    if (seen === SEEN.conflict) this.#noteConflict(side, segment)
    let flags = this.#flags.analyse(row, side, other, segment)
    if (reusesPorts) flags |= TCP_FLAG.reused_ports
    if (segment.control & CONTROL.syn) flags |= this.#takeSyn(packet, side, other, segment)
    verdict.tcpFlags = flags
    if (flags & TCP_FLAG.duplicate_ack) verdict.duplicateAck = table.flows.words[side + SIDE.duplicateAcks]
    this.#noteTrouble(side, segment.frame, flags)
    if (verdict.isDuplicate) return
    table.figures.noteAnalysed(row, side, other, verdict.direction === 1, segment, flags)
  }

  /** What a SYN offers, and its flags of TCP Fast Open (RFC 7413). */
  #takeSyn(packet: Packet, side: number, other: number, segment: Segment): number {
    const { words, ints } = this.#table.flows
    const isAnswer = (segment.control & CONTROL.ack) !== 0
    const options = readSynOptions(packet)
    if (words[side + SIDE.synCount] <= 1) this.#table.figures.noteOptions(side, other, isAnswer, options)
    if (!isAnswer) return options.fastOpen ? TCP_FLAG.tfo_syn : 0
    if ((words[other + SIDE.bits] & SIDE_BIT.syn) === 0) return 0
    const dataStart = (ints[other + SIDE.baseSequence] + 1) | 0
    if (segment.acknowledgement !== dataStart) return TCP_FLAG.tfo_ack
    const hasAsked = (words[other + SIDE.flagsSeen] & TCP_FLAG.tfo_syn) !== 0
    return hasAsked && ints[other + SIDE.nextSequence] !== dataStart ? TCP_FLAG.tfo_ignored : 0
  }

  #noteConflict(side: number, { frame, timeNs, payloadBytes }: Segment): void {
    const { trouble, flows } = this.#table
    const row = trouble.of(flows, side)
    if (row < 0) return
    trouble.doubles[(row >> 1) + TROUBLE_TIME.conflictingBytes] += payloadBytes
    if (trouble.words[row + TROUBLE.conflictFrame] !== 0) return
    trouble.words[row + TROUBLE.conflictFrame] = frame
    trouble.doubles[(row >> 1) + TROUBLE_TIME.conflict] = timeNs
  }

  /** Keeps what is wrong with a segment as evidence. */
  #noteTrouble(side: number, frame: number, flags: number): void {
    const { isDuplicate } = this.#verdict
    if ((flags & WORTH_EVIDENCE) === 0 && !isDuplicate) return
    const { trouble, flows } = this.#table
    const row = trouble.of(flows, side)
    if (row < 0) return
    if (isDuplicate) trouble.addLoss(row, 'duplicates', frame)
    else trouble.addFlags(row, flags, frame)
  }

  #readStream(row: number, direction: Direction, side: number, other: number, packet: Packet, segment: Segment): void {
    if (segment.payloadBytes === 0) return
    const table = this.#table
    const isWhole = packet.payloadEnd - packet.payloadStart === segment.payloadBytes
    if (table.passing.takes(row, direction, side, segment, isWhole) || !this.#mayRead(row, true)) return
    const { words, ints } = table.flows
    const stream = table.readers.stream(words[row + FLOW.reader])
    if (stream === undefined) return
    const isSyn = (segment.control & CONTROL.syn) !== 0
    this.#fillPiece(packet, isSyn ? (segment.sequence + 1) | 0 : segment.sequence)
    if (words[side + SIDE.bits] & SIDE_BIT.syn) stream.begin(direction, (ints[side + SIDE.baseSequence] + 1) | 0)
    const isKnown = (words[other + SIDE.bits] & SIDE_BIT.hasHighestAck) !== 0
    stream.push(direction, this.#piece, isKnown ? ints[other + SIDE.highestAck] : undefined, this.#verdict)
    table.passing.allow(row, direction, side, stream)
    if (!stream.isWanted) words[row + FLOW.bits] &= ~FLOW_BIT.readerWants
    if (words[row + FLOW.bits] & FLOW_BIT.closing) this.#close(row)
  }

  /** Notes that a flow is over: aborted, or both sides closed. Its reader is told when all before was read. */
  #close(row: number): void {
    const table = this.#table
    const { words, ints } = table.flows
    const bits = words[row + FLOW.bits]
    if (bits & FLOW_BIT.reset) {
      words[row + FLOW.bits] = bits | FLOW_BIT.over
      table.endReader(row, 'reset', bits & FLOW_BIT.resetByServer ? 1 : 0, this.#verdict)
      return
    }
    const client = table.side(row, 0)
    const server = table.side(row, 1)
    if ((words[client + SIDE.bits] & words[server + SIDE.bits] & SIDE_BIT.fin) === 0) return
    words[row + FLOW.bits] = bits | FLOW_BIT.over
    const stream = table.readers.stream(words[row + FLOW.reader])
    const isRead = (end: number, of: Direction): boolean => stream?.isComplete(of, (end - 1) | 0) ?? true
    if (!isRead(ints[client + SIDE.finEnd], 0) || !isRead(ints[server + SIDE.finEnd], 1)) return
    table.endReader(row, 'fin', bits & FLOW_BIT.closedByServer ? 1 : 0, this.#verdict)
  }

  /** The capture is at its end: what is still known of flows is given to the sink. */
  end(): void {
    this.#fragments.end()
    this.#table.end(this.#verdict)
  }
}
