import { formatIp, fromUint128, type IpRange, parseCidr, readIpv6Words, toUint128 } from '#wire'

const WORDS = 4
const WORD_BITS = 32
const MAPPED_BITS = 96
const MAPPED_WORD = 0xffff

/** An address or prefix as four words, IPv4 mapped into ::ffff:0:0/96, with its length among 128 bits. */
export interface Destination {
  readonly words: Uint32Array
  readonly bits: number
}

/** Bits of the networks that neighbours share, of IPv4 and IPv6: mapped, of 128. */
export const NETWORK_BITS = { 4: MAPPED_BITS + 24, 6: 64 } as const
/** What one customer is given of IPv6. */
export const SITE_BITS = 48
export const HOST_BITS = 128

/** Sets the words of `target` to the first `bits` of the address that stands in `source` from `at` on. */
export function maskWords(source: Uint32Array, at: number, bits: number, target: Uint32Array): void {
  for (let word = 0; word < WORDS; word++) {
    const kept = bits - word * WORD_BITS
    target[word] =
      kept >= WORD_BITS ? source[at + word] : kept <= 0 ? 0 : source[at + word] & (-1 << (WORD_BITS - kept))
  }
}

/** True when the address whose words stand in `source` from `at` on lies in the prefix. */
export function contains({ words, bits }: Destination, source: Uint32Array, at: number): boolean {
  for (let word = 0; word < WORDS; word++) {
    const kept = bits - word * WORD_BITS
    if (kept <= 0) return true
    const difference = words[word] ^ source[at + word]
    if ((kept >= WORD_BITS ? difference : difference >>> (WORD_BITS - kept)) !== 0) return false
  }
  return true
}

/** True when one lies in the other. */
export function overlap(left: Destination, right: Destination): boolean {
  return left.bits <= right.bits ? contains(left, right.words, 0) : contains(right, left.words, 0)
}

export function isIpv4({ words, bits }: Destination): boolean {
  return bits >= MAPPED_BITS && words[0] === 0 && words[1] === 0 && words[2] === MAPPED_WORD
}

/** As it is written: an address, or a prefix. */
export function destinationText(destination: Destination): string {
  const address = formatIp(fromUint128(readIpv6Words(destination.words, 0)))
  if (destination.bits === HOST_BITS) return address
  return `${address}/${isIpv4(destination) ? destination.bits - MAPPED_BITS : destination.bits}`
}

/** The condition that a packet goes there. */
export function destinationCondition(destination: Destination): string {
  const text = destinationText(destination)
  return destination.bits === HOST_BITS ? `ip.dst == ${text}` : `ip.dst in {${text}}`
}

/** Reads an address or a prefix; undefined when it is neither. */
export function parseDestination(text: string): Destination | undefined {
  const range = parseCidr(text)
  return range === undefined ? undefined : destinationOfRange(range)
}

function destinationOfRange({ first, last }: IpRange): Destination {
  const start = toUint128(first)
  const differing = start ^ toUint128(last)
  const words = new Uint32Array(WORDS)
  for (let word = 0; word < WORDS; word++)
    words[word] = Number((start >> BigInt((3 - word) * WORD_BITS)) & 0xffff_ffffn)
  return { words, bits: HOST_BITS - (differing === 0n ? 0 : differing.toString(2).length) }
}
