import { formatIp } from '#wire'
import type { Span } from '../../expression.ts'
import { type Block, mergedBlocks } from '../ip-blocks.ts'
import { type NumberRange, mergedRanges, otherRanges } from '../number-ranges.ts'
import type { PacketLeaf, PacketNumber } from '../packet-leaf.ts'
import { Refusal } from '../refusal.ts'
import { listMatches, type NftLists } from './list-ways.ts'
import { bitsAt, bytesAre, placeOf } from './payload.ts'
import type { Shape } from './shape.ts'
import { NFT_ADDRESSES, NFT_HARDWARE_ADDRESSES, NFT_NUMBERS, type NftTerm, UNSAID_VALUE } from './terms.ts'

/** The sets of a named list, by family. The one of IPv6 also holds the IPv4 addresses, mapped: see `nftSetElements`. */
/**
 * What a condition is for the packets of a shape: known, or true when all matches of one of the ways are. With `isExact`
 * the opposite may be had from the caller's negation of the leaf instead of asking for the matches and going elsewhere.
 */
export type LeafMatches = boolean | readonly string[]

/** More ways than this are no rule any more. */
const WAY_LIMIT = 512

/** @throws Refusal naming what nftables cannot say */
export function leafMatches(
  leaf: PacketLeaf,
  isNegated: boolean,
  shape: Shape,
  lists: NftLists,
  span: Span,
): LeafMatches | undefined {
  switch (leaf.kind) {
    case 'Constant':
      return leaf.value !== isNegated
    case 'NumberIn':
      return numberIn(leaf.number, leaf.ranges, isNegated, shape, span)
    case 'AnyBit':
      return anyBit(leaf.number, leaf.mask, isNegated, shape, span)
    case 'AddressIn':
      return addressIn(leaf.field, leaf.blocks, isNegated, shape)
    case 'AddressInList':
      return listMatches(leaf.field, lists.get(leaf.list), isNegated, shape)
    case 'Bytes':
      return bytes(leaf, isNegated, shape, span)
    case 'InterfaceIn':
      return [`${INTERFACE_WORDS[shape.direction]} ${isNegated ? '!= ' : ''}${setText(leaf.names.map(quoted))}`]
    case 'NumberInList':
      throw new Refusal('nftables has no lists of integers here: write the values as `in {...}`', span)
    case 'NumbersCompare':
    case 'AddressesCompare':
      throw new Refusal('nftables compares with constants, not one field with another', span)
  }
}

const INTERFACE_WORDS: Readonly<Record<Shape['direction'], string>> = { in: 'iifname', out: 'oifname' }

function quoted(name: string): string {
  return `"${name}"`
}

function numberIn(
  number: PacketNumber,
  ranges: readonly NumberRange[],
  isNegated: boolean,
  shape: Shape,
  span: Span,
): LeafMatches | undefined {
  if (number.kind === 'Length') throw new Refusal('nftables does not count bytes', span)
  if (number.kind === 'Bits') return slicedBits(number, shape, isNegated, span, (term) => rangeMatches(term, ranges))
  const hardware = NFT_HARDWARE_ADDRESSES[number.field]
  if (hardware !== undefined)
    return hardwareIn(hardware, isNegated ? otherRanges(ranges, number.limit) : ranges, number.limit)
  const field = NFT_NUMBERS[number.field](shape)
  switch (field.kind) {
    case 'Absent':
      return isNegated
    case 'Number':
      return ranges.some(({ first, last }) => field.value >= first && field.value <= last) !== isNegated
    case 'Refused':
      throw new Refusal(field.reason, span)
    case 'Values':
      return valueMatches(field.matches, ranges, number.limit, isNegated, span)
    case 'Terms': {
      const [term] = field.terms
      if (term.isPresent) return known(rangeMatches(term, isNegated ? otherRanges(ranges, number.limit) : ranges))
      return isNegated ? undefined : known(field.terms.flatMap((each) => rangeMatches(each, ranges)))
    }
  }
}

/** No way is never, and a way without matches is always. */
function known(ways: readonly string[]): LeafMatches {
  if (ways.length === 0) return false
  return ways.includes('') ? true : ways
}

function valueMatches(
  matches: Readonly<Record<number, readonly string[]>>,
  ranges: readonly NumberRange[],
  limit: number,
  isNegated: boolean,
  span: Span,
): LeafMatches | undefined {
  const values = Array.from({ length: limit + 1 }, (_, value) => value)
  const wanted = values.filter((value) => ranges.some(({ first, last }) => value >= first && value <= last))
  const isWhole = values.every((value) => matches[value] !== undefined)
  const unsaid = wanted.some((value) => matches[value] === undefined)
  if (unsaid) throw new Refusal(UNSAID_VALUE, span)
  if (isNegated && !isWhole) return undefined
  const chosen = isNegated ? values.filter((value) => !wanted.includes(value)) : wanted
  if (isWhole && chosen.length === values.length) return true
  return known(chosen.flatMap((value) => matches[value]))
}

/** The match that a term lies in ranges of its field: none when that is never so, an empty one when it is always. */
function rangeMatches(term: NftTerm, ranges: readonly NumberRange[]): string[] {
  const own = mergedRanges(
    ranges.map(({ first, last }) => ({
      first: Math.ceil((first - term.offset) / term.scale),
      last: Math.floor((last - term.offset) / term.scale),
    })),
    term.limit,
  )
  if (own.length === 0) return []
  const isAll = own[0].first === 0 && own[0].last === term.limit
  if (isAll && (term.isPresent || term.limit === 0)) return [term.guards.join(' ')]
  return [[...term.guards, `${term.text} ${setText(own.map(rangeText))}`].join(' ')]
}

function rangeText({ first, last }: NumberRange): string {
  return first === last ? String(first) : `${first}-${last}`
}

function setText(elements: readonly string[]): string {
  return elements.length === 1 ? elements[0] : `{ ${elements.join(', ')} }`
}

/** Domains up to this are written out as values. */
const SMALL_LIMIT = 255

function anyBit(
  number: PacketNumber,
  mask: number,
  isNegated: boolean,
  shape: Shape,
  span: Span,
): LeafMatches | undefined {
  if (number.limit <= SMALL_LIMIT) {
    const values = Array.from({ length: number.limit + 1 }, (_, value) => value).filter((value) => (value & mask) !== 0)
    const ranges = mergedRanges(
      values.map((value) => ({ first: value, last: value })),
      number.limit,
    )
    return numberIn(number, ranges, isNegated, shape, span)
  }
  const test = (term: NftTerm): string[] => {
    if (term.offset !== 0 || term.scale !== 1) throw new Refusal('nftables cannot ask for bits of this length', span)
    const masked = term.masked?.(mask) ?? `${term.text} & ${mask}`
    return mask === 0 ? [] : [[...term.guards, `${masked} != 0`].join(' ')]
  }
  if (number.kind === 'Length') throw new Refusal('nftables does not count bytes', span)
  if (number.kind === 'Bits') return slicedBits(number, shape, isNegated, span, test)
  if (NFT_HARDWARE_ADDRESSES[number.field] !== undefined) throw new Refusal('an address has no bits to test', span)
  const field = NFT_NUMBERS[number.field](shape)
  if (field.kind === 'Refused') throw new Refusal(field.reason, span)
  if (field.kind !== 'Terms') return isNegated
  return isNegated ? undefined : known(field.terms.flatMap(test))
}

function slicedBits(
  number: PacketNumber & { kind: 'Bits' },
  shape: Shape,
  isNegated: boolean,
  span: Span,
  test: (term: NftTerm) => string[],
): LeafMatches | undefined {
  const { slice, first, end } = number
  const endByte = slice.start + Math.ceil(end / 8)
  const place = endByte > slice.end ? undefined : placeOf(slice.field, shape, endByte)
  if (place === undefined) return isNegated
  if (isNegated) return undefined
  const matches = test(bitsAt(place, slice.start * 8 + first, end - first))
  return bounded(place.guards, matches, span)
}

/** Every way of `guards` with every one of `matches`. */
function bounded(guards: readonly (readonly string[])[], matches: readonly string[], span: Span): LeafMatches {
  const ways = guards.flatMap((guard) => matches.map((match) => [...guard, match].join(' ')))
  if (ways.length > WAY_LIMIT) throw new Refusal('nftables would need too many rules for this', span)
  return known(ways)
}

function hardwareIn(text: string, ranges: readonly NumberRange[], limit: number): LeafMatches {
  if (ranges.length === 0) return false
  if (ranges[0].first === 0 && ranges[0].last === limit) return true
  return [`${text} ${setText(ranges.map(rangeText))}`]
}

const ALL_FIRST: Readonly<Record<'ipv4' | 'ipv6', Block>> = {
  ipv4: { first: 0xffff_0000_0000n, last: 0xffff_ffff_ffffn },
  ipv6: { first: 0n, last: (1n << 128n) - 1n },
}

function addressIn(field: string, blocks: readonly Block[], isNegated: boolean, shape: Shape): LeafMatches {
  const text = NFT_ADDRESSES[field][shape.family]
  if (text === undefined) return isNegated
  const all = ALL_FIRST[shape.family === 'ipv6' ? 'ipv6' : 'ipv4']
  const own = blocks.flatMap(({ first, last }): Block[] => {
    const low = first > all.first ? first : all.first
    const high = last < all.last ? last : all.last
    return low <= high ? [{ first: low, last: high }] : []
  })
  const wanted = isNegated ? others(own, all) : mergedBlocks(own)
  if (wanted.length === 0) return false
  if (wanted[0].first === all.first && wanted[0].last === all.last) return true
  const address = (value: bigint): string => formatIp(shape.family === 'ipv6' ? value : Number(value - all.first))
  const elements = wanted.map(({ first, last }) =>
    first === last ? address(first) : `${address(first)}-${address(last)}`,
  )
  return [`${text} ${setText(elements)}`]
}

function others(blocks: readonly Block[], all: Block): Block[] {
  const found: Block[] = []
  let next = all.first
  for (const { first, last } of mergedBlocks(blocks)) {
    if (first > next) found.push({ first: next, last: first - 1n })
    next = last + 1n
  }
  if (next <= all.last) found.push({ first: next, last: all.last })
  return found
}

function bytes(
  leaf: PacketLeaf & { kind: 'Bytes' },
  isNegated: boolean,
  shape: Shape,
  span: Span,
): LeafMatches | undefined {
  const { slice, values, test } = leaf
  if (leaf.isNegated) throw new Refusal('nftables cannot ask for other bytes: write `not (... == ...)`', span)
  if (values.includes('')) throw new Refusal('nftables cannot ask whether there are bytes', span)
  const isExact = values.every((value) => slice.start + value.length >= slice.end)
  if (test === 'equal' && !isExact) {
    throw new Refusal(
      'nftables does not count bytes: compare with `starts_with`, or a `substring` of the same length',
      span,
    )
  }
  const ways: string[] = []
  for (const value of values) {
    const lastStart = test === 'contains' ? slice.end - value.length : slice.start
    for (let start = slice.start; start <= lastStart && start + value.length <= slice.end; start++) {
      const place = placeOf(slice.field, shape, start + value.length)
      if (place === undefined) return isNegated
      for (const guard of place.guards) ways.push([...guard, ...bytesAre(place, start, value)].join(' '))
    }
  }
  if (ways.length > WAY_LIMIT) throw new Refusal('nftables would need too many rules for this', span)
  if (isNegated) return ways.length === 0 ? true : undefined
  return known(ways)
}
