import { PROTOCOL } from '../numbers.ts'

/** What stands behind an IP header. Its checksum, at `checksumAt` unless that is -1, is filled in with the addresses. */
export interface Segment {
  readonly protocol: number
  readonly bytes: Buffer
  readonly checksumAt: number
}

type Payload = string | Buffer

/** Bits of the TCP flags field. */
export const TCP_FLAG = { fin: 1, syn: 2, rst: 4, psh: 8, ack: 16, urg: 32, ece: 64, cwr: 128, ae: 256 } as const

interface TcpSegment {
  readonly sourcePort: number
  readonly destinationPort: number
  /** A sum of `TCP_FLAG`. */
  readonly flags?: number
  readonly sequence?: number
  readonly acknowledgement?: number
  readonly window?: number
  readonly urgentPointer?: number
  /** Padded to a multiple of four bytes. */
  readonly options?: Buffer
  readonly payload?: Payload
}

const bytesOf = (payload: Payload = ''): Buffer =>
  typeof payload === 'string' ? Buffer.from(payload, 'latin1') : payload

export function tcp(segment: TcpSegment): Segment {
  const { options = Buffer.alloc(0) } = segment
  const header = Buffer.alloc(20 + ((options.length + 3) & ~3))
  header.writeUInt16BE(segment.sourcePort, 0)
  header.writeUInt16BE(segment.destinationPort, 2)
  header.writeUInt32BE((segment.sequence ?? 0) >>> 0, 4)
  header.writeUInt32BE((segment.acknowledgement ?? 0) >>> 0, 8)
  header.writeUInt16BE((header.length / 4) * 0x1000 + (segment.flags ?? TCP_FLAG.ack), 12)
  header.writeUInt16BE(segment.window ?? 64_240, 14)
  header.writeUInt16BE(segment.urgentPointer ?? 0, 18)
  options.copy(header, 20)
  return { protocol: PROTOCOL.tcp, bytes: Buffer.concat([header, bytesOf(segment.payload)]), checksumAt: 16 }
}

/** TCP options one after the other: a kind, then its value if it has one. */
export function tcpOptions(...options: readonly (readonly [kind: number, value?: Buffer])[]): Buffer {
  return Buffer.concat(
    options.map(([kind, value]) =>
      kind < 2 ? Buffer.from([kind]) : Buffer.concat([Buffer.from([kind, 2 + (value?.length ?? 0)]), bytesOf(value)]),
    ),
  )
}

/** Options as a current Linux offers them in a SYN. */
export function synOptions(mss: number = 1460, windowScale: number = 7): Buffer {
  const [segmentSize, stamps] = [Buffer.alloc(2), Buffer.alloc(8)]
  segmentSize.writeUInt16BE(mss)
  stamps.writeUInt32BE(0x0102_0304)
  return tcpOptions([2, segmentSize], [4], [8, stamps], [1], [3, Buffer.from([windowScale])])
}

interface UdpDatagram {
  readonly sourcePort: number
  readonly destinationPort: number
  readonly payload?: Payload
  /** What the header says instead of the truth. */
  readonly length?: number
}

export function udp({ sourcePort, destinationPort, payload, length }: UdpDatagram): Segment {
  const body = bytesOf(payload)
  const header = Buffer.alloc(8)
  header.writeUInt16BE(sourcePort, 0)
  header.writeUInt16BE(destinationPort, 2)
  header.writeUInt16BE(length ?? 8 + body.length, 4)
  return { protocol: PROTOCOL.udp, bytes: Buffer.concat([header, body]), checksumAt: 6 }
}

interface IcmpMessage {
  readonly type: number
  readonly code?: number
  /** The second word of the header: identifier and sequence number, or the MTU. */
  readonly rest?: number
  readonly payload?: Payload
}

export function icmp(message: IcmpMessage): Segment {
  return { protocol: PROTOCOL.icmp, bytes: icmpBytes(message), checksumAt: 2 }
}

export function icmpv6(message: IcmpMessage): Segment {
  return { protocol: PROTOCOL.icmpv6, bytes: icmpBytes(message), checksumAt: 2 }
}

function icmpBytes({ type, code = 0, rest = 0, payload }: IcmpMessage): Buffer {
  const header = Buffer.alloc(8)
  header[0] = type
  header[1] = code
  header.writeUInt32BE(rest >>> 0, 4)
  return Buffer.concat([header, bytesOf(payload)])
}

/** Bytes of any other protocol, without a checksum. */
export function segment(protocol: number, payload: Payload): Segment {
  return { protocol, bytes: bytesOf(payload), checksumAt: -1 }
}

interface GreHeader {
  /** EtherType of what it carries. */
  readonly type: number
  readonly key?: number
  readonly sequence?: number
}

export function gre({ type, key, sequence }: GreHeader, payload: Buffer): Segment {
  const parts = [key, sequence].filter((part) => part !== undefined)
  const header = Buffer.alloc(4 + parts.length * 4)
  header.writeUInt16BE((key === undefined ? 0 : 0x2000) + (sequence === undefined ? 0 : 0x1000), 0)
  header.writeUInt16BE(type, 2)
  for (const [index, part] of parts.entries()) header.writeUInt32BE(part, 4 + index * 4)
  return segment(PROTOCOL.gre, Buffer.concat([header, payload]))
}
