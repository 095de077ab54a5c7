import { type Packet, PROTOCOL } from '#wire'

/**
 * Kinds of packets that are counted apart, because each has its own usual rate: a flood of one hardly moves the sum of all.
 * Later fragments have no ports, so that they are a kind of their own.
 */
export const FLOOD_CLASSES = ['syn', 'synAck', 'tcp', 'udp', 'icmp', 'fragment', 'gre', 'other'] as const

export type FloodClass = (typeof FLOOD_CLASSES)[number]

const SYN = 0x02
const ACK = 0x10
const LATER_FRAGMENT = 2

const CLASS_OF_PROTOCOL: Readonly<Record<number, FloodClass>> = {
  [PROTOCOL.udp]: 'udp',
  [PROTOCOL.icmp]: 'icmp',
  [PROTOCOL.icmpv6]: 'icmp',
  [PROTOCOL.gre]: 'gre',
}

/** The class of a packet that has an IP header. */
export function classOf(packet: Packet): FloodClass {
  if (packet.fragment === LATER_FRAGMENT) return 'fragment'
  if (packet.protocol !== PROTOCOL.tcp) return CLASS_OF_PROTOCOL[packet.protocol] ?? 'other'
  const flags = packet.tcpFlags
  if (flags < 0 || (flags & SYN) === 0) return 'tcp'
  return (flags & ACK) === 0 ? 'syn' : 'synAck'
}
