import { type ExportObserver, FlowExportDecoder, type FlowVisitor, type IpAddress, type Packet, PROTOCOL } from '#wire'
import { EXPORT_PORTS, isCertainExport, isLikelyExport, mayBeExport } from './recognise-export.ts'

/** What became of a packet. */
export type ReadExport =
  /** It is no export. */
  | 'none'
  | 'read'
  | 'damaged'
  /** The capture kept only the beginning of it: what could be read was. */
  | 'cut'
  /** It is of a version that is not known here. */
  | 'unknown'
  /** The capture has it twice. */
  | 'repeated'

/** Where a datagram came from and where it went. */
export interface ExportPath {
  readonly sender: IpAddress
  readonly senderPort: number
  readonly collector: IpAddress
  readonly collectorPort: number
}

/** Addresses and ports to which exports were sent, whatever these ports are. */
const COLLECTORS_KEPT = 256
/** Heads of the last datagrams: one that comes again soon was captured twice. */
const HEADS_KEPT = 64
const HEAD_BYTES = 64
const REPEATED_WITHIN_MS = 1000

/** Finds flow exports among the datagrams of a capture and decodes them. Each sender, by address and port, is one exporter. */
export class ExportReader {
  readonly #decoder: FlowExportDecoder
  readonly #collectors = new Set<string>()
  readonly #heads = new Map<string, number>()
  /** Of the datagram that was read last. */
  path: ExportPath = { sender: 0, senderPort: 0, collector: 0, collectorPort: 0 }

  constructor(visit: FlowVisitor, observer?: ExportObserver) {
    this.#decoder = new FlowExportDecoder(visit, [], observer)
  }

  /** Takes a packet of a capture; `frame` is kept with gaps of the sequence numbers. */
  packet(packet: Packet, frame: number): ReadExport {
    const { bytes, payloadStart, payloadEnd } = packet
    // The beginning of a fragmented datagram is no datagram.
    if (packet.transport !== PROTOCOL.udp || packet.fragment !== 0) return 'none'
    if (!mayBeExport(bytes, payloadStart, payloadEnd)) return 'none'
    const { source, destination, sourcePort, destinationPort } = packet
    if (source === undefined || destination === undefined) return 'none'
    const isCut = payloadEnd - payloadStart < packet.payloadBytes
    if (!this.#isExport(bytes, payloadStart, payloadEnd, destination, destinationPort)) return 'none'
    const timeMs = packet.seconds * 1000 + packet.nanoseconds / 1e6
    if (this.#isRepeated(`${source} ${sourcePort} ${packet.payloadBytes}`, bytes, payloadStart, payloadEnd, timeMs)) {
      return 'repeated'
    }
    this.path = { sender: source, senderPort: sourcePort, collector: destination, collectorPort: destinationPort }
    const session = `${sourcePort} ${destination} ${destinationPort}`
    const outcome = this.#decoder.decode(
      bytes.subarray(payloadStart, payloadEnd),
      source,
      Math.floor(timeMs),
      session,
      frame,
    )
    return isCut && outcome === 'damaged' ? 'cut' : outcome
  }

  /** True once after something was learnt, such as a template, without which what follows cannot be read. */
  takeLearned(): boolean {
    return this.#decoder.takeLearned()
  }

  #isExport(bytes: Buffer, start: number, end: number, address: IpAddress, port: number): boolean {
    const collector = `${address} ${port}`
    if (this.#collectors.has(collector)) return true
    if (!isCertainExport(bytes, start, end)) return EXPORT_PORTS.has(port) && isLikelyExport(bytes, start, end)
    if (this.#collectors.size < COLLECTORS_KEPT) this.#collectors.add(collector)
    return true
  }

  #isRepeated(sender: string, bytes: Buffer, start: number, end: number, timeMs: number): boolean {
    const head = `${sender} ${bytes.toString('latin1', start, Math.min(end, start + HEAD_BYTES))}`
    const before = this.#heads.get(head)
    this.#heads.delete(head)
    if (this.#heads.size >= HEADS_KEPT) this.#forgetOldestHead()
    this.#heads.set(head, timeMs)
    return before !== undefined && Math.abs(timeMs - before) < REPEATED_WITHIN_MS
  }

  #forgetOldestHead(): void {
    for (const oldest of this.#heads.keys()) {
      this.#heads.delete(oldest)
      return
    }
  }
}
