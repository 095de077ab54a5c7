import { type Packet, PROTOCOL } from '#wire'
import type { Direction, DissectorFactory, FlowEnds, FlowSink, Moment, StreamEnd } from './contract.ts'
import { FlowFigures } from './flow-figures.ts'
import { FlowKeys, KEY_EXTRA } from './flow-keys.ts'
import { FLOW, FLOW_BIT, FLOW_TIME, FLOW_WORDS, SIDE, SIDE_BIT, SIDES_AT, SIDE_WORDS } from './flow-layout.ts'
import { FlowReaders } from './flow-readers.ts'
import { FlowView } from './flow-view.ts'
import { LossAnalysis } from './loss-analysis.ts'
import { RowPool } from './row-pool.ts'
import { CONTROL, type Segment } from './segment.ts'
import { StreamPassing } from './stream-passing.ts'
import { TroubleRows } from './trouble-rows.ts'

/** About 80 MB of rows, and half as much about those with trouble. */
export const FLOW_LIMIT = 98_304
/** Directions with trouble, for each flow. */
const TROUBLE_SHARE = 0.5

const KNOWN = { first: 1, other: 2 } as const
/** Ports below it are servers', and those from the other one on are clients'. */
const PORT = { server: 1024, client: 32_768 } as const

/** Connections that are still open are kept longer. */
const CHANCES = { open: 3, over: 1 } as const

/** What a packet found: its flow, and whether a connection had these ports before. */
export interface Found {
  /** The first word of the flow's row; -1 when it has none. */
  row: number
  reusesPorts: boolean
}

/**
 * The flows that are known at a time. When there is no more room, flows that are over are given to the sink first, then
 * those that are silent; of a connection that was given out, its ports and where its sequence numbers began are remembered.
 */
export class FlowTable {
  readonly flows: RowPool
  readonly trouble: TroubleRows
  readonly figures: FlowFigures
  readonly losses: LossAnalysis
  readonly readers: FlowReaders
  readonly passing: StreamPassing
  readonly #keys: FlowKeys
  readonly #sink: FlowSink
  readonly #view: FlowView
  #nextId = 0
  /** The row that the search for one to forget comes to next. */
  #hand = 0
  readonly found: Found = { row: -1, reusesPorts: false }

  constructor(sink: FlowSink, factory: DissectorFactory | undefined, flowLimit: number) {
    this.#sink = sink
    this.#keys = new FlowKeys(flowLimit)
    this.flows = new RowPool(FLOW_WORDS, flowLimit)
    this.trouble = new TroubleRows(Math.ceil(flowLimit * TROUBLE_SHARE))
    this.figures = new FlowFigures(this.flows)
    this.losses = new LossAnalysis(this.flows, this.trouble)
    this.readers = new FlowReaders(factory)
    this.passing = new StreamPassing(this.flows, this.readers)
    this.#view = new FlowView(this.flows, this.trouble, (row) => this.ends(row))
  }

  /** Of the last packet that was found: its direction. */
  direction(row: number): Direction {
    const clientIsFirst = (this.flows.words[row + FLOW.bits] & FLOW_BIT.clientIsFirst) !== 0
    return clientIsFirst === this.#keys.isForward ? 0 : 1
  }

  /** Where the numbers of a flow's client or server begin. */
  side(row: number, direction: Direction): number {
    return row + SIDES_AT + direction * SIDE_WORDS
  }

  id(row: number): number {
    return this.flows.words[row + FLOW.id]
  }

  /** Finds the flow of a packet, or begins one. `segment` is undefined for what is no whole TCP segment. */
  locate(packet: Packet, segment: Segment | undefined, at: Moment): Found {
    if (this.#keys.isFull) this.#makeKeyRoom(at)
    const key = this.#keys.intern(packet)
    const { table } = this.#keys
    const words = table.rows
    const keyAt = table.offset(key)
    const found = this.found
    found.reusesPorts = false
    found.row = words[keyAt + KEY_EXTRA.flow] - 1
    if (segment !== undefined && segment.control & CONTROL.syn && !table.isNew) {
      this.#meetSyn(keyAt, segment, at)
    }
    if (found.row < 0) found.row = this.#begin(key, packet, segment, at)
    const flows = this.flows.words
    const isOver = (flows[found.row + FLOW.bits] & FLOW_BIT.over) !== 0
    flows[found.row + FLOW.chances] = isOver ? CHANCES.over : CHANCES.open
    return found
  }

  /** The flow that an ICMP error's quoted packet belongs to; -1 when it is not known. Sets what `direction` answers. */
  findQuoted(quoted: Packet, around: Packet): number {
    const key = this.#keys.findQuoted(quoted, around)
    return key < 0 ? -1 : this.#keys.table.rows[this.#keys.table.offset(key) + KEY_EXTRA.flow] - 1
  }

  /** A SYN that begins elsewhere than the connection that is known begins another one on the same ports. */
  #meetSyn(keyAt: number, segment: Segment, at: Moment): void {
    const found = this.found
    const base = found.row < 0 ? this.#rememberedBase(keyAt) : this.#knownBase(found.row)
    if (base === undefined || base === segment.sequence) return
    found.reusesPorts = true
    if (found.row < 0 || !this.#mayBeginAnew(found.row, segment)) return
    this.finish(found.row, 'timeout', at, false)
    found.row = -1
  }

  /** A SYN-ACK alone does so only when the connection before was closed: anybody can send one. */
  #mayBeginAnew(row: number, { control }: Segment): boolean {
    if ((control & CONTROL.ack) === 0) return true
    return (this.flows.words[row + FLOW.bits] & FLOW_BIT.closing) !== 0
  }

  #knownBase(row: number): number | undefined {
    const { ints } = this.flows
    const side = this.side(row, this.direction(row))
    return ints[side + SIDE.bits] & SIDE_BIT.hasBase ? ints[side + SIDE.baseSequence] : undefined
  }

  #rememberedBase(keyAt: number): number | undefined {
    const { rows } = this.#keys.table
    const { isForward } = this.#keys
    if ((rows[keyAt + KEY_EXTRA.knownBases] & (isForward ? KNOWN.first : KNOWN.other)) === 0) return undefined
    return rows[keyAt + (isForward ? KEY_EXTRA.firstBase : KEY_EXTRA.otherBase)] | 0
  }

  #begin(key: number, packet: Packet, segment: Segment | undefined, at: Moment): number {
    if (this.flows.isFull) this.#forgetOne(at)
    const row = this.flows.take()
    const { words, doubles } = this.flows
    const isForward = this.#keys.isForward
    const senderIsClient = isClient(packet, segment)
    words[row + FLOW.id] = this.#nextId++
    words[row + FLOW.key] = key
    words[row + FLOW.bits] = senderIsClient === isForward ? FLOW_BIT.clientIsFirst : 0
    words[row + FLOW.firstFrame] = at.frame
    doubles[(row >> 1) + FLOW_TIME.first] = at.timeNs
    doubles[(row >> 1) + FLOW_TIME.last] = at.timeNs
    if (this.found.reusesPorts) words[row + FLOW.bits] |= FLOW_BIT.reusedPorts
    this.#keys.table.rows[this.#keys.table.offset(key) + KEY_EXTRA.flow] = row + 1
    return row
  }

  /** Each pass takes a chance from a flow, and each packet gives them back. Flows that are over have fewer. */
  #forgetOne(at: Moment): void {
    const { words } = this.flows
    for (;;) {
      const row = this.#hand
      this.#hand = row + FLOW_WORDS === words.length ? 0 : row + FLOW_WORDS
      if (words[row + FLOW.chances] > 0) {
        words[row + FLOW.chances]--
        continue
      }
      const isOver = (words[row + FLOW.bits] & FLOW_BIT.over) !== 0
      this.finish(row, 'timeout', at, !isOver)
      return
    }
  }

  #makeKeyRoom(at: Moment): void {
    if (this.#keys.isFullOfAddresses) {
      this.#finishAll('timeout', at)
      this.#keys.clear()
      return
    }
    const { table } = this.#keys
    for (let row = 0; row < table.rowBound; row++) {
      const keyAt = table.offset(row)
      const isRemembered = table.rows[keyAt + KEY_EXTRA.knownBases] !== 0
      if (isRemembered && table.rows[keyAt + KEY_EXTRA.flow] === 0) this.#forgetKey(row)
    }
  }

  #forgetKey(row: number): void {
    const { table } = this.#keys
    table.rows[table.offset(row) + KEY_EXTRA.knownBases] = 0
    table.remove(row)
  }

  ends(row: number): FlowEnds {
    const { words } = this.flows
    const known = this.readers.ends(words[row + FLOW.reader])
    if (known !== undefined) return known
    const clientIsFirst = (words[row + FLOW.bits] & FLOW_BIT.clientIsFirst) !== 0
    return this.#keys.ends(words[row + FLOW.key], words[row + FLOW.id], clientIsFirst)
  }

  /** Tells who reads a flow that it is over. */
  endReader(row: number, how: StreamEnd, by: Direction | undefined, at: Moment): void {
    const { words } = this.flows
    const reader = words[row + FLOW.reader]
    if (reader === 0) return
    this.passing.settle(row, 0, this.side(row, 0))
    this.passing.settle(row, 1, this.side(row, 1))
    this.readers.end(reader, how, by, at)
    words[row + FLOW.reader] = 0
    words[row + FLOW.bits] &= ~FLOW_BIT.readerWants
  }

  /** Gives a flow to the sink and forgets it. */
  finish(row: number, how: StreamEnd, at: Moment, isForgotten: boolean): void {
    const { words, doubles } = this.flows
    const lastNs = how === 'open' ? at.timeNs : doubles[(row >> 1) + FLOW_TIME.last]
    this.#finishSide(this.side(row, 0), lastNs)
    this.#finishSide(this.side(row, 1), lastNs)
    this.endReader(row, how, undefined, at)
    this.#sink.onFlow?.(this.#view.show(row, isForgotten))
    this.#releaseTrouble(this.side(row, 0))
    this.#releaseTrouble(this.side(row, 1))
    this.#rememberKey(row)
    words[row + FLOW.firstFrame] = 0
    this.flows.release(row)
  }

  #finishSide(side: number, timeNs: number): void {
    this.losses.finish(side)
    this.figures.openWindow(side, timeNs)
  }

  #releaseTrouble(side: number): void {
    const trouble = this.flows.words[side + SIDE.trouble]
    if (trouble !== 0) this.trouble.release(trouble - 1)
  }

  #rememberKey(row: number): void {
    const { words } = this.flows
    const { table } = this.#keys
    const key = words[row + FLOW.key]
    const keyAt = table.offset(key)
    const clientIsFirst = (words[row + FLOW.bits] & FLOW_BIT.clientIsFirst) !== 0
    const first = this.side(row, clientIsFirst ? 0 : 1)
    const other = this.side(row, clientIsFirst ? 1 : 0)
    const known =
      (words[first + SIDE.bits] & SIDE_BIT.hasBase ? KNOWN.first : 0) |
      (words[other + SIDE.bits] & SIDE_BIT.hasBase ? KNOWN.other : 0)
    table.rows[keyAt + KEY_EXTRA.flow] = 0
    table.rows[keyAt + KEY_EXTRA.firstBase] = words[first + SIDE.baseSequence]
    table.rows[keyAt + KEY_EXTRA.otherBase] = words[other + SIDE.baseSequence]
    table.rows[keyAt + KEY_EXTRA.knownBases] = known
    if (known === 0) table.remove(key)
  }

  /** Gives out all flows, in the order of their rows. */
  #finishAll(how: StreamEnd, at: Moment): void {
    const { words, rowWords } = this.flows
    const end = this.flows.rowBound * rowWords
    for (let row = 0; row < end; row += rowWords) {
      // A row that was released has no first frame.
      if (words[row + FLOW.firstFrame] === 0) continue
      this.finish(row, how, at, how === 'timeout')
    }
  }

  end(at: Moment): void {
    this.#finishAll('open', at)
  }
}

/**
 * Who sent the first packet that is seen of a flow: the SYN says it, otherwise the ports, otherwise it is the client. No
 * server answers with a FIN or reset beside its SYN: that is somebody who sends all flags at once.
 */
function isClient({ sourcePort, destinationPort, protocol }: Packet, segment: Segment | undefined): boolean {
  if (segment !== undefined && segment.control & CONTROL.syn)
    return (segment.control & (CONTROL.ack | CONTROL.fin | CONTROL.reset)) !== CONTROL.ack
  if (protocol !== PROTOCOL.tcp && protocol !== PROTOCOL.udp) return true
  const isServer = (port: number, peer: number): boolean =>
    port < peer && (port < PORT.server ? peer >= PORT.server : port < PORT.client && peer >= PORT.client)
  return !isServer(sourcePort, destinationPort)
}
