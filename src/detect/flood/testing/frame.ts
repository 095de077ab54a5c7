import { fromUint128, type IpAddress, toUint128 } from '#wire'

/** What a frame is made of; the rest is usual. */
interface FrameSpec {
  readonly source: IpAddress
  readonly destination: IpAddress
  readonly protocol: number
  readonly ttl?: number
  readonly tos?: number
  readonly dontFragment?: boolean
  readonly id?: number
  readonly moreFragments?: boolean
  readonly fragmentOffsetBytes?: number
  /** The header behind IP, and what is known of the payload. */
  readonly body?: Buffer
  /** Length of everything behind IP; the rest of it is left out of the head. */
  readonly bodyBytes?: number
}

/** The head of a frame, and its length on the wire. */
export interface Frame {
  readonly head: Buffer
  readonly frameBytes: number
}

const HEAD_BYTES = 128
const ETHERNET_BYTES = 14
const IPV4_BYTES = 20
const IPV6_BYTES = 40
const FRAGMENT_BYTES = 8
const FRAGMENT_HEADER = 44

/** Makes the head of a frame, as a firewall copies it. */
export function makeFrame(spec: FrameSpec): Frame {
  const { body = Buffer.alloc(0), bodyBytes = body.length } = spec
  const head = Buffer.alloc(HEAD_BYTES)
  head.writeUIntBE(0x02_00_00_00_00_02, 0, 6)
  head.writeUIntBE(0x02_00_00_00_00_01, 6, 6)
  const bodyAt =
    typeof spec.destination === 'number' ? writeIpv4(head, spec, bodyBytes) : writeIpv6(head, spec, bodyBytes)
  body.copy(head, bodyAt)
  const frameBytes = Math.max(60, bodyAt + bodyBytes)
  return { head: head.subarray(0, Math.min(HEAD_BYTES, frameBytes)), frameBytes }
}

function writeIpv4(head: Buffer, spec: FrameSpec, bodyBytes: number): number {
  const { id = 0, ttl = 64, tos = 0, fragmentOffsetBytes = 0 } = spec
  const flags = (spec.dontFragment === true ? 0x4000 : 0) | (spec.moreFragments === true ? 0x2000 : 0)
  head.writeUInt16BE(0x0800, 12)
  head[14] = 0x45
  head[15] = tos
  head.writeUInt16BE(IPV4_BYTES + bodyBytes, 16)
  head.writeUInt16BE(id & 0xffff, 18)
  head.writeUInt16BE(flags | (fragmentOffsetBytes >> 3), 20)
  head[22] = ttl
  head[23] = spec.protocol
  head.writeUInt32BE(Number(spec.source), 26)
  head.writeUInt32BE(Number(spec.destination), 30)
  return ETHERNET_BYTES + IPV4_BYTES
}

function writeIpv6(head: Buffer, spec: FrameSpec, bodyBytes: number): number {
  const { ttl = 64, tos = 0, fragmentOffsetBytes = 0, id = 0 } = spec
  const isFragment = fragmentOffsetBytes > 0 || spec.moreFragments === true
  head.writeUInt16BE(0x86dd, 12)
  head.writeUInt32BE(((6 << 28) | (tos << 20)) >>> 0, 14)
  head.writeUInt16BE(bodyBytes + (isFragment ? FRAGMENT_BYTES : 0), 18)
  head[20] = isFragment ? FRAGMENT_HEADER : spec.protocol
  head[21] = ttl
  writeAddress(head, spec.source, 22)
  writeAddress(head, spec.destination, 38)
  const end = ETHERNET_BYTES + IPV6_BYTES
  if (!isFragment) return end
  head[end] = spec.protocol
  head.writeUInt16BE(fragmentOffsetBytes | Number(spec.moreFragments === true), end + 2)
  head.writeUInt32BE(id >>> 0, end + 4)
  return end + FRAGMENT_BYTES
}

function writeAddress(head: Buffer, address: IpAddress, at: number): void {
  const value = toUint128(address)
  head.writeBigUInt64BE(value >> 64n, at)
  head.writeBigUInt64BE(value & 0xffff_ffff_ffff_ffffn, at + 8)
}

interface SegmentSpec {
  readonly flags: number
  readonly sequence?: number
  readonly acknowledgement?: number
  readonly window?: number
  readonly options?: Buffer
}

/** A TCP header with its options. */
export function tcpHeader(sourcePort: number, destinationPort: number, spec: SegmentSpec): Buffer {
  const { options = Buffer.alloc(0) } = spec
  const header = Buffer.alloc(20 + options.length)
  header.writeUInt16BE(sourcePort, 0)
  header.writeUInt16BE(destinationPort, 2)
  header.writeUInt32BE((spec.sequence ?? 0) >>> 0, 4)
  header.writeUInt32BE((spec.acknowledgement ?? 0) >>> 0, 8)
  header.writeUInt16BE((header.length << 10) | spec.flags, 12)
  header.writeUInt16BE(spec.window ?? 64_240, 14)
  options.copy(header, 20)
  return header
}

/** A UDP header for a payload of `payloadBytes`, with the first bytes of it. */
export function udpBody(sourcePort: number, destinationPort: number, payload: Buffer, payloadBytes: number): Buffer {
  const body = Buffer.alloc(8 + payload.length)
  body.writeUInt16BE(sourcePort, 0)
  body.writeUInt16BE(destinationPort, 2)
  body.writeUInt16BE(8 + payloadBytes, 4)
  payload.copy(body, 8)
  return body
}

/** The IPv6 address that follows `base` by a number. */
export function addressAfter(base: IpAddress, offset: number): IpAddress {
  return typeof base === 'number' ? base + offset : fromUint128(base + BigInt(offset))
}
