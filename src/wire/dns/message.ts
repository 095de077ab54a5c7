import type { PartValue } from './record-data.ts'
import { type KnownRecord, type NumberedBytes, type RecordDataOf } from './record-data.ts'
import { RECORD_TYPE } from './record-type.ts'

/** Bits of the flags word (RFC 1035 section 4.1.1, RFC 4035). */
export const DNS_FLAG = {
  response: 0x8000,
  authoritative: 0x0400,
  truncated: 0x0200,
  recursionDesired: 0x0100,
  recursionAvailable: 0x0080,
  authenticData: 0x0020,
  checkingDisabled: 0x0010,
} as const

export const DNS_HEADER_BYTES = 12
export const CLASS_IN = 1

export interface DnsRecordQuestion {
  readonly name: string
  readonly type: number
  readonly class: number
}

export interface DnsRecord {
  readonly name: string
  readonly type: number
  readonly class: number
  readonly ttlSeconds: number
  /** Parts by name, as the layout of the type says; `bytes` for a type without layout, or data that does not fit its layout. */
  readonly data: Readonly<Record<string, PartValue>>
}

/** What the OPT record says (RFC 6891). */
export interface Edns {
  readonly udpPayloadBytes: number
  readonly extendedCode: number
  readonly version: number
  readonly dnssecOk: boolean
  readonly options: readonly NumberedBytes[]
}

export interface DnsMessage {
  readonly id: number
  /** The second word of the header: flags, opcode, response code. */
  readonly flags: number
  readonly questions: readonly DnsRecordQuestion[]
  readonly answers: readonly DnsRecord[]
  readonly authorities: readonly DnsRecord[]
  /** Without the OPT record. */
  readonly additionals: readonly DnsRecord[]
  readonly edns: Edns | undefined
}

export function isResponse(flags: number): boolean {
  return (flags & DNS_FLAG.response) !== 0
}

export function opcodeOf(flags: number): number {
  return (flags >> 11) & 15
}

/** The response code with the upper bits of EDNS. */
export function responseCodeOf(message: Pick<DnsMessage, 'flags' | 'edns'>): number {
  return (message.flags & 15) | ((message.edns?.extendedCode ?? 0) << 4)
}

/** The data of a record when it is of that type and whole; undefined otherwise. */
export function recordData<Name extends KnownRecord>(record: DnsRecord, name: Name): RecordDataOf<Name> | undefined {
  if (record.type !== RECORD_TYPE[name] || 'bytes' in record.data) return undefined
  return record.data as unknown as RecordDataOf<Name>
}

/** Codes of EDNS options (IANA). */
export const EDNS_OPTION = {
  nsid: 3,
  clientSubnet: 8,
  cookie: 10,
  tcpKeepalive: 11,
  padding: 12,
  extendedError: 15,
} as const

/** Extended errors among the options of EDNS (RFC 8914); texts hold one byte a character. */
export function extendedErrorsOf(options: readonly NumberedBytes[]): { code: number; text: string }[] {
  return options
    .filter(({ number, bytes }) => number === EDNS_OPTION.extendedError && bytes.length >= 2)
    .map(({ bytes }) => ({ code: bytes.readUInt16BE(0), text: bytes.toString('latin1', 2) }))
}
