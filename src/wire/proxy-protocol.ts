import { crc32c } from './crc32c.ts'
import { fromUint128, type IpAddress, parseIp } from './ip.ts'

/** The connection that the sender of a PROXY protocol header speaks for. */
export interface ProxiedConnection {
  readonly sourceAddress: IpAddress
  readonly sourcePort: number
  readonly destinationAddress: IpAddress
  readonly destinationPort: number
}

export type ProxyHeader =
  /** The first `sizeBytes` are the header. `connection` is absent for LOCAL and UNKNOWN: the peer speaks for itself. */
  | { readonly state: 'complete'; readonly sizeBytes: number; readonly connection: ProxiedConnection | undefined }
  /** At least `needBytes` bytes are needed before it makes sense to look again. */
  | { readonly state: 'incomplete'; readonly needBytes: number }
  /** What stands there is no PROXY protocol header. */
  | { readonly state: 'absent' }
  | { readonly state: 'malformed'; readonly detail: string }

const V1_PREFIX = Buffer.from('PROXY ', 'latin1')
// The longest line of version 1, CRLF included (section 2.1 of the specification).
const V1_LINE_BYTES = 107
const V2_SIGNATURE = Buffer.from('\r\n\r\n\0\r\nQUIT\n', 'latin1')
const V2_FIXED_BYTES = 16
// The specification allows 64 KiB of TLVs; senders use a few hundred bytes, and this is read before anything is known.
const V2_REST_BYTES = 4096
const TLV_CRC32C = 0x03

const malformed = (detail: string): ProxyHeader => ({ state: 'malformed', detail })

/**
 * Reads a PROXY protocol header, version 1 or 2, from the start of a connection (haproxy.org, proxy-protocol.txt, 2020/03/05).
 * `bytes` is everything received so far. Never throws; looks at no more than 4112 bytes.
 */
export function readProxyHeader(bytes: Buffer): ProxyHeader {
  if (startsLike(bytes, V1_PREFIX)) return readVersion1(bytes)
  if (startsLike(bytes, V2_SIGNATURE)) return readVersion2(bytes)
  return { state: 'absent' }
}

function startsLike(bytes: Buffer, prefix: Buffer): boolean {
  const length = Math.min(bytes.length, prefix.length)
  return bytes.compare(prefix, 0, length, 0, length) === 0
}

function readVersion1(bytes: Buffer): ProxyHeader {
  const searched = bytes.subarray(0, V1_LINE_BYTES)
  const lineFeed = searched.indexOf(0x0a)
  if (lineFeed < 0) {
    if (bytes.length >= V1_LINE_BYTES) return malformed('version 1: the line is longer than 107 bytes')
    return { state: 'incomplete', needBytes: bytes.length + 1 }
  }
  if (bytes[lineFeed - 1] !== 0x0d) return malformed('version 1: the line ends without CR')
  const parts = bytes.toString('latin1', V1_PREFIX.length, lineFeed - 1).split(' ')
  const sizeBytes = lineFeed + 1
  // Whatever follows UNKNOWN must be ignored.
  if (parts[0] === 'UNKNOWN') return { state: 'complete', sizeBytes, connection: undefined }
  if (parts[0] !== 'TCP4' && parts[0] !== 'TCP6')
    return malformed('version 1: the protocol is not TCP4, TCP6 or UNKNOWN')
  if (parts.length !== 5) return malformed('version 1: the line has not exactly two addresses and two ports')
  const colons = parts[0] === 'TCP6'
  const sourceAddress = addressText(parts[1], colons)
  const destinationAddress = addressText(parts[2], colons)
  const sourcePort = portText(parts[3])
  const destinationPort = portText(parts[4])
  if (sourceAddress === undefined || destinationAddress === undefined) return malformed('version 1: wrong address')
  if (sourcePort === undefined || destinationPort === undefined) return malformed('version 1: wrong port')
  return {
    state: 'complete',
    sizeBytes,
    connection: { sourceAddress, sourcePort, destinationAddress, destinationPort },
  }
}

function addressText(text: string, colons: boolean): IpAddress | undefined {
  return text.includes(':') === colons ? parseIp(text) : undefined
}

function portText(text: string): number | undefined {
  if (!/^(0|[1-9][0-9]{0,4})$/.test(text)) return undefined
  const port = Number(text)
  return port <= 65_535 ? port : undefined
}

/** Bytes of address block by family and protocol; 0 where the addresses mean nothing to an IP listener. */
const ADDRESS_BYTES: Readonly<Record<number, number>> = { 0x00: 0, 0x11: 12, 0x21: 36, 0x31: 216 }

function readVersion2(bytes: Buffer): ProxyHeader {
  if (bytes.length < V2_FIXED_BYTES) return { state: 'incomplete', needBytes: V2_FIXED_BYTES }
  const command = bytes[12]
  const family = bytes[13]
  const restBytes = bytes.readUInt16BE(14)
  if (command !== 0x20 && command !== 0x21) return malformed('version 2: unknown version or command')
  if (restBytes > V2_REST_BYTES) return malformed(`version 2: the header is longer than ${V2_REST_BYTES} bytes`)
  const sizeBytes = V2_FIXED_BYTES + restBytes
  if (bytes.length < sizeBytes) return { state: 'incomplete', needBytes: sizeBytes }
  const header = bytes.subarray(0, sizeBytes)
  // A LOCAL connection is the sender's own (a health check); its address block must be skipped unread.
  if (command === 0x20) return { state: 'complete', sizeBytes, connection: undefined }
  const addressBytes = ADDRESS_BYTES[family]
  if (addressBytes === undefined) return malformed('version 2: unknown or unfit address family or protocol')
  if (restBytes < addressBytes) return malformed('version 2: the address block is cut off')
  const tlvFault = faultInTlvs(header, V2_FIXED_BYTES + addressBytes)
  if (tlvFault !== undefined) return malformed(tlvFault)
  return { state: 'complete', sizeBytes, connection: connectionIn(header, family) }
}

function connectionIn(header: Buffer, family: number): ProxiedConnection | undefined {
  if (family === 0x11) {
    return {
      sourceAddress: header.readUInt32BE(16),
      destinationAddress: header.readUInt32BE(20),
      sourcePort: header.readUInt16BE(24),
      destinationPort: header.readUInt16BE(26),
    }
  }
  if (family === 0x21) {
    return {
      sourceAddress: ipv6At(header, 16),
      destinationAddress: ipv6At(header, 32),
      sourcePort: header.readUInt16BE(48),
      destinationPort: header.readUInt16BE(50),
    }
  }
  return undefined
}

function ipv6At(bytes: Buffer, offset: number): IpAddress {
  return fromUint128((bytes.readBigUInt64BE(offset) << 64n) | bytes.readBigUInt64BE(offset + 8))
}

function faultInTlvs(header: Buffer, start: number): string | undefined {
  let offset = start
  while (offset < header.length) {
    if (offset + 3 > header.length) return 'version 2: a TLV is cut off'
    const length = header.readUInt16BE(offset + 1)
    if (offset + 3 + length > header.length) return 'version 2: a TLV is longer than the header'
    if (header[offset] === TLV_CRC32C) {
      if (length !== 4) return 'version 2: the checksum has not 4 bytes'
      const sent = header.readUInt32BE(offset + 3)
      // The checksum is computed over the whole header with its own field set to zero.
      const zeroed = Buffer.from(header)
      zeroed.writeUInt32BE(0, offset + 3)
      if (crc32c(zeroed) !== sent) return 'version 2: the checksum is wrong'
    }
    offset += 3 + length
  }
  return undefined
}
