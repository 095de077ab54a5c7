import type { ProtocolName } from '../contract.ts'

/** No protocol here needs more to be recognised. */
export const FIRST_BYTES = 20

const HTTP_METHODS =
  'GET POST HEAD PUT DELETE OPTIONS PATCH CONNECT TRACE PROPFIND PROPPATCH MKCOL COPY MOVE LOCK UNLOCK REPORT'.split(
    ' ',
  )

/** What a stream begins with, as text of one byte a character. Longer ones of the same beginning stand first. */
const BEGINNINGS: readonly (readonly [text: string, protocol: ProtocolName])[] = [
  ['HTTP/1.', 'http'],
  ['HTTP/2', 'http2'],
  ['PRI * HTTP/2.0', 'http2'],
  ['SSH-', 'ssh'],
  ['* OK', 'imap'],
  ['* PREAUTH', 'imap'],
  ['+OK', 'pop3'],
  ['RFB 00', 'vnc'],
  ['AMQP', 'amqp'],
  ['\x13BitTorrent protocol', 'bittorrent'],
  ['\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff', 'bgp'],
  ['PROXY ', 'proxy-protocol'],
  ['\r\n\r\n\x00\r\nQUIT\n', 'proxy-protocol'],
  ['SIP/2.0', 'sip'],
  ['INVITE sip', 'sip'],
  ['REGISTER sip', 'sip'],
  ['OPTIONS sip', 'sip'],
  ['RTSP/1.', 'rtsp'],
  ['DESCRIBE rtsp', 'rtsp'],
  ['OPTIONS rtsp', 'rtsp'],
  ['SETUP rtsp', 'rtsp'],
  ['<?xml', 'xmpp'],
  ['<stream:', 'xmpp'],
  ['+PONG\r', 'redis'],
  ['*1\r\n$', 'redis'],
  ['*2\r\n$', 'redis'],
  ['*3\r\n$', 'redis'],
  ['PING\r\n', 'redis'],
  ['stats\r\n', 'memcached'],
  ['version\r\n', 'memcached'],
  ['get ', 'memcached'],
  ['gets ', 'memcached'],
  ['set ', 'memcached'],
  ['VERSION ', 'memcached'],
  ...HTTP_METHODS.map((method) => [`${method} `, 'http'] as const),
]

/** Beginnings by their first byte, so that one look at the table is enough for what is none of them. */
const BY_FIRST_BYTE: readonly (readonly (readonly [Buffer, ProtocolName])[])[] = Array.from(
  { length: 256 },
  (_, byte) =>
    BEGINNINGS.filter(([text]) => text.charCodeAt(0) === byte).map(
      ([text, protocol]) => [Buffer.from(text, 'latin1'), protocol] as const,
    ),
)

/** What the first bytes of a stream look like; undefined when like nothing that is known here. */
export function looksLike(bytes: Buffer, start: number, end: number): ProtocolName | undefined {
  for (const [text, protocol] of BY_FIRST_BYTE[bytes[start]]) if (beginsWith(bytes, start, end, text)) return protocol
  return binaryProtocol(bytes, start, end - start)
}

/** Whether bytes that look like nothing are too few to say so. */
export function mayBecome(bytes: Buffer, start: number, end: number): boolean {
  const length = end - start
  if (length < ENOUGH_BYTES) return true
  if (length >= FIRST_BYTES) return false
  return BY_FIRST_BYTE[bytes[start]].some(
    ([text]) => length < text.length && beginsWith(text, 0, text.length, bytes.subarray(start, end)),
  )
}

/** Binary protocols show themselves within this many bytes. */
const ENOUGH_BYTES = 12

function beginsWith(bytes: Buffer, start: number, end: number, text: Buffer): boolean {
  if (end - start < text.length) return false
  for (let index = 0; index < text.length; index++) if (bytes[start + index] !== text[index]) return false
  return true
}

function binaryProtocol(bytes: Buffer, at: number, length: number): ProtocolName | undefined {
  if (length < 4) return length === 3 && isSocks(bytes, at, length) ? 'socks' : undefined
  const first = bytes[at]
  const second = bytes[at + 1]
  switch (first) {
    case 0x14:
    case 0x15:
    case 0x16:
    case 0x17:
      return second === 3 && bytes[at + 2] <= 4 ? 'tls' : undefined
    case 0x00:
      return zeroFirst(bytes, at, length)
    case 0x03:
      return second === 0 && length >= 6 && (bytes[at + 5] === 0xe0 || bytes[at + 5] === 0xd0) ? 'rdp' : undefined
    case 0x10:
      return isMqtt(bytes, at, length) ? 'mqtt' : undefined
    case 0x30:
      return isLdap(bytes, at, length) ? 'ldap' : undefined
    case 0x32:
      return isReply(bytes, at, length) ? 'smtp' : undefined
    case 0x04:
    case 0x05:
      return isSocks(bytes, at, length) ? 'socks' : undefined
    case 0xff:
      return second >= 0xfa && second <= 0xfe ? 'telnet' : undefined
    default:
      return isMysql(bytes, at, length) ? 'mysql' : undefined
  }
}

const POSTGRESQL_VERSION_3 = 0x0003_0000
const POSTGRESQL_TLS_REQUEST = 80_877_103
const SMB = 0x534d42

/** SMB behind its NetBIOS length; PostgreSQL behind its own; the settings that a server of HTTP/2 begins with. */
function zeroFirst(bytes: Buffer, at: number, length: number): ProtocolName | undefined {
  if (length < 8) return undefined
  if (length >= HTTP2_HEADER_BYTES && isHttp2Settings(bytes, at)) return 'http2'
  if ((bytes[at + 4] & 0xfe) === 0xfe && bytes.readUIntBE(at + 5, 3) === SMB) return 'smb'
  const code = bytes.readUInt32BE(at + 4)
  return code === POSTGRESQL_VERSION_3 || code === POSTGRESQL_TLS_REQUEST ? 'postgresql' : undefined
}

const HTTP2_HEADER_BYTES = 9
const HTTP2_SETTINGS = 4
const HTTP2_SETTING_BYTES = 6

/** A frame of whole settings, without flags, for the connection as such (RFC 9113 section 3.4). */
function isHttp2Settings(bytes: Buffer, at: number): boolean {
  const isSettings = bytes[at + 3] === HTTP2_SETTINGS && bytes[at + 4] === 0 && bytes.readUInt32BE(at + 5) === 0
  return isSettings && bytes.readUIntBE(at, 3) % HTTP2_SETTING_BYTES === 0
}

function isMqtt(bytes: Buffer, at: number, length: number): boolean {
  const nameAt = bytes[at + 1] < 0x80 ? at + 2 : at + 3
  return nameAt + 4 < at + length && bytes[nameAt] === 0 && bytes[nameAt + 2] === 0x4d && bytes[nameAt + 3] === 0x51
}

/** A sequence with a small message id and a bind request or answer (RFC 4511). */
function isLdap(bytes: Buffer, at: number, length: number): boolean {
  const lengthBytes = bytes[at + 1] < 0x80 ? 1 : 1 + (bytes[at + 1] & 3)
  const idAt = at + 1 + lengthBytes
  if (idAt + 3 >= at + length || bytes[idAt] !== 0x02 || bytes[idAt + 1] !== 1) return false
  const operation = bytes[idAt + 3]
  return operation === 0x60 || operation === 0x61 || operation === 0x63 || operation === 0x77
}

/** `220 ` or `220-`: SMTP and FTP greet alike. */
function isReply(bytes: Buffer, at: number, length: number): boolean {
  const separator = bytes[at + 3]
  return length >= 4 && bytes[at + 1] === 0x32 && bytes[at + 2] === 0x30 && (separator === 0x20 || separator === 0x2d)
}

function isSocks(bytes: Buffer, at: number, length: number): boolean {
  const version = bytes[at]
  if (version === 5) return length === 2 + bytes[at + 1] && bytes[at + 1] > 0 && bytes[at + 1] <= 8
  return version === 4 && (bytes[at + 1] === 1 || bytes[at + 1] === 2) && length >= 9 && bytes[at + length - 1] === 0
}

/** The greeting of protocol 10: length, packet number 0, 10, and a version that begins with a digit. */
function isMysql(bytes: Buffer, at: number, length: number): boolean {
  if (length < 10 || bytes[at + 1] > 1 || bytes[at + 2] !== 0 || bytes[at + 3] !== 0 || bytes[at + 4] !== 10)
    return false
  return bytes[at + 5] >= 0x30 && bytes[at + 5] <= 0x39
}
