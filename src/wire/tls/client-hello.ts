import { ByteReader } from './byte-reader.ts'

/** What a client offers in its first TLS message. Lists keep the order sent and include GREASE (RFC 8701). */
export interface ClientHello {
  /** `legacy_version`: 0x0303 for every current client. */
  readonly legacyVersion: number
  readonly sessionIdBytes: number
  readonly ciphers: readonly number[]
  readonly extensions: readonly number[]
  /** Lower case; undefined when the extension is missing or empty. */
  readonly serverName: string | undefined
  /** Whether the server name extension was sent at all, even empty. */
  readonly hasServerName: boolean
  /** Protocol names, one byte a character. */
  readonly alpn: readonly string[]
  readonly supportedVersions: readonly number[]
  readonly signatureAlgorithms: readonly number[]
  readonly supportedGroups: readonly number[]
  readonly pointFormats: readonly number[]
  /** Groups that a key share was sent for. */
  readonly keyShareGroups: readonly number[]
  /** One byte a character; a TLS 1.2 server that resumes the session repeats it. */
  readonly sessionId: string
  /** Length of the session ticket that was sent; 0 for none. */
  readonly sessionTicketBytes: number
}

export type ClientHelloResult =
  | { readonly state: 'complete'; readonly hello: ClientHello }
  /** At least `needBytes` bytes are needed before it makes sense to look again. */
  | { readonly state: 'incomplete'; readonly needBytes: number }
  | { readonly state: 'malformed'; readonly detail: string }

// Far above any real hello (post-quantum shares make about 2 KiB).
const MESSAGE_BYTES = 65_536
const RECORD_HEADER_BYTES = 5
const RECORD_BYTES = 16_384
// A hello cut into one-byte records would cost us six times its size.
const RECORDS = 64
const HANDSHAKE_RECORD = 22
const CLIENT_HELLO = 1

const EXTENSION = {
  serverName: 0,
  supportedGroups: 10,
  pointFormats: 11,
  signatureAlgorithms: 13,
  alpn: 16,
  sessionTicket: 35,
  supportedVersions: 43,
  keyShare: 51,
} as const

const malformed = (detail: string): ClientHelloResult => ({ state: 'malformed', detail })

/**
 * Reads the ClientHello at the start of a TLS stream (RFC 8446 section 4.1.2), over as many records as it takes.
 * `bytes` is everything received so far. Never throws; holds at most 64 KiB.
 */
export function readClientHello(bytes: Buffer): ClientHelloResult {
  const fragments: Buffer[] = []
  let offset = 0
  let gathered = 0
  let messageBytes = -1
  while (messageBytes < 0 || gathered < messageBytes) {
    if (bytes.length > 0 && offset === 0 && bytes[0] !== HANDSHAKE_RECORD)
      return malformed('the first record is no handshake')
    if (bytes.length < offset + RECORD_HEADER_BYTES) {
      return { state: 'incomplete', needBytes: offset + RECORD_HEADER_BYTES }
    }
    const length = bytes.readUInt16BE(offset + 3)
    if (bytes[offset] !== HANDSHAKE_RECORD || bytes[offset + 1] !== 3) return malformed('no TLS handshake record')
    if (length === 0 || length > RECORD_BYTES) return malformed('a record of impossible length')
    const end = offset + RECORD_HEADER_BYTES + length
    if (bytes.length < end) return { state: 'incomplete', needBytes: end }
    fragments.push(bytes.subarray(offset + RECORD_HEADER_BYTES, end))
    if (fragments.length > RECORDS) return malformed('the ClientHello is cut into too many records')
    gathered += length
    offset = end
    if (messageBytes < 0 && gathered >= 4) {
      const head = fragments.length === 1 ? fragments[0] : Buffer.concat(fragments)
      if (head[0] !== CLIENT_HELLO) return malformed('the first message is no ClientHello')
      messageBytes = 4 + head.readUIntBE(1, 3)
      if (messageBytes > MESSAGE_BYTES) return malformed('the ClientHello is longer than 64 KiB')
    }
  }
  const message = fragments.length === 1 ? fragments[0] : Buffer.concat(fragments)
  return parseClientHello(message.subarray(4, messageBytes))
}

/** Parses the body of a ClientHello message, without record and message headers, as QUIC and captures carry it. */
export function parseClientHello(body: Buffer): ClientHelloResult {
  const reader = new ByteReader(body)
  const hello = {
    legacyVersion: reader.uint16(),
    sessionIdBytes: 0,
    ciphers: [] as readonly number[],
    extensions: [] as number[],
    serverName: undefined as string | undefined,
    hasServerName: false,
    alpn: [] as readonly string[],
    supportedVersions: [] as readonly number[],
    signatureAlgorithms: [] as readonly number[],
    supportedGroups: [] as readonly number[],
    pointFormats: [] as readonly number[],
    keyShareGroups: [] as readonly number[],
    sessionId: '',
    sessionTicketBytes: 0,
  }
  reader.skip(32)
  hello.sessionIdBytes = reader.uint8()
  hello.sessionId = reader.latin1(hello.sessionIdBytes)
  const ciphers = reader.vector(reader.uint16())
  hello.ciphers = uint16List(ciphers)
  reader.skip(reader.uint8())
  if (reader.broken || ciphers.broken) return malformed('the ClientHello is cut off')
  // A hello may end here: extensions came with TLS 1.0's successors.
  if (reader.remaining === 0) return { state: 'complete', hello }
  const extensions = reader.vector(reader.uint16())
  if (reader.broken || reader.remaining > 0) return malformed('the extensions do not fill the ClientHello')
  while (extensions.remaining > 0) {
    const type = extensions.uint16()
    const value = extensions.vector(extensions.uint16())
    if (extensions.broken) return malformed('an extension is cut off')
    hello.extensions.push(type)
    if (type === EXTENSION.serverName) {
      hello.hasServerName = true
      hello.serverName = serverNameOf(value)
    } else if (type === EXTENSION.alpn) hello.alpn = alpnOf(value)
    else if (type === EXTENSION.supportedVersions) hello.supportedVersions = uint16List(value.vector(value.uint8()))
    else if (type === EXTENSION.signatureAlgorithms)
      hello.signatureAlgorithms = uint16List(value.vector(value.uint16()))
    else if (type === EXTENSION.supportedGroups) hello.supportedGroups = uint16List(value.vector(value.uint16()))
    else if (type === EXTENSION.pointFormats) hello.pointFormats = pointFormatsOf(value.vector(value.remaining))
    else if (type === EXTENSION.keyShare) hello.keyShareGroups = keyShareGroupsOf(value.vector(value.remaining))
    else if (type === EXTENSION.sessionTicket) hello.sessionTicketBytes = value.remaining
    if (value.broken) return malformed(`extension ${type} is cut off`)
  }
  return { state: 'complete', hello }
}

function uint16List(reader: ByteReader): number[] {
  const list: number[] = []
  while (reader.remaining > 0) list.push(reader.uint16())
  return list
}

// Nothing but fingerprints reads these two: a hello in which they are cut off is whole for everybody else.
function pointFormatsOf(value: ByteReader): number[] {
  const list: number[] = []
  const formats = value.vector(value.uint8())
  while (formats.remaining > 0) list.push(formats.uint8())
  return list
}

function keyShareGroupsOf(value: ByteReader): number[] {
  const groups: number[] = []
  const shares = value.vector(value.uint16())
  while (shares.remaining > 0) {
    groups.push(shares.uint16())
    shares.skip(shares.uint16())
  }
  return groups
}

function serverNameOf(value: ByteReader): string | undefined {
  if (value.remaining === 0) return undefined
  const list = value.vector(value.uint16())
  while (list.remaining > 0) {
    const type = list.uint8()
    const name = list.latin1(list.uint16())
    if (type === 0 && name !== '') return name.toLowerCase()
  }
  return undefined
}

function alpnOf(value: ByteReader): string[] {
  const names: string[] = []
  const list = value.vector(value.uint16())
  while (list.remaining > 0) names.push(list.latin1(list.uint8()))
  return names
}
