import { findTcpOption, optionsEnd, type Packet, PROTOCOL, TCP_OPTION } from '#wire'
import type { FloodClass } from './flood-class.ts'

const MISSING = -1
const DONT_FRAGMENT = 0x40
const FRAGMENT_UNIT_BYTES = 8
const SMALLEST_TCP_BYTES = 20

/**
 * How values of a column can be told apart: as single values, also as ranges, as there and not there, as bytes. Of numbers
 * that senders count up or draw, `identity`, only one that all packets have says anything.
 */
export type ColumnKind = 'value' | 'range' | 'flag' | 'bytes' | 'identity' | 'source'

/** Packets of one class and one version of IP: the same value has other names in others. */
export interface PacketKind {
  readonly class: FloodClass
  readonly isIpv4: boolean
}

/** A number that is read from a packet to compare floods with good packets, and the field by which rules read it. */
export interface Column {
  readonly name: string
  readonly kind: ColumnKind
  /** -1 when the packet does not have it. */
  read(packet: Packet): number
  /** The field or slice in the rules language. */
  field(packets: PacketKind): string
  /** How many values there can be. */
  readonly domain: number
  /** Good values of such a column are few and stay the same, so that whatever else comes can be called strange. */
  readonly isClosed?: boolean
  /** Of a source: how many bits of the address the values are. */
  readonly bits?: { readonly ipv4: number; readonly ipv6: number }
  /** What bytes a column shows, when it shows some. */
  readonly slice?: { readonly field: string; readonly start: number; readonly sizeBytes: number }
}

type Read = Column['read']

const WORD = 0x1_0000
const BYTE = 0x100
const DOUBLE_WORD = 0x1_0000_0000

const always =
  (name: string): Column['field'] =>
  () =>
    name

function ofTcp(read: Read): Read {
  return (packet) => (packet.transport === PROTOCOL.tcp ? read(packet) : MISSING)
}

function ofVersion4(read: Read): Read {
  return (packet) => (packet.ipVersion === 4 ? read(packet) : MISSING)
}

function ofIcmp(offset: number): Read {
  return ({ transport, transportStart, bytes }) =>
    transport === PROTOCOL.icmp || transport === PROTOCOL.icmpv6 ? bytes[transportStart + offset] : MISSING
}

function icmpField(part: 'type' | 'code'): Column['field'] {
  return ({ isIpv4 }) => (isIpv4 ? `icmp.${part}` : `icmpv6.${part}`)
}

const PORTS_OF: Readonly<Partial<Record<FloodClass, string>>> = { syn: 'tcp', synAck: 'tcp', tcp: 'tcp', udp: 'udp' }

function port(end: 'src' | 'dst'): Column['field'] {
  return (packets) => `${PORTS_OF[packets.class] ?? 'l4'}.${end}port`
}

/** `sizeBytes` of the payload from `at` on, as one number. */
function payload(at: number, sizeBytes: 1 | 2 | 4): Column {
  const read: Read = ({ payloadStart, payloadEnd, bytes }) => {
    const start = payloadStart + at
    if (payloadStart < 0 || start + sizeBytes > payloadEnd) return MISSING
    return bytes.readUIntBE(start, sizeBytes)
  }
  return {
    name: `payload${at}x${sizeBytes}`,
    read,
    domain: BYTE ** sizeBytes,
    slice: { field: 'l4.payload', start: at, sizeBytes },
    ...(sizeBytes === 1
      ? { kind: 'range', field: always(`bit_slice(l4.payload, ${at * 8}, ${at * 8 + 8})`), isClosed: true }
      : { kind: 'bytes', field: always(`substring(l4.payload, ${at}, ${at + sizeBytes})`) }),
  }
}

function tcpOptionBytes(at: number): Column {
  const read: Read = (packet) => {
    const start = packet.transportStart + SMALLEST_TCP_BYTES + at
    return start + 4 <= optionsEnd(packet) ? packet.uint32(start) : MISSING
  }
  const field = always(`substring(tcp.options, ${at}, ${at + 4})`)
  const slice = { field: 'tcp.options', start: at, sizeBytes: 4 }
  return { name: `tcpOptions${at}`, kind: 'bytes', read, field, domain: DOUBLE_WORD, slice }
}

function tcpOption(kind: number, sizeBytes: number, value: (packet: Packet, at: number) => number): Read {
  return (packet) => {
    const at = findTcpOption(packet, kind, sizeBytes)
    return at < 0 ? MISSING : value(packet, at)
  }
}

function hasTcpOption(kind: number, sizeBytes: number): Read {
  return (packet) => (optionsEnd(packet) < 0 ? MISSING : Number(findTcpOption(packet, kind, sizeBytes) >= 0))
}

/** An IPv4 address; of IPv6 the first 48 bits, as whoever has one address has so many. */
const SOURCE_BITS = { ipv4: 32, ipv6: 48 } as const
/** What belongs to one provider, in one region. */
const NETWORK_BITS = { ipv4: 16, ipv6: 32 } as const

function source({ ipVersion, addresses }: Packet): number {
  if (ipVersion === 4) return addresses[3]
  return ipVersion === 6 ? addresses[0] * WORD + (addresses[1] >>> 16) : MISSING
}

function sourceNetwork({ ipVersion, addresses }: Packet): number {
  if (ipVersion === 4) return addresses[3] >>> 16
  return ipVersion === 6 ? addresses[0] : MISSING
}

const NUMBERS: readonly (readonly [name: string, kind: ColumnKind, domain: number, read: Read, isClosed?: boolean])[] =
  [
    ['ip.proto', 'value', BYTE, (packet) => packet.protocol, true],
    ['ip.len', 'range', WORD, (packet) => packet.ipBytes],
    ['ip.ttl', 'range', BYTE, (packet) => packet.timeToLive],
    ['ip.dsfield', 'value', BYTE, (packet) => packet.trafficClass],
    ['ip.flags.df', 'flag', 2, ofVersion4(({ bytes, ipStart }) => Number((bytes[ipStart + 6] & DONT_FRAGMENT) !== 0))],
    ['ip.frag', 'value', 3, ({ ipVersion, fragment }) => (ipVersion === 0 ? MISSING : fragment)],
    ['ip.frag_offset', 'range', 0x2000, (packet) => packet.fragmentOffsetBytes / FRAGMENT_UNIT_BYTES],
    ['ip.id', 'identity', WORD, ofVersion4((packet) => packet.uint16(packet.ipStart + 4))],
    ['ip.hdr_len', 'value', 64, ofVersion4((packet) => packet.ipHeaderBytes)],
    ['tcp.flags', 'value', 0x1000, (packet) => packet.tcpFlags, true],
    ['tcp.window', 'range', WORD, (packet) => packet.tcpWindow],
    ['tcp.hdr_len', 'value', 64, ofTcp((packet) => packet.tcpHeaderBytes)],
    ['tcp.seq', 'identity', DOUBLE_WORD, (packet) => packet.tcpSequence],
    ['tcp.ack', 'identity', DOUBLE_WORD, (packet) => packet.tcpAcknowledgement],
    ['tcp.urgent_pointer', 'value', WORD, ofTcp((packet) => packet.uint16(packet.transportStart + 18))],
    [
      'tcp.options.mss',
      'range',
      WORD,
      tcpOption(TCP_OPTION.maximumSegmentSize, 4, (packet, at) => packet.uint16(at + 2)),
    ],
    ['tcp.options.wscale', 'value', BYTE, tcpOption(TCP_OPTION.windowScale, 3, (packet, at) => packet.bytes[at + 2])],
    ['tcp.options.sack_perm', 'flag', 2, hasTcpOption(TCP_OPTION.sackPermitted, 2)],
    ['tcp.options.timestamp', 'flag', 2, hasTcpOption(TCP_OPTION.timestamps, 10)],
    [
      'gre.proto',
      'value',
      WORD,
      (packet) => (packet.greStart < 0 ? MISSING : packet.uint16(packet.greStart + 2)),
      true,
    ],
    [
      'ipv6.flow',
      'identity',
      0x10_0000,
      ({ ipVersion, ipStart, bytes }) =>
        ipVersion === 6 ? ((bytes[ipStart + 1] & 15) << 16) | (bytes[ipStart + 2] << 8) | bytes[ipStart + 3] : MISSING,
    ],
  ]

/** All columns. What is read here must be what rules read under the name of the field. */
export const COLUMNS: readonly Column[] = [
  ...NUMBERS.map(([name, kind, domain, read, isClosed]): Column => ({
    name,
    kind,
    domain,
    read,
    field: always(name),
    ...(isClosed && { isClosed }),
  })),
  // Clients take any port: a range of them that good packets happen to lack is chance.
  { name: 'sourcePort', kind: 'value', domain: WORD, read: (packet) => packet.sourcePort, field: port('src') },
  {
    name: 'destinationPort',
    kind: 'range',
    domain: WORD,
    read: (packet) => packet.destinationPort,
    field: port('dst'),
    isClosed: true,
  },
  { name: 'icmpType', kind: 'value', domain: BYTE, read: ofIcmp(0), field: icmpField('type'), isClosed: true },
  { name: 'icmpCode', kind: 'value', domain: BYTE, read: ofIcmp(1), field: icmpField('code') },
  {
    name: 'source',
    kind: 'source',
    domain: 2 ** 48,
    read: source,
    field: always('ip.src'),
    bits: SOURCE_BITS,
  },
  {
    name: 'sourceNetwork',
    kind: 'source',
    domain: 2 ** 32,
    read: sourceNetwork,
    field: always('ip.src'),
    isClosed: true,
    bits: NETWORK_BITS,
  },
  tcpOptionBytes(0),
  tcpOptionBytes(4),
  payload(0, 1),
  payload(0, 2),
  payload(2, 2),
  payload(4, 2),
  payload(6, 2),
  payload(0, 4),
  payload(4, 4),
  payload(8, 4),
  payload(12, 4),
  payload(16, 4),
  payload(20, 4),
]

/** True when two columns show the same bytes, at least in part. */
export function isSameBytes(left: Column, right: Column): boolean {
  if (left.kind === 'source' && right.kind === 'source') return true
  if (left.slice === undefined || right.slice === undefined || left.slice.field !== right.slice.field) return false
  const [first, second] = left.slice.start <= right.slice.start ? [left.slice, right.slice] : [right.slice, left.slice]
  return first.start + first.sizeBytes > second.start
}

/** Writes the values of all columns to `row` from `at` on. */
export function readRow(packet: Packet, row: Float64Array, at: number): void {
  for (let column = 0; column < COLUMNS.length; column++) row[at + column] = COLUMNS[column].read(packet)
}
