import type { Shape } from './shape.ts'
import { NFT_ADDRESSES } from './terms.ts'

/** A set with the prefixes of a list that have one length: their addresses, in network order. */
interface NftPrefixSet {
  readonly name: string
  readonly prefixBits: number
}

/**
 * The sets of a named list, by family: one of addresses or intervals, or one for each length of prefix. A set of IPv6
 * addresses also holds those of IPv4, mapped (see `nftSetElements`); sets of prefixes do not. The latter are declared with the
 * type of what `prefixKey` reads.
 */
export interface NftListSets {
  readonly ipv4?: string | readonly NftPrefixSet[]
  readonly ipv6?: string | readonly NftPrefixSet[]
}

export type NftLists = ReadonlyMap<string, NftListSets>

/** Where addresses stand, in bits from the network header on: a set of prefixes is asked for those of several protocols. */
const PLACES: Readonly<Record<string, Partial<Record<Shape['family'], number>>>> = {
  'ip.src': { ipv4: 96, ipv6: 64 },
  'ip.dst': { ipv4: 128, ipv6: 192 },
  'arp.src.proto_ipv4': { arp: 112 },
  'arp.dst.proto_ipv4': { arp: 192 },
}

const BITS = { ipv4: 32, ipv6: 128 } as const
const MAPPED_BITS = BITS.ipv6 - BITS.ipv4
const MAPPED = '0xffff'

/** What reads an address of a family, for the type of a set of prefixes. */
export function prefixKey(family: 'ipv4' | 'ipv6'): string {
  return `@nh,${PLACES['ip.src'][family]},${BITS[family]}`
}

/** One way in which an address can be in a list. */
interface ListWay {
  /** What must hold before. */
  readonly guard?: string
  /** What is looked up. */
  readonly key: string
  readonly set: string
}

/**
 * The ways in which an address is in a list in a shape, or is not; true or false where that is known. Undefined when nftables
 * can only be asked for the opposite.
 */
export function listMatches(
  field: string,
  sets: NftListSets | undefined,
  isNegated: boolean,
  shape: Shape,
): boolean | readonly string[] | undefined {
  const ways = listWays(field, sets, shape)
  if (ways.length === 0) return isNegated
  if (!isNegated) return ways.map(({ guard, key, set }) => `${guard === undefined ? '' : `${guard} `}${key} @${set}`)
  const [{ guard, key, set }] = ways
  return ways.length === 1 && guard === undefined ? [`${key} != @${set}`] : undefined
}

function listWays(field: string, sets: NftListSets | undefined, { family }: Shape): readonly ListWay[] {
  const [text, place] = [NFT_ADDRESSES[field][family], PLACES[field][family]]
  if (text === undefined || place === undefined || sets === undefined) return []
  const own = family === 'ipv6' ? sets.ipv6 : sets.ipv4
  if (typeof own === 'string') return [{ key: text, set: own }]
  const ways = prefixWays(own, place, family === 'ipv6' ? BITS.ipv6 : BITS.ipv4)
  if (family !== 'ipv6' || typeof sets.ipv4 === 'string') return ways
  const mapped = prefixWays(sets.ipv4, place + MAPPED_BITS, BITS.ipv4)
  return [...ways, ...mapped.map((way) => ({ ...way, guard: `@nh,${place},${MAPPED_BITS} ${MAPPED}` }))]
}

function prefixWays(sets: readonly NftPrefixSet[] = [], place: number, bits: number): readonly ListWay[] {
  return sets.map(({ name, prefixBits }) => {
    const mask = ((1n << BigInt(prefixBits)) - 1n) << BigInt(bits - prefixBits)
    const key = `@nh,${place},${bits}`
    return { key: prefixBits === bits ? key : `${key} & 0x${mask.toString(16)}`, set: name }
  })
}
