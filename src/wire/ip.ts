import { IPV6_WORDS, readIpv6Words } from './address-words.ts'

/**
 * An IP address as a value: IPv4 is a number below 2^32, IPv6 a bigint. `===` compares two addresses.
 * An IPv4-mapped IPv6 address (::ffff:192.0.2.1, RFC 4291 section 2.5.5.2) is its IPv4 address.
 */
export type IpAddress = number | bigint

/** A prefix as the first and last address of its range. Both are of the same family. */
export interface IpRange {
  readonly first: IpAddress
  readonly last: IpAddress
}

const MAPPED_BASE = 0xffff_0000_0000n
const MAPPED_LAST = 0xffff_ffff_ffffn
const IPV6_LAST = (1n << 128n) - 1n

/** Reads dotted IPv4 (four decimal parts, no leading zeros) or IPv6 text (RFC 4291), without zone. */
export function parseIp(text: string): IpAddress | undefined {
  return text.includes(':') ? parseIpv6(text) : parseIpv4(text)
}

function parseIpv4(text: string): number | undefined {
  if (text.length < 7 || text.length > 15) return undefined
  let address = 0
  let part = -1
  let partStart = 0
  let dots = 0
  for (let i = 0; i <= text.length; i++) {
    const code = i < text.length ? text.charCodeAt(i) : 0x2e
    if (code === 0x2e) {
      if (part < 0 || part > 255 || (i - partStart > 1 && text.charCodeAt(partStart) === 0x30)) return undefined
      address = address * 256 + part
      part = -1
      partStart = i + 1
      if (i < text.length) dots++
    } else if (code >= 0x30 && code <= 0x39 && i - partStart < 3) {
      part = (part < 0 ? 0 : part) * 10 + code - 0x30
    } else {
      return undefined
    }
  }
  return dots === 3 ? address : undefined
}

const GROUPS = 8
// One array for all: it is filled and read within one call.
const ADDRESS_GROUPS = new Uint16Array(GROUPS)
const ADDRESS_WORDS = new Uint32Array(IPV6_WORDS)

function parseIpv6(text: string): IpAddress | undefined {
  if (text.length > 45) return undefined
  let count = 0
  let gapAt = -1
  let at = 0
  if (text.startsWith('::')) {
    gapAt = 0
    at = 2
  }
  while (at < text.length) {
    if (count === GROUPS) return undefined
    const end = groupEnd(text, at)
    if (text.charCodeAt(end) === DOT) {
      // Dotted IPv4 may only stand at the very end.
      const address = parseIpv4(text.slice(at))
      if (address === undefined || count > GROUPS - 2) return undefined
      ADDRESS_GROUPS[count++] = address >>> 16
      ADDRESS_GROUPS[count++] = address & 0xffff
      break
    }
    if (end === at || end - at > 4) return undefined
    ADDRESS_GROUPS[count++] = hexValue(text, at, end)
    if (end === text.length) break
    if (text.charCodeAt(end) !== COLON) return undefined
    at = end + 1
    if (text.charCodeAt(at) === COLON) {
      if (gapAt >= 0) return undefined
      gapAt = count
      at++
    } else if (at === text.length) {
      return undefined
    }
  }
  if (gapAt < 0 ? count !== GROUPS : count === GROUPS) return undefined
  return addressOfGroups(count, gapAt < 0 ? count : gapAt)
}

const DOT = 0x2e
const COLON = 0x3a

/** Index behind the hexadecimal digits that begin at `at`. */
function groupEnd(text: string, at: number): number {
  let end = at
  while (end < text.length && hexDigit(text.charCodeAt(end)) >= 0) end++
  return end
}

function hexValue(text: string, start: number, end: number): number {
  let value = 0
  for (let at = start; at < end; at++) value = value * 16 + hexDigit(text.charCodeAt(at))
  return value
}

/** -1 for what is no hexadecimal digit. */
function hexDigit(code: number): number {
  if (code >= 0x30 && code <= 0x39) return code - 0x30
  const letter = code | 0x20
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : -1
}

/** The address of the first `count` groups, with zeros at `gapAt` that make them eight. */
function addressOfGroups(count: number, gapAt: number): IpAddress {
  ADDRESS_GROUPS.copyWithin(gapAt + GROUPS - count, gapAt, count)
  ADDRESS_GROUPS.fill(0, gapAt, gapAt + GROUPS - count)
  for (let word = 0; word < IPV6_WORDS; word++) {
    ADDRESS_WORDS[word] = ADDRESS_GROUPS[word * 2] * 0x1_0000 + ADDRESS_GROUPS[word * 2 + 1]
  }
  return fromUint128(readIpv6Words(ADDRESS_WORDS, 0))
}

/** Canonical text: dotted for IPv4, RFC 5952 for IPv6. */
export function formatIp(address: IpAddress): string {
  if (typeof address === 'number') {
    return `${address >>> 24}.${(address >>> 16) & 255}.${(address >>> 8) & 255}.${address & 255}`
  }
  const groups: string[] = []
  for (let shift = 112n; shift >= 0n; shift -= 16n) groups.push(((address >> shift) & 0xffffn).toString(16))
  let runStart = -1
  let runLength = 1
  for (let i = 0; i < 8;) {
    let end = i
    while (end < 8 && groups[end] === '0') end++
    if (end - i > runLength) {
      runStart = i
      runLength = end - i
    }
    i = end + 1
  }
  if (runStart < 0) return groups.join(':')
  return `${groups.slice(0, runStart).join(':')}::${groups.slice(runStart + runLength).join(':')}`
}

/** The address as a 128-bit number, IPv4 mapped into ::ffff:0:0/96. The order of all addresses and the event store's column. */
export function toUint128(address: IpAddress): bigint {
  return typeof address === 'number' ? MAPPED_BASE + BigInt(address) : address
}

/** The inverse of `toUint128`. */
export function fromUint128(value: bigint): IpAddress {
  return value >= MAPPED_BASE && value <= MAPPED_LAST ? Number(value - MAPPED_BASE) : value
}

/**
 * Reads `address` or `address/prefix-length`. Host bits must be zero, so that a typing slip is not taken for a network.
 * A prefix of ::ffff:0:0/96 or longer inside it is the IPv4 prefix; any other IPv6 prefix holds IPv6 addresses only.
 */
export function parseCidr(text: string): IpRange | undefined {
  const slash = text.indexOf('/')
  const address = parseIp(slash < 0 ? text : text.slice(0, slash))
  if (address === undefined) return undefined
  if (slash < 0) return { first: address, last: address }
  const lengthText = text.slice(slash + 1)
  if (!/^(0|[1-9][0-9]{0,2})$/.test(lengthText)) return undefined
  const writtenAsIpv6 = text.includes(':')
  const length = Number(lengthText) - (writtenAsIpv6 && typeof address === 'number' ? 96 : 0)
  return cidrRange(address, length)
}

/** The range of `address/length`, or undefined when the length is out of range or a host bit is set. */
export function cidrRange(address: IpAddress, length: number): IpRange | undefined {
  if (typeof address === 'number') {
    if (length < 0 || length > 32) return undefined
    const size = 2 ** (32 - length)
    return address % size === 0 ? { first: address, last: address + size - 1 } : undefined
  }
  if (length < 0 || length > 128) return undefined
  const hostMask = IPV6_LAST >> BigInt(length)
  return (address & hostMask) === 0n ? { first: address, last: address | hostMask } : undefined
}

/** True when `address` lies in `range`; addresses of the other family never do. */
export function inRange(address: IpAddress, range: IpRange): boolean {
  return typeof address === typeof range.first && address >= range.first && address <= range.last
}

/** The shortest text of a range that came from a prefix: a CIDR, or one address. */
export function formatCidr(range: IpRange): string {
  if (range.first === range.last) return formatIp(range.first)
  const bits = typeof range.first === 'number' ? 32 : 128
  const size = BigInt(range.last) - BigInt(range.first) + 1n
  return `${formatIp(range.first)}/${bits - (size.toString(2).length - 1)}`
}
