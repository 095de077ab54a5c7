import { findTcpOption, optionsEnd, type Packet, PROTOCOL, TCP_OPTION } from '#wire'
import { type PacketReader, present } from './packet-reader.ts'

const SMALLEST_HEADER_BYTES = 20

function flag(bit: number): PacketReader {
  return (packet) => (packet.tcpFlags < 0 ? undefined : (packet.tcpFlags & bit) !== 0)
}

/** A reader that applies when the TCP header is whole. */
function ofHeader(read: PacketReader): PacketReader {
  return (packet) => (packet.transport === PROTOCOL.tcp ? read(packet) : undefined)
}

/** A reader of the option of a kind with at least `sizeBytes`; it is given where the option begins. */
function option(kind: number, sizeBytes: number, read: (packet: Packet, at: number) => number): PacketReader {
  return (packet) => {
    const at = findTcpOption(packet, kind, sizeBytes)
    return at < 0 ? undefined : read(packet, at)
  }
}

/** Whether an option is there; absent when the options are not whole. */
function hasOption(kind: number, sizeBytes: number): PacketReader {
  return (packet) => (optionsEnd(packet) < 0 ? undefined : findTcpOption(packet, kind, sizeBytes) >= 0)
}

export const TCP_READERS: Readonly<Record<string, PacketReader>> = {
  'tcp.srcport': ({ protocol, sourcePort }) => (protocol === PROTOCOL.tcp ? present(sourcePort) : undefined),
  'tcp.dstport': ({ protocol, destinationPort }) => (protocol === PROTOCOL.tcp ? present(destinationPort) : undefined),
  'tcp.flags': (packet) => present(packet.tcpFlags),
  'tcp.flags.fin': flag(0x001),
  'tcp.flags.syn': flag(0x002),
  'tcp.flags.reset': flag(0x004),
  'tcp.flags.push': flag(0x008),
  'tcp.flags.ack': flag(0x010),
  'tcp.flags.urg': flag(0x020),
  'tcp.flags.ece': flag(0x040),
  'tcp.flags.cwr': flag(0x080),
  'tcp.flags.ae': flag(0x100),
  'tcp.seq': (packet) => present(packet.tcpSequence),
  'tcp.ack': (packet) => present(packet.tcpAcknowledgement),
  'tcp.window': (packet) => present(packet.tcpWindow),
  'tcp.urgent_pointer': ofHeader((packet) => packet.uint16(packet.transportStart + 18)),
  'tcp.hdr_len': ofHeader((packet) => packet.tcpHeaderBytes),
  'tcp.len': ofHeader((packet) => present(packet.payloadBytes)),
  'tcp.options': (packet) => {
    const end = optionsEnd(packet)
    return end < 0 ? undefined : packet.latin1(packet.transportStart + SMALLEST_HEADER_BYTES, end)
  },
  'tcp.options.mss': option(TCP_OPTION.maximumSegmentSize, 4, (packet, at) => packet.uint16(at + 2)),
  'tcp.options.wscale': option(TCP_OPTION.windowScale, 3, (packet, at) => packet.bytes[at + 2]),
  'tcp.options.sack_perm': hasOption(TCP_OPTION.sackPermitted, 2),
  'tcp.options.timestamp': hasOption(TCP_OPTION.timestamps, 10),
  'tcp.options.timestamp.tsval': option(TCP_OPTION.timestamps, 10, (packet, at) => packet.uint32(at + 2)),
  'tcp.options.timestamp.tsecr': option(TCP_OPTION.timestamps, 10, (packet, at) => packet.uint32(at + 6)),
}
