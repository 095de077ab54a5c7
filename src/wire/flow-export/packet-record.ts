import { PROTOCOL } from '../packet/numbers.ts'
import { Packet } from '../packet/packet.ts'
import { LINK_TYPE } from '../pcap/link-type.ts'
import type { FlowRecord } from './flow-record.ts'

/** Reads the first bytes of one packet that an exporter picked, into a record of that one packet. */
export class PacketRecordReader {
  readonly #packet = new Packet('outer')

  /**
   * The packet stands in `bytes` from `start` to `end`; `frameBytes` is its length on the wire. False when it is no IP
   * packet.
   */
  read(record: FlowRecord, bytes: Buffer, start: number, end: number, frameBytes: number, link: PacketLink): boolean {
    const packet = this.#packet
    packet.read(bytes, start, end, LINK_TYPES[link], Math.max(frameBytes, end - start))
    if (packet.ipVersion === 0) return false
    record.source = packet.source
    record.destination = packet.destination
    record.ipProtocol = packet.protocol
    record.sourcePort = packet.sourcePort
    record.destinationPort = packet.destinationPort
    record.tcpFlags = packet.tcpFlags
    record.trafficClass = packet.trafficClass
    record.timeToLive = packet.timeToLive
    if (packet.vlanTag >= 0) record.vlanId = packet.vlanTag & 0x0fff
    if (packet.transport === PROTOCOL.icmp || packet.transport === PROTOCOL.icmpv6) {
      record.icmpType = bytes[packet.transportStart]
      record.icmpCode = bytes[packet.transportStart + 1]
    }
    record.packets = 1
    record.bytes = packet.ipBytes
    return true
  }
}

/** What the bytes of a packet begin with. */
export type PacketLink = 'ethernet' | 'ip'

const LINK_TYPES = { ethernet: LINK_TYPE.ethernet, ip: LINK_TYPE.raw } as const
