import { DNS_HEADER_BYTES, DnsScanner, isResponse, opcodeOf, quicVersion } from '#wire'
import type { ProtocolName } from '../contract.ts'

const STUN_COOKIE = 0x2112_a442
const DHCP_COOKIE = 0x6382_5363
const DHCP_COOKIE_AT = 236
const QUIC_LONG = 0xc0

const scanner = new DnsScanner()

type Check = (bytes: Buffer, start: number, end: number) => boolean

const text = (...beginnings: readonly string[]): Check => {
  const wanted = beginnings.map((beginning) => Buffer.from(beginning, 'latin1'))
  return (bytes, start, end) =>
    wanted.some(
      (beginning) =>
        end - start >= beginning.length &&
        bytes.compare(beginning, 0, beginning.length, start, start + beginning.length) === 0,
    )
}

/** Content that only one protocol has, whatever the port. */
const BY_CONTENT: readonly (readonly [ProtocolName, Check])[] = [
  ['quic', isQuic],
  [
    'stun',
    (bytes, start, end) => end - start >= 20 && bytes[start] < 4 && bytes.readUInt32BE(start + 4) === STUN_COOKIE,
  ],
  [
    'dtls',
    (bytes, start, end) => end - start >= 13 && bytes[start] >= 20 && bytes[start] <= 23 && bytes[start + 1] === 0xfe,
  ],
  [
    'dhcp',
    (bytes, start, end) =>
      end - start >= DHCP_COOKIE_AT + 4 && bytes.readUInt32BE(start + DHCP_COOKIE_AT) === DHCP_COOKIE,
  ],
  ['ssdp', text('M-SEARCH * HTTP/1.1', 'NOTIFY * HTTP/1.1')],
  ['sip', text('SIP/2.0 ', 'INVITE sip', 'REGISTER sip', 'OPTIONS sip', 'BYE sip', 'ACK sip')],
  ['wireguard', isWireguard],
  ['dns', isDns],
]

/** Content that is not enough alone, with the port that it needs. */
const BY_PORT: Partial<Record<ProtocolName, Check>> = {
  ntp: (bytes, start, end) => end - start >= 48 && ((bytes[start] >> 3) & 7) >= 1 && ((bytes[start] >> 3) & 7) <= 4,
  snmp: (bytes, start, end) => end - start > 10 && bytes[start] === 0x30,
  tftp: (bytes, start, end) => end - start > 4 && bytes[start] === 0 && bytes[start + 1] <= 6,
  syslog: (bytes, start) => bytes[start] === 0x3c,
  netflow: (bytes, start, end) => end - start >= 20 && [5, 9, 10].includes(bytes.readUInt16BE(start)),
  ipfix: (bytes, start, end) => end - start >= 16 && bytes.readUInt16BE(start) === 10,
  sflow: (bytes, start, end) => end - start >= 28 && bytes.readUInt32BE(start) === 5,
  kerberos: (bytes, start, end) => end - start > 10 && bytes[start] >= 0x6a && bytes[start] <= 0x7e,
  openvpn: (bytes, start, end) => end - start >= 14 && bytes[start] >> 3 >= 1 && bytes[start] >> 3 <= 11,
  memcached: (bytes, start, end) =>
    end - start > 8 && bytes.readUInt16BE(start + 4) >= 1 && bytes.readUInt16BE(start + 6) === 0,
  mdns: (_bytes, start, end) => end - start >= DNS_HEADER_BYTES,
  llmnr: (_bytes, start, end) => end - start >= DNS_HEADER_BYTES,
  dns: (_bytes, start, end) => end - start >= DNS_HEADER_BYTES,
}

/** What a datagram is by its content, where needed together with what its port stands for; undefined when like nothing here. */
export function datagramLooksLike(
  bytes: Buffer,
  start: number,
  end: number,
  port: ProtocolName | undefined,
): ProtocolName | undefined {
  if (end === start) return undefined
  if (port !== undefined && BY_PORT[port]?.(bytes, start, end) === true) return port
  return BY_CONTENT.find(([, check]) => check(bytes, start, end))?.[0]
}

/** A long header of a known version, or Version Negotiation; what is inside tells later. */
function isQuic(bytes: Buffer, start: number, end: number): boolean {
  if (end - start < 7 || (bytes[start] & 0x80) === 0) return false
  const version = bytes.readUInt32BE(start + 1)
  if (version === 0) return bytes[start + 5] <= 20 && end - start >= 15
  return (bytes[start] & QUIC_LONG) === QUIC_LONG && (quicVersion(version) !== undefined || isGreaseVersion(version))
}

/** Versions that are reserved to exercise version negotiation (RFC 9000 section 15). */
function isGreaseVersion(version: number): boolean {
  return (version & 0x0f0f_0f0f) === 0x0a0a_0a0a
}

const WIREGUARD_BYTES: Readonly<Record<number, number>> = { 1: 148, 2: 92, 3: 64 }

function isWireguard(bytes: Buffer, start: number, end: number): boolean {
  return (
    bytes[start + 1] === 0 &&
    bytes[start + 2] === 0 &&
    bytes[start + 3] === 0 &&
    WIREGUARD_BYTES[bytes[start]] === end - start
  )
}

/** Without the port everything has to fit: one question of a known class, and as many records as there are bytes for. */
function isDns(bytes: Buffer, start: number, end: number): boolean {
  if (end - start < DNS_HEADER_BYTES + 5 || !scanner.begin(bytes, start, end)) return false
  const { flags, questionCount, questionClass, questionType } = scanner
  if (opcodeOf(flags) !== 0 || (flags & 0x0040) !== 0 || questionCount !== 1 || questionType === 0) return false
  if (questionClass !== 1 && questionClass !== 255) return false
  if (!isResponse(flags) && scanner.answerCount > 0) return false
  while (scanner.next());
  return scanner.fault === undefined && scanner.position === end
}
