import { type AddressRanges, type IpAddress, type IpRange, toUint128, unpackRanges } from '#wire'
import type { Member } from '../expression.ts'
import { type Block, blocksOf, maskOf, mergedBlocks, prefixesOf } from './ip-blocks.ts'

/** The entries of a named list as plain data, as `decide` keeps them. */
export type SqlList =
  | { readonly type: 'IP'; readonly ranges: AddressRanges }
  | { readonly type: 'String'; readonly values: readonly string[] }
  | { readonly type: 'Int'; readonly values: readonly number[] }

/** What `in` looks into: single values as parameter text, and ranges that neither overlap nor touch. */
export interface MemberSet {
  readonly type: 'IP' | 'String' | 'Int'
  readonly values: readonly string[]
  readonly ranges: readonly Block[]
}

/** The set of `in { ... }`. */
export function setOfMembers(type: MemberSet['type'], members: readonly Member[]): MemberSet {
  const values = new Set<string>()
  const ranges: Block[] = []
  const addresses: IpRange[] = []
  for (const member of members) {
    if (member.kind === 'IntRange') ranges.push({ first: BigInt(member.first), last: BigInt(member.last) })
    else if (member.kind === 'IpRange') addresses.push(member.range)
    else if (typeof member.value === 'string' || type !== 'IP') values.add(String(member.value))
    else addresses.push({ first: member.value, last: member.value })
  }
  return type === 'IP' ? setOfRanges(addresses) : { type, values: [...values], ranges: mergedBlocks(ranges) }
}

const LIST_SETS = new WeakMap<SqlList, MemberSet>()

/** The set of `in $list`; made once for a list, because one with a million prefixes takes a second. */
export function setOfList(list: SqlList): MemberSet {
  let set = LIST_SETS.get(list)
  if (set === undefined) {
    set =
      list.type === 'IP'
        ? setOfRanges(unpackRanges(list.ranges))
        : { type: list.type, values: uniqueTexts(list.values), ranges: [] }
    LIST_SETS.set(list, set)
  }
  return set
}

/** The prefixes of one length: what an address and the mask must give. */
export interface PrefixGroup {
  readonly mask: string
  readonly firsts: readonly string[]
}

const PREFIX_GROUPS = new WeakMap<MemberSet, readonly PrefixGroup[]>()

/** The ranges of a set of addresses as prefixes by their length: lists have a few dozen lengths. Made once for a set. */
export function prefixGroups(set: MemberSet): readonly PrefixGroup[] {
  let groups = PREFIX_GROUPS.get(set)
  if (groups === undefined) {
    const bySize = Map.groupBy(set.ranges.flatMap(prefixesOf), (prefix) => prefix.size)
    groups = Array.from(bySize, ([size, prefixes]) => ({
      mask: String(maskOf(size)),
      firsts: prefixes.map((prefix) => String(prefix.first)),
    }))
    PREFIX_GROUPS.set(set, groups)
  }
  return groups
}

/** A literal as the text of a parameter. */
export function valueText(
  type: 'Bool' | 'IP' | 'String' | 'Int',
  value: string | number | boolean | IpAddress,
): string {
  return type === 'IP' && (typeof value === 'number' || typeof value === 'bigint')
    ? String(toUint128(value))
    : String(value)
}

function setOfRanges(ranges: readonly IpRange[]): MemberSet {
  const values: string[] = []
  const wider: Block[] = []
  for (const block of mergedBlocks(ranges.flatMap(blocksOf))) {
    if (block.first === block.last) values.push(String(block.first))
    else wider.push(block)
  }
  return { type: 'IP', values, ranges: wider }
}

function uniqueTexts(values: readonly (string | number)[]): string[] {
  return [...new Set(values.map(String))]
}
