import { bits, type NftTerm } from './terms.ts'
import type { Shape } from './shape.ts'
import { headedProtocols } from './shape.ts'

/** Where a byte string begins, and the matches that say that enough of it is there: one list for each way. */
export interface BytePlace {
  readonly base: 'nh' | 'th' | 'ih'
  readonly firstBit: number
  readonly guards: readonly (readonly string[])[]
}

const LENGTH_LIMIT = 65_535
const FIVE_TO_FIFTEEN = Array.from({ length: 11 }, (_, index) => index + 5)
const EXTENSIONS = '{ 0, 43, 44, 51, 60 }'
const HEADER_BYTES = { udp: 8, udpLite: 8, sctp: 12, icmp: 8, icmpv6: 8, gre: 0, rest: 0 } as const

/** A length field that is at least so many; none when that is more than it can say. */
function atLeast(text: string, bytes: number): string[] | undefined {
  return bytes > LENGTH_LIMIT ? undefined : [`${text} ${bytes}-${LENGTH_LIMIT}`]
}

/** Where the first `bytes` of a field are in packets of a shape; undefined when packets of the shape do not have it. */
export function placeOf(field: string, shape: Shape, bytes: number): BytePlace | undefined {
  if (shape.family !== 'ipv4' && shape.family !== 'ipv6') return undefined
  if (field === 'tcp.options') return shape.carried === 'tcp' ? tcpOptions(bytes) : undefined
  if (field === 'ip.options') return shape.family === 'ipv4' ? ipOptions(bytes) : undefined
  return payload(shape, bytes)
}

function headers(bytes: number): number[] {
  return FIVE_TO_FIFTEEN.filter((words) => words * 4 >= 20 + bytes)
}

/** The options are whole when the last byte of the header is there. */
function tcpOptions(bytes: number): BytePlace {
  const guards = headers(bytes).map((words) => [`@th,96,4 ${words}`, `@th,${words * 32 - 8},8 0-255`])
  return { base: 'th', firstBit: 160, guards }
}

function ipOptions(bytes: number): BytePlace {
  const guards = headers(bytes).map((words) => [
    `@nh,4,4 ${words}`,
    `@nh,16,16 ${words * 4}-${LENGTH_LIMIT}`,
    `@nh,${words * 32 - 8},8 0-255`,
  ])
  return { base: 'nh', firstBit: 160, guards }
}

/** The payload ends with the IP packet; behind IPv6 extension headers, with the frame. */
function payload(shape: Shape, bytes: number): BytePlace {
  const { carried, family } = shape
  if (carried === 'tcp') {
    const guards = FIVE_TO_FIFTEEN.flatMap((words) =>
      ipHolds(family, words * 4 + bytes).map((each) => [...each, `@th,96,4 ${words}`]),
    )
    const unbounded = family === 'ipv6' ? [[`@nh,48,8 ${EXTENSIONS}`, '@th,96,4 5-15']] : []
    return { base: 'ih', firstBit: 0, guards: [...guards, ...unbounded] }
  }
  const headerBytes = HEADER_BYTES[carried]
  const own = carried === 'udp' ? (atLeast('@th,32,16', 8 + bytes) ?? []) : []
  const guards = [...ipHolds(family, headerBytes + bytes), ...(family === 'ipv6' ? [[`@nh,48,8 ${EXTENSIONS}`]] : [])]
  const whole = carried === 'rest' && (family === 'ipv4' || family === 'ipv6') ? wholeRest(family) : [[]]
  return {
    base: 'th',
    firstBit: headerBytes * 8,
    guards: guards.flatMap((guard) => whole.map((each) => [...guard, ...own, ...each])),
  }
}

/** Of protocols whose header is cut off nothing is payload, nor of later fragments. */
function wholeRest(family: 'ipv4' | 'ipv6'): string[][] {
  const unread = `meta l4proto != { ${headedProtocols(family).join(', ')} }`
  if (family === 'ipv4') return [[unread, '@nh,51,13 0']]
  return [
    [unread, 'exthdr frag missing'],
    [unread, 'frag frag-off 0'],
  ]
}

/** The ways in which an IP packet has so many bytes behind its header. */
function ipHolds(family: Shape['family'], bytes: number): string[][] {
  if (family === 'ipv6') return [[`@nh,48,8 != ${EXTENSIONS}`, ...(atLeast('@nh,32,16', bytes) ?? [])]]
  return FIVE_TO_FIFTEEN.flatMap((words) => {
    const length = atLeast('@nh,16,16', words * 4 + bytes)
    return length === undefined ? [] : [[`@nh,4,4 ${words}`, ...length]]
  })
}

/** Bits of a byte string as a term. */
export function bitsAt(place: BytePlace, first: number, width: number): NftTerm {
  return bits(place.base, place.firstBit + first, width, { isPresent: false })
}

const CHUNK_BYTES = 16

/** The matches that bytes from a place on are these. nftables compares at most 16 bytes at once. */
export function bytesAre(place: BytePlace, start: number, value: string): string[] {
  const bytes = Buffer.from(value, 'latin1')
  const matches: string[] = []
  for (let at = 0; at < bytes.length; at += CHUNK_BYTES) {
    const chunk = bytes.subarray(at, at + CHUNK_BYTES)
    matches.push(`@${place.base},${place.firstBit + (start + at) * 8},${chunk.length * 8} 0x${chunk.toString('hex')}`)
  }
  return matches
}
