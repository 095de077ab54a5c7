import { DnsScanner, type Packet, PROTOCOL, RECORD_TYPE } from '#wire'

const DNS_PORT = 53
const MULTICAST_PORT = 5353
const DNS_HEADER_BYTES = 12
/** Following every name costs more than what a resolver needs: so many messages are enough to see a pattern. */
const MESSAGES_CHECKED = 500_000
const LOOPS_KEPT = 200

/** Types whose data begins with a name, and how far behind its beginning that is. */
const NAME_AT: ReadonlyMap<number, number> = new Map([
  [RECORD_TYPE.NS, 0],
  [RECORD_TYPE.CNAME, 0],
  [RECORD_TYPE.SOA, 0],
  [RECORD_TYPE.PTR, 0],
  [RECORD_TYPE.MX, 2],
  [RECORD_TYPE.DNAME, 0],
])

/** A message with a name that leads to itself. */
export interface NameLoop {
  readonly frame: number
  readonly timeNs: number
  readonly flow: number
  readonly isAnswer: boolean
}

/** Follows the names of all records of DNS messages: those that nobody needs may be the ones that are meant to hurt. */
export class DnsNameWatch {
  readonly #scanner = new DnsScanner()
  #left = MESSAGES_CHECKED
  readonly loops: NameLoop[] = []

  packet(packet: Packet, frame: number, timeNs: number, flow: number): void {
    const { transport, sourcePort, destinationPort, payloadStart, payloadEnd, payloadBytes, bytes } = packet
    if (transport !== PROTOCOL.udp || this.#left <= 0) return
    const isDns = sourcePort === DNS_PORT || destinationPort === DNS_PORT || destinationPort === MULTICAST_PORT
    if (!isDns || payloadEnd - payloadStart < payloadBytes || payloadBytes < DNS_HEADER_BYTES) return
    this.#left--
    const scanner = this.#scanner
    scanner.begin(bytes, payloadStart, payloadEnd)
    while (scanner.fault === undefined && scanner.next()) {
      scanner.recordName()
      const nameAt = NAME_AT.get(scanner.type)
      if (nameAt !== undefined && scanner.dataAt + nameAt < scanner.dataEnd) scanner.nameAt(scanner.dataAt + nameAt)
    }
    if (scanner.fault !== 'compression-loop' || this.loops.length >= LOOPS_KEPT) return
    this.loops.push({ frame, timeNs, flow, isAnswer: sourcePort === DNS_PORT })
  }
}
