import { ByteReader } from './byte-reader.ts'

/** Types of handshake messages (RFC 8446 section 4, RFC 5246 section 7.4). */
export const TLS_HANDSHAKE = {
  helloRequest: 0,
  clientHello: 1,
  serverHello: 2,
  newSessionTicket: 4,
  endOfEarlyData: 5,
  encryptedExtensions: 8,
  certificate: 11,
  serverKeyExchange: 12,
  certificateRequest: 13,
  serverHelloDone: 14,
  certificateVerify: 15,
  clientKeyExchange: 16,
  finished: 20,
  certificateStatus: 22,
  keyUpdate: 24,
} as const

/** What a server chose. */
export interface ServerHello {
  /** The version that both go on with: 0x0304 is TLS 1.3. */
  readonly version: number
  readonly cipher: number
  /** One byte a character. */
  readonly sessionId: string
  readonly extensions: readonly number[]
  /** Up to TLS 1.2. */
  readonly alpn: string | undefined
  readonly keyShareGroup: number | undefined
  /** The offered key that was taken; undefined without pre_shared_key. */
  readonly preSharedKey: number | undefined
  /** It is a HelloRetryRequest, with or without a cookie. */
  readonly isRetryRequest: boolean
  readonly hasCookie: boolean
  /** The last bytes of the random say that the server could do more (RFC 8446 section 4.1.3). */
  readonly downgradeMark: 'tls12' | 'tls11' | undefined
}

/** SHA-256 of "HelloRetryRequest": the random that makes a ServerHello one. */
const RETRY_RANDOM = Buffer.from('cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c', 'hex').toString(
  'latin1',
)
const DOWNGRADE_MARKS: Readonly<Record<string, 'tls12' | 'tls11'>> = { 'DOWNGRD\x01': 'tls12', 'DOWNGRD\x00': 'tls11' }

const EXTENSION = { alpn: 16, preSharedKey: 41, supportedVersions: 43, cookie: 44, keyShare: 51 } as const

/** Reads the body of a ServerHello (RFC 8446 section 4.1.3). Undefined when it is cut off. Never throws. */
export function parseServerHello(bytes: Buffer, start: number, end: number): ServerHello | undefined {
  const reader = new ByteReader(bytes, start, end)
  let version = reader.uint16()
  const random = reader.latin1(32)
  const sessionId = reader.latin1(reader.uint8())
  const cipher = reader.uint16()
  reader.skip(1)
  if (reader.broken) return undefined
  const types: number[] = []
  let alpn: string | undefined
  let keyShareGroup: number | undefined
  let preSharedKey: number | undefined
  const extensions = reader.vector(reader.remaining === 0 ? 0 : reader.uint16())
  while (extensions.remaining > 0) {
    const type = extensions.uint16()
    const value = extensions.vector(extensions.uint16())
    types.push(type)
    if (type === EXTENSION.supportedVersions) version = value.uint16()
    else if (type === EXTENSION.keyShare) keyShareGroup = value.uint16()
    else if (type === EXTENSION.preSharedKey) preSharedKey = value.uint16()
    else if (type === EXTENSION.alpn) alpn = firstName(value)
    if (extensions.broken || value.broken) return undefined
  }
  return {
    version,
    cipher,
    sessionId,
    extensions: types,
    alpn,
    keyShareGroup,
    preSharedKey,
    isRetryRequest: random === RETRY_RANDOM,
    hasCookie: types.includes(EXTENSION.cookie),
    downgradeMark: DOWNGRADE_MARKS[random.slice(24)],
  }
}

function firstName(value: ByteReader): string {
  const list = value.vector(value.uint16())
  return list.latin1(list.uint8())
}

const CHAIN_LIMIT = 16

/**
 * The certificates of a Certificate message up to TLS 1.2 (RFC 5246 section 7.4.2), leaf first, as copies; at most 16.
 * Undefined when the message is cut off. An empty list is what a client without certificate sends.
 */
export function parseCertificates(bytes: Buffer, start: number, end: number): Buffer[] | undefined {
  const certificates: Buffer[] = []
  let at = start + 3
  if (at > end || at + uint24(bytes, start) !== end) return undefined
  while (at < end) {
    if (at + 3 > end) return undefined
    const certificateEnd = at + 3 + uint24(bytes, at)
    if (certificateEnd > end) return undefined
    if (certificates.length < CHAIN_LIMIT) certificates.push(Buffer.from(bytes.subarray(at + 3, certificateEnd)))
    at = certificateEnd
  }
  return certificates
}

/**
 * The certificates of a Certificate message of TLS 1.3 (RFC 8446 section 4.4.2), leaf first, as copies; at most 16.
 * Undefined when the message is cut off.
 */
export function parseCertificates13(bytes: Buffer, start: number, end: number): Buffer[] | undefined {
  const reader = new ByteReader(bytes, start, end)
  reader.skip(reader.uint8())
  const list = reader.vector(reader.uint24())
  const certificates: Buffer[] = []
  while (list.remaining > 0 && !list.broken) {
    const certificate = list.vector(list.uint24())
    list.skip(list.uint16())
    if (certificates.length < CHAIN_LIMIT) certificates.push(certificate.copy())
  }
  return reader.broken || list.broken ? undefined : certificates
}

/** The protocol that a server of TLS 1.3 chose, in its EncryptedExtensions (RFC 8446 section 4.3.1). */
export function parseEncryptedAlpn(bytes: Buffer, start: number, end: number): string | undefined {
  const reader = new ByteReader(bytes, start, end)
  const extensions = reader.vector(reader.uint16())
  while (extensions.remaining > 0 && !extensions.broken) {
    const type = extensions.uint16()
    const value = extensions.vector(extensions.uint16())
    if (type === EXTENSION.alpn) return firstName(value)
  }
  return undefined
}

function uint24(bytes: Buffer, at: number): number {
  return (bytes[at] << 16) | (bytes[at + 1] << 8) | bytes[at + 2]
}
