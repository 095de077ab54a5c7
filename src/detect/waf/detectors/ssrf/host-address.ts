import { type IpAddress, parseIp } from '#wire'

/** An IPv4 address as the C library reads it, or an IPv6 address; and whether it was written in an unusual way. */
export interface HostAddress {
  readonly address: IpAddress
  /** Octal, hexadecimal, one number, fewer than four parts, or an IPv4 address inside IPv6. */
  readonly disguised: boolean
}

const PART = /^(?:0x[0-9a-f]{1,8}|[0-9]{1,13})$/i
/** Circled and full-width digits and dots, which browsers and many HTTP clients fold to ASCII (RFC 5895, UTS #46). */
const FOLDED = /\xef\xbc[\x90-\x99\x8e]|\xef\xbd\xa1|\xe3\x80\x82|\xe2\x91[\xa0-\xa8]|\xe2\x93\xaa/g

/** The address that a host name stands for without a resolver (inet_aton(3), RFC 4291); undefined for a name. */
export function hostAddress(host: string): HostAddress | undefined {
  const folded = host.replace(FOLDED, foldDigit)
  if (folded.startsWith('[')) return bracketed(folded.slice(1, folded.endsWith(']') ? -1 : undefined))
  const parts = folded.split('.')
  if (parts.at(-1) === '') parts.pop()
  if (parts.length === 0 || parts.length > 4 || !parts.every((part) => PART.test(part))) return undefined
  const numbers = parts.map(partValue)
  const last = numbers.pop() ?? 0
  const room = 256 ** (4 - numbers.length)
  if (last >= room || numbers.some((number) => !(number <= 255))) return undefined
  const address = numbers.reduce((sum, number, at) => sum + number * 256 ** (3 - at), last)
  const isPlain = folded === host && parts.length === 4 && parts.every((part) => String(Number(part)) === part)
  return { address, disguised: !isPlain }
}

function partValue(part: string): number {
  if (/^0x/i.test(part)) return Number.parseInt(part.slice(2), 16)
  return part.length > 1 && part.startsWith('0') ? Number.parseInt(part, 8) : Number(part)
}

function foldDigit(bytes: string): string {
  const last = bytes.charCodeAt(2)
  if (bytes === '\xef\xbc\x8e' || bytes === '\xef\xbd\xa1' || bytes === '\xe3\x80\x82') return '.'
  if (bytes === '\xe2\x93\xaa') return '0'
  return String(bytes.startsWith('\xe2') ? last - 0x9f : last - 0x90)
}

/** The low 32 bits of IPv4-mapped, -compatible, translated (RFC 6052) and 6to4 addresses count as IPv4. */
function bracketed(text: string): HostAddress | undefined {
  const zone = text.indexOf('%')
  const address = parseIp(zone < 0 ? text : text.slice(0, zone))
  if (address === undefined) return undefined
  if (typeof address === 'number') return { address, disguised: true }
  const high = address >> 32n
  if (high === 0xffffn || (high === 0n && address > 1n) || high === 0x64ff9b0000000000000000n) {
    return { address: Number(address & 0xffffffffn), disguised: true }
  }
  if (address >> 112n === 0x2002n) return { address: Number((address >> 80n) & 0xffffffffn), disguised: true }
  return { address, disguised: false }
}
