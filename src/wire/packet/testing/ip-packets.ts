import { formatIp, type IpAddress, parseIp, toUint128 } from '../../ip.ts'
import { foldChecksum, pseudoHeaderSum, sumWords } from '../checksum.ts'
import { PROTOCOL } from '../numbers.ts'
import type { Segment } from './segments.ts'

/** An address as text or as a value. */
type Address = string | IpAddress

interface IpHeader {
  readonly source: Address
  readonly destination: Address
  /** TTL or hop limit. */
  readonly timeToLive?: number
  /** Type of service or traffic class. */
  readonly trafficClass?: number
}

export interface Ipv4Header extends IpHeader {
  readonly id?: number
  readonly dontFragment?: boolean
  readonly moreFragments?: boolean
  /** A multiple of eight. */
  readonly fragmentOffsetBytes?: number
  /** Padded to a multiple of four bytes. */
  readonly options?: Buffer
  /** What the header says instead of the truth. */
  readonly length?: number
}

export interface Ipv6Header extends IpHeader {
  readonly flow?: number
  /** Extension headers in order; their "next header" bytes are filled in. */
  readonly extensions?: readonly Extension[]
  readonly length?: number
}

/** An IPv6 extension header by its own number. */
export interface Extension {
  readonly kind: number
  readonly bytes: Buffer
}

function value(address: Address): IpAddress {
  if (typeof address !== 'string') return address
  const parsed = parseIp(address)
  if (parsed === undefined) throw new TypeError(`${address} is no address`)
  return parsed
}

function addressBytes(address: Address, isIpv6: boolean): Buffer {
  const number = value(address)
  if (isIpv6) return Buffer.from(toUint128(number).toString(16).padStart(32, '0'), 'hex')
  if (typeof number !== 'number') throw new TypeError(`${formatIp(number)} is no IPv4 address`)
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(number)
  return bytes
}

/** The segment's bytes with its checksum over the pseudo header. */
function summed({ protocol, bytes, checksumAt }: Segment, addresses: Buffer): Buffer {
  if (checksumAt < 0) return bytes
  const result = Buffer.from(bytes)
  result.writeUInt16BE(0, checksumAt)
  const sum = protocol === PROTOCOL.icmp ? 0 : pseudoHeaderSum(addresses, protocol, bytes.length)
  const checksum = foldChecksum(sumWords(result, 0, result.length, sum))
  // Zero would mean that there is no checksum (RFC 768).
  result.writeUInt16BE(checksum === 0 && protocol === PROTOCOL.udp ? 0xffff : checksum, checksumAt)
  return result
}

/** An IPv4 packet with right checksums. */
export function ipv4(header: Ipv4Header, segment: Segment): Buffer {
  const { options = Buffer.alloc(0), fragmentOffsetBytes = 0 } = header
  const addresses = Buffer.concat([addressBytes(header.source, false), addressBytes(header.destination, false)])
  const body = fragmentOffsetBytes > 0 ? segment.bytes : summed(segment, addresses)
  const bytes = Buffer.alloc(20 + ((options.length + 3) & ~3))
  bytes[0] = 0x40 + bytes.length / 4
  bytes[1] = header.trafficClass ?? 0
  bytes.writeUInt16BE(header.length ?? bytes.length + body.length, 2)
  bytes.writeUInt16BE(header.id ?? 0, 4)
  const flags = (header.dontFragment === true ? 0x4000 : 0) + (header.moreFragments === true ? 0x2000 : 0)
  bytes.writeUInt16BE(flags + fragmentOffsetBytes / 8, 6)
  bytes[8] = header.timeToLive ?? 64
  bytes[9] = segment.protocol
  addresses.copy(bytes, 12)
  options.copy(bytes, 20)
  bytes.writeUInt16BE(foldChecksum(sumWords(bytes, 0, bytes.length)), 10)
  return Buffer.concat([bytes, body])
}

/** An IPv6 packet with right checksums. */
export function ipv6(header: Ipv6Header, segment: Segment): Buffer {
  const { extensions = [] } = header
  const addresses = Buffer.concat([addressBytes(header.source, true), addressBytes(header.destination, true)])
  const kinds = [...extensions.map(({ kind }) => kind), segment.protocol]
  const chain = extensions.map(({ bytes }, index) => {
    const copy = Buffer.from(bytes)
    copy[0] = kinds[index + 1]
    return copy
  })
  const body = Buffer.concat([...chain, summed(segment, addresses)])
  const bytes = Buffer.alloc(40)
  bytes.writeUInt32BE((0x6000_0000 + (header.trafficClass ?? 0) * 0x10_0000 + (header.flow ?? 0)) >>> 0, 0)
  bytes.writeUInt16BE(header.length ?? body.length, 4)
  bytes[6] = kinds[0]
  bytes[7] = header.timeToLive ?? 64
  addresses.copy(bytes, 8)
  return Buffer.concat([bytes, body])
}

/** A hop-by-hop or destination options header of `sizeBytes` (a multiple of eight), padded as the standard wants. */
export function optionsExtension(kind: number, sizeBytes: number = 8): Extension {
  const bytes = Buffer.alloc(sizeBytes)
  bytes[1] = sizeBytes / 8 - 1
  bytes[2] = 1
  bytes[3] = sizeBytes - 4
  return { kind, bytes }
}

/** A fragment header; `offsetBytes` is a multiple of eight. */
export function fragmentExtension(offsetBytes: number, moreFragments: boolean, id: number = 1): Extension {
  const bytes = Buffer.alloc(8)
  bytes.writeUInt16BE(offsetBytes + (moreFragments ? 1 : 0), 2)
  bytes.writeUInt32BE(id, 4)
  return { kind: PROTOCOL.fragment, bytes }
}

/** An authentication header with a check value of `valueBytes` (a multiple of four). */
export function authenticationExtension(valueBytes: number = 12): Extension {
  const bytes = Buffer.alloc(12 + valueBytes)
  bytes[1] = bytes.length / 4 - 2
  return { kind: PROTOCOL.authentication, bytes }
}

/** A routing header without addresses. */
export function routingExtension(type: number = 0): Extension {
  return { kind: PROTOCOL.routing, bytes: Buffer.from([0, 0, type, 0, 0, 0, 0, 0]) }
}
