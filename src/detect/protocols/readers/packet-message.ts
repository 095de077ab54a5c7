import { type Packet, PROTOCOL } from '#wire'
import { datagramLooksLike } from '../recognise/first-datagram.ts'
import { looksLike } from '../recognise/first-bytes.ts'
import { portProtocol } from '../recognise/port-protocol.ts'
import { DnsMessageSeen } from './dns-message-seen.ts'
import { HttpHeadSeen } from './http-head-seen.ts'
import { QuicPacketSeen } from './quic-packet-seen.ts'
import { TlsRecordsSeen } from './tls-records-seen.ts'

/** The message of layer 7 that begins in a packet. */
export type PacketMessage = DnsMessageSeen | TlsRecordsSeen | HttpHeadSeen | QuicPacketSeen

const DNS_LENGTH_BYTES = 2

/** What was found in the packet at hand: a rule asks one packet for several fields. */
let lastPacket: Packet | undefined
let lastFrame = 0
let lastBytes: Buffer | undefined
let lastStart = 0
let lastEnd = 0
let lastMessage: PacketMessage | undefined

/** The message that begins in a packet; undefined when none does, or it is of no kind that is read here. */
export function messageOf(packet: Packet): PacketMessage | undefined {
  const { payloadStart, payloadEnd, frameNumber, bytes } = packet
  if (payloadStart < 0 || payloadStart >= payloadEnd) return undefined
  const isKnown =
    packet === lastPacket &&
    frameNumber === lastFrame &&
    // A packet that is in no capture has no number that would tell it from the one before it.
    frameNumber > 0 &&
    bytes === lastBytes &&
    payloadStart === lastStart &&
    payloadEnd === lastEnd
  if (isKnown) return lastMessage
  lastPacket = packet
  lastFrame = frameNumber
  lastBytes = bytes
  lastStart = payloadStart
  lastEnd = payloadEnd
  lastMessage = readMessage(packet)
  return lastMessage
}

function readMessage(packet: Packet): PacketMessage | undefined {
  // Of a later fragment nothing can be told, and what ICMP quotes is no message.
  if (packet.transport === PROTOCOL.udp) return readDatagram(packet)
  return packet.transport === PROTOCOL.tcp ? readSegment(packet) : undefined
}

function readDatagram(packet: Packet): PacketMessage | undefined {
  const { bytes, payloadStart, payloadEnd, sourcePort, destinationPort } = packet
  const port = portProtocol('udp', destinationPort) ?? portProtocol('udp', sourcePort)
  const content = datagramLooksLike(bytes, payloadStart, payloadEnd, port)
  if (content === 'quic') return QuicPacketSeen.read(bytes, payloadStart, payloadEnd)
  const isDns = content === 'dns' || content === 'mdns' || content === 'llmnr'
  return isDns ? DnsMessageSeen.read(bytes, payloadStart, payloadEnd) : undefined
}

function readSegment(packet: Packet): PacketMessage | undefined {
  const { bytes, payloadStart, payloadEnd, sourcePort, destinationPort } = packet
  if (portProtocol('tcp', destinationPort) === 'dns' || portProtocol('tcp', sourcePort) === 'dns') {
    return DnsMessageSeen.read(bytes, payloadStart + DNS_LENGTH_BYTES, payloadEnd)
  }
  const content = looksLike(bytes, payloadStart, payloadEnd)
  if (content === 'tls') return new TlsRecordsSeen(bytes, payloadStart, payloadEnd)
  return content === 'http' ? HttpHeadSeen.read(bytes, payloadStart, payloadEnd) : undefined
}
