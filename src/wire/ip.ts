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

function parseIpv6(text: string): IpAddress | undefined {
  if (text.length > 45) return undefined
  const halves = text.split('::')
  if (halves.length > 2) return undefined
  const head = groupsOf(halves[0])
  const tail = halves.length === 2 ? groupsOf(halves[1]) : []
  if (head === undefined || tail === undefined) return undefined
  const known = head.length + tail.length
  if (halves.length === 2 ? known > 7 : known !== 8) return undefined
  // Dotted IPv4 may only stand at the very end.
  if (halves.length === 2 && halves[0].includes('.')) return undefined
  let value = 0n
  for (const group of [...head, ...Array<number>(8 - known).fill(0), ...tail]) value = (value << 16n) | BigInt(group)
  return fromUint128(value)
}

function groupsOf(text: string): number[] | undefined {
  if (text === '') return []
  const groups: number[] = []
  const parts = text.split(':')
  for (const [i, part] of parts.entries()) {
    if (part.includes('.')) {
      const address = i === parts.length - 1 ? parseIpv4(part) : undefined
      if (address === undefined) return undefined
      groups.push(address >>> 16, address & 0xffff)
    } else if (/^[0-9a-fA-F]{1,4}$/.test(part)) {
      groups.push(Number.parseInt(part, 16))
    } else {
      return undefined
    }
  }
  return groups
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
