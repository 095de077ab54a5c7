import { DNS_HEADER_BYTES, type DnsFault, DnsScanner, isResponse } from '#wire'
import type { DatagramDissector, Direction, Moment, StreamDissector } from '../../flows/contract.ts'
import type { FaultName, ProtocolName, TransactionSink } from '../contract.ts'
import type { FlowSides } from '../flow-sides.ts'
import { seenAt } from '../flow-sides.ts'
import { protocolFault } from '../protocol-fault.ts'
import type { DnsMessageOf, DnsTable } from './dns-table.ts'

type DnsFaultName = FaultName & `dns-${string}`

const FAULTS: Readonly<Record<DnsFault, DnsFaultName>> = {
  truncated: 'dns-truncated-message',
  'compression-loop': 'dns-compression-loop',
  malformed: 'dns-malformed',
}
const DETAILS: Readonly<Record<DnsFaultName, string>> = {
  'dns-truncated-message': 'the message ends before what its header announces',
  'dns-compression-loop': 'a compressed name leads to itself or onwards',
  'dns-malformed': 'a label or a name is longer than any can be',
  'dns-trailing-bytes': 'bytes follow the last record',
}
/** A flow that sends nothing but damage says all that it has to say with the first. */
const FAULT_LIMIT = 4

// One for all: it is filled and read within one call.
const scanner = new DnsScanner()

/** Reads the messages of one flow and hands them to the table of all. */
class DnsMessages implements DnsMessageOf {
  readonly sides: FlowSides
  readonly transport: 'udp' | 'tcp'
  /** Of the message at hand. */
  sizeBytes = 0
  readonly #table: DnsTable
  readonly #sink: TransactionSink
  readonly #protocol: ProtocolName
  #isFirst = true
  #faults = 0

  constructor(
    sides: FlowSides,
    transport: 'udp' | 'tcp',
    protocol: ProtocolName,
    table: DnsTable,
    sink: TransactionSink,
  ) {
    this.sides = sides
    this.#table = table
    this.#sink = sink
    this.#protocol = protocol
    this.transport = transport
  }

  get isMulticast(): boolean {
    return this.#protocol !== 'dns'
  }

  /** `wireBytes` is the length before the capture cut it. False when the flow says nothing but damage. */
  read(direction: Direction, bytes: Buffer, start: number, end: number, wireBytes: number, at: Moment): boolean {
    const isCut = wireBytes > end - start
    if (!scanner.begin(bytes, start, end)) {
      return isCut || this.#fault(FAULTS[scanner.fault!], direction, at)
    }
    if (this.#isFirst) {
      this.#isFirst = false
      // Both ports may be 53, and a capture may begin with the answer: the message itself tells who asks.
      if (isResponse(scanner.flags) === this.sides.isClient(direction)) this.sides.swapped = !this.sides.swapped
    }
    this.sizeBytes = wireBytes
    this.#table.message(scanner, this, at)
    if (scanner.fault !== undefined) return isCut || this.#fault(FAULTS[scanner.fault], direction, at)
    const isWalked = scanner.section > 0 && !scanner.next()
    if (isWalked && !isCut && scanner.position < end) return this.#fault('dns-trailing-bytes', direction, at)
    return true
  }

  #fault(fault: DnsFaultName, direction: Direction, at: Moment): boolean {
    const from = this.sides.side(direction)
    this.#sink.transaction(protocolFault(this.sides, this.#protocol, from, fault, DETAILS[fault], seenAt(at)))
    return ++this.#faults < FAULT_LIMIT
  }
}

/** DNS over UDP, mDNS and LLMNR: a message a datagram. */
export class DnsDatagrams extends DnsMessages implements DatagramDissector {
  constructor(sides: FlowSides, protocol: 'dns' | 'mdns' | 'llmnr', table: DnsTable, sink: TransactionSink) {
    super(sides, 'udp', protocol, table, sink)
  }

  datagram(direction: Direction, bytes: Buffer, start: number, end: number, wireBytes: number, at: Moment): boolean {
    return this.read(direction, bytes, start, end, wireBytes, at)
  }

  // The table gives transactions out: the answer may come in another flow.
  end(): void {}
}

const LENGTH_BYTES = 2
const NO_BYTES = Buffer.alloc(0)

/** What one direction has of a message that is not whole yet. */
interface Pending {
  bytes: Buffer
  length: number
  lost: boolean
}

/** DNS over TCP: messages behind their length (RFC 1035 section 4.2.2), one after the other. */
export class DnsStream implements StreamDissector {
  readonly #messages: DnsMessages
  readonly #pending: readonly [Pending, Pending] = [
    { bytes: NO_BYTES, length: 0, lost: false },
    { bytes: NO_BYTES, length: 0, lost: false },
  ]

  constructor(sides: FlowSides, table: DnsTable, sink: TransactionSink) {
    this.#messages = new DnsMessages(sides, 'tcp', 'dns', table, sink)
  }

  data(direction: Direction, bytes: Buffer, start: number, end: number, at: Moment): boolean {
    const pending = this.#pending[direction]
    if (pending.lost) return false
    let position = start
    while (position < end) {
      if (pending.length === 0) {
        const messageEnd = end - position < LENGTH_BYTES ? -1 : position + LENGTH_BYTES + uint16(bytes, position)
        if (messageEnd >= 0 && messageEnd <= end) {
          if (!this.#message(direction, bytes, position + LENGTH_BYTES, messageEnd, at)) return false
          position = messageEnd
          continue
        }
      }
      const taken = keep(pending, bytes, position, end)
      position += taken
      if (isWhole(pending)) {
        const { length } = pending
        pending.length = 0
        if (!this.#message(direction, pending.bytes, LENGTH_BYTES, length, at)) return false
      }
    }
    return true
  }

  gap(direction: Direction, sizeBytes: number): boolean {
    if (sizeBytes > 0) this.#pending[direction].lost = true
    return sizeBytes === 0
  }

  end(): void {}

  #message(direction: Direction, bytes: Buffer, start: number, end: number, at: Moment): boolean {
    if (end - start < DNS_HEADER_BYTES) return end === start
    const goesOn = this.#messages.read(direction, bytes, start, end, end - start, at)
    this.#pending[direction].lost = !goesOn
    return goesOn
  }
}

function uint16(bytes: Buffer, at: number): number {
  return (bytes[at] << 8) | bytes[at + 1]
}

function isWhole({ bytes, length }: Pending): boolean {
  return length >= LENGTH_BYTES && length === LENGTH_BYTES + uint16(bytes, 0)
}

/** Keeps what belongs to the message at hand; returns how many bytes that is. */
function keep(pending: Pending, bytes: Buffer, start: number, end: number): number {
  const wanted = pending.length < LENGTH_BYTES ? LENGTH_BYTES : LENGTH_BYTES + uint16(pending.bytes, 0)
  const taken = Math.min(wanted - pending.length, end - start)
  if (pending.bytes.length < pending.length + taken) {
    const grown = Buffer.allocUnsafe(Math.max(512, wanted))
    pending.bytes.copy(grown, 0, 0, pending.length)
    pending.bytes = grown
  }
  bytes.copy(pending.bytes, pending.length, start, start + taken)
  pending.length += taken
  return taken
}
