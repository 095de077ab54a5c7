import { QuicReader } from './quic-reader.ts'
import { type QuicPacketType, quicVersion } from './version.ts'

/** The header of one packet of a datagram, as far as it is readable without keys (RFC 8999, RFC 9000 section 17). */
export type QuicHeader =
  | { readonly form: 'short' }
  | { readonly form: 'malformed'; readonly detail: string }
  | {
      readonly form: 'version-negotiation'
      readonly destinationId: Buffer
      readonly sourceId: Buffer
      /** At most 64. */
      readonly versions: readonly number[]
    }
  | QuicLongHeader

export interface QuicLongHeader {
  readonly form: 'long'
  readonly version: number
  /** Undefined when the version is not known here. */
  readonly type: QuicPacketType | undefined
  readonly destinationId: Buffer
  readonly sourceId: Buffer
  readonly tokenBytes: number
  readonly start: number
  /** Where the protected packet number begins; -1 for Retry and unknown versions. */
  readonly packetNumberAt: number
  /** Where the packet ends; another may follow in the datagram. */
  readonly end: number
}

const LONG_FORM = 0x80
const FIXED_BIT = 0x40
const CONNECTION_ID_BYTES = 20
const VERSION_LIMIT = 64

const malformed = (detail: string): QuicHeader => ({ form: 'malformed', detail })

/** Reads the header of the packet that begins at `start` of a datagram that ends at `end`. Views share the bytes. Never throws. */
export function readQuicHeader(bytes: Buffer, start: number, end: number): QuicHeader {
  const reader = new QuicReader(bytes, start, end)
  const first = reader.uint8()
  if (reader.broken) return malformed('an empty datagram')
  if ((first & LONG_FORM) === 0) {
    return (first & FIXED_BIT) === 0 ? malformed('the fixed bit is not set') : { form: 'short' }
  }
  const version = reader.uint32()
  const destinationId = reader.view(reader.uint8())
  const sourceId = reader.view(reader.uint8())
  if (reader.broken) return malformed('the header is cut off')
  if (version === 0) {
    const versions: number[] = []
    while (reader.remaining >= 4 && versions.length < VERSION_LIMIT) versions.push(reader.uint32())
    return { form: 'version-negotiation', destinationId, sourceId, versions }
  }
  const known = quicVersion(version)
  const plain = { form: 'long', version, destinationId, sourceId, tokenBytes: 0, start } as const
  if (known === undefined) return { ...plain, type: undefined, packetNumberAt: -1, end }
  if ((first & FIXED_BIT) === 0) return malformed('the fixed bit is not set')
  if (destinationId.length > CONNECTION_ID_BYTES || sourceId.length > CONNECTION_ID_BYTES)
    return malformed('a connection id is longer than 20 bytes')
  const type = known.types[(first >> 4) & 3]
  if (type === 'retry') return { ...plain, type, packetNumberAt: -1, end }
  const tokenBytes = type === 'initial' ? reader.variable() : 0
  reader.take(tokenBytes)
  const length = reader.variable()
  const packetNumberAt = reader.at
  if (!reader.take(length)) return malformed('the packet is longer than its datagram')
  return { ...plain, type, tokenBytes, packetNumberAt, end: reader.at }
}
