import type { PacketDirection } from '../packet-hook.ts'

/** What IP carries, as far as its header is read and whole; `rest` is everything else. */
export type Carried = 'tcp' | 'udp' | 'udpLite' | 'sctp' | 'icmp' | 'icmpv6' | 'gre' | 'rest'

/**
 * A class of packets in which it is known which headers there are. Rules are written out for each class apart: then a field
 * is there or is not, and a rule about UDP costs a TCP packet nothing.
 */
export interface Shape {
  readonly name: string
  readonly family: 'none' | 'arp' | 'ipv4' | 'ipv6'
  readonly carried: Carried
  /** Which way the packets go. */
  readonly direction: PacketDirection
  /** The matches that, after those of its family, say that a packet is of this class. */
  readonly matches: string
}

/** A byte that must be there: a match that cannot be false is not made when the packet ends before it. */
const ANY_BYTE = '0-255'

interface CarriedHeader {
  readonly carried: Carried
  readonly protocol: number
  readonly headerBytes: number
  readonly families: readonly ('ipv4' | 'ipv6')[]
}

const BOTH = ['ipv4', 'ipv6'] as const

const HEADERS: readonly CarriedHeader[] = [
  { carried: 'tcp', protocol: 6, headerBytes: 20, families: BOTH },
  { carried: 'udp', protocol: 17, headerBytes: 8, families: BOTH },
  { carried: 'icmp', protocol: 1, headerBytes: 8, families: ['ipv4'] },
  { carried: 'icmpv6', protocol: 58, headerBytes: 8, families: ['ipv6'] },
  { carried: 'gre', protocol: 47, headerBytes: 4, families: BOTH },
  { carried: 'sctp', protocol: 132, headerBytes: 12, families: BOTH },
  { carried: 'udpLite', protocol: 136, headerBytes: 8, families: BOTH },
]

/** Protocols whose header, when it is cut off, leaves no payload; of all others the payload begins behind IP. */
const NEEDS_HEADER: ReadonlySet<Carried> = new Set(['tcp', 'udp', 'icmp', 'icmpv6', 'sctp', 'udpLite'])

/** The protocols that are in `rest` only with their header cut off. */
export function headedProtocols(family: 'ipv4' | 'ipv6'): number[] {
  return HEADERS.filter(({ carried, families }) => NEEDS_HEADER.has(carried) && families.includes(family)).map(
    ({ protocol }) => protocol,
  )
}

/** The matches by which a family is told, in order; a packet that none is true for has no network header that is read. */
export const FAMILIES = [
  { family: 'ipv4', matches: `meta protocol ip @nh,0,4 4 @nh,152,8 ${ANY_BYTE}` },
  { family: 'ipv6', matches: `meta protocol ip6 @nh,0,4 6 @nh,312,8 ${ANY_BYTE}` },
  { family: 'arp', matches: `meta protocol arp @nh,16,32 0x08000604 @nh,216,8 ${ANY_BYTE}` },
] as const

/** The shapes of a family in the order in which they are asked for; the last takes all that is left. */
export function shapesOf(family: Shape['family'], direction: PacketDirection = 'in'): Shape[] {
  if (family === 'none' || family === 'arp') {
    return [{ name: `${family}-any`, family, carried: 'rest', direction, matches: '' }]
  }
  const headed = HEADERS.filter(({ families }) => families.includes(family)).map(
    ({ carried, protocol, headerBytes }): Shape => ({
      name: `${family}-${carried.toLowerCase()}`,
      family,
      carried,
      direction,
      matches: `meta l4proto ${protocol} @th,${headerBytes * 8 - 8},8 ${ANY_BYTE}`,
    }),
  )
  return [...headed, { name: `${family}-rest`, family, carried: 'rest', direction, matches: '' }]
}

/** Later fragments have no header behind IP; not every kernel keeps one from being read there. */
export const LATER_FRAGMENT = { ipv4: '@nh,51,13 != 0', ipv6: 'frag frag-off != 0' } as const
