import { createHash } from 'node:crypto'
import type { ListData } from '#decide'
import { TidegateError } from '#kernel'
import { changeElements, type ElementChange, fillSet, type NetlinkSocket, type NftFamily, type SetKeys } from '#net'
import type { NftLists, NftListSets } from '#rules'
import { type AddressRanges, IPV6_WORDS } from '#wire'
import { rangeDifference } from '../program/list-difference.ts'
import { INTERVAL_FORM } from './interval-form.ts'
import { TABLE } from './layout.ts'
import type { ListForm, ListSet } from './list-form.ts'
import { PREFIX_FORM } from './prefix-form.ts'
import { keysMissing } from './set-keys.ts'

export type AddressListData = Extract<ListData, { type: 'IP' }>

/** The sets of a list in one table. */
export interface PlannedList {
  readonly family: NftFamily
  readonly list: string
  readonly ranges: AddressRanges
  readonly form: ListForm
  readonly sets: readonly ListSet[]
}

/** From so many ranges on, sets of prefixes are better. */
const LARGE_RANGES = 4096
/** More than this, or than this share of what stands there, is filled into sets of its own sooner than changed. */
const CHANGES_LEAST = 1000
const CHANGES_SHARE = 1 / 3
const CHANGES_MOST = 200_000

/** Lists that Tidegate makes by itself, such as those of countries, have names that nftables does not take. */
function identifierOf(name: string): string {
  if (/^[\w.-]+$/.test(name)) return name
  return `${name.replaceAll(/[^\w.-]+/g, '_')}-${createHash('sha1').update(name).digest('hex').slice(0, 8)}`
}

/** Plans the sets of a list, or goes on with those of a list that holds the same. `serial` tells sets of one list apart. */
export function planList(
  family: NftFamily,
  { name: list, ranges }: AddressListData,
  serial: number,
  running: readonly PlannedList[],
): PlannedList {
  const same = running.find(
    (each) => each.family === family && each.list === list && areSameRanges(each.ranges, ranges),
  )
  if (same !== undefined) return same
  const prefixes = isLarge(ranges) ? PREFIX_FORM.plan(ranges) : undefined
  const form = prefixes === undefined ? INTERVAL_FORM : PREFIX_FORM
  const sets = (prefixes ?? INTERVAL_FORM.plan(ranges) ?? []).map((set): ListSet => {
    const name = `list-${identifierOf(list)}-${serial}-${form.suffix(set)}`
    return { ...set, family, table: TABLE, name }
  })
  return { family, list, ranges, form, sets }
}

function isLarge({ ipv4, ipv6 }: AddressRanges): boolean {
  return ipv4.length / 2 + ipv6.length / (2 * IPV6_WORDS) >= LARGE_RANGES
}

function areSameRanges(left: AddressRanges, right: AddressRanges): boolean {
  return (['ipv4', 'ipv6'] as const).every((version) => bytesOf(left[version]).equals(bytesOf(right[version])))
}

function bytesOf(words: Uint32Array): Buffer {
  return Buffer.from(words.buffer, words.byteOffset, words.byteLength)
}

/** How the sets of a list are declared; they are filled apart, which is many times faster than by a script. */
export function setDeclarations({ form, sets }: PlannedList): readonly string[] {
  return sets.map((set) => `set ${set.name} {\n  ${form.declaration(set)}\n}`)
}

/** Fills the sets of a list that no rule asks yet. @throws TidegateError ERR_NFTABLES_FAILED */
export function fillList({ form, sets, ranges }: PlannedList, socket: NetlinkSocket): void {
  for (const [set, keys] of form.keys(sets, ranges, Number.POSITIVE_INFINITY) ?? []) fillSet(socket, set, keys)
}

/** The sets by the names of their lists, for the compiler of rules. */
export function setNames(lists: readonly PlannedList[], family: NftFamily): NftLists {
  const own = lists.filter((each) => each.family === family)
  return new Map(own.map(({ list, sets }) => [list, { ...namesOf(sets, 'ipv4'), ...namesOf(sets, 'ipv6') }]))
}

function namesOf(all: readonly ListSet[], version: 'ipv4' | 'ipv6'): NftListSets {
  const sets = all.filter((set) => set.version === version)
  const prefixes = sets.flatMap(({ name, contents, count }) =>
    contents.kind === 'prefixes' ? [{ name, prefixBits: PREFIX_BITS[version] - contents.hostBits, count }] : [],
  )
  // Who is in the list is found sooner where most are.
  if (prefixes.length > 0) return { [version]: prefixes.toSorted((left, right) => right.count - left.count) }
  return sets.length === 0 ? {} : { [version]: sets[0].name }
}

const PREFIX_BITS = { ipv4: 32, ipv6: 128 } as const

/** A list with other contents in the sets that it has, and what has to change in them. */
export interface ChangedList {
  readonly list: PlannedList
  /** Elements that can come before others go. */
  readonly added: readonly ElementChange[]
  /** What happens together. */
  readonly rest: readonly ElementChange[]
}

/**
 * Changes a list in the sets that it has; undefined when it is better off with sets of its own. An address that stays may
 * move to another prefix: the new one comes before the old one goes, so that no packet misses it in between. Intervals must
 * not overlap at any time: they change at once.
 */
export function changedList(running: PlannedList, ranges: AddressRanges): ChangedList | undefined {
  const { form, sets } = running
  if (form === INTERVAL_FORM && isLarge(ranges) && !isLarge(running.ranges)) return undefined
  const most = Math.min(CHANGES_MOST, Math.max(CHANGES_LEAST, elementsOf(sets) * CHANGES_SHARE))
  const difference = differenceOf(running.ranges, ranges)
  const removed = form.keys(sets, difference.removed, most)
  const added = form.keys(sets, difference.added, most)
  if (removed === undefined || added === undefined) return undefined
  const changes = sets.map((set) => netChange(set, removed.get(set), added.get(set)))
  const list = { ...running, ranges, sets: changes.map(({ set }) => set) }
  const [gone, come] = [changes.flatMap((each) => each.removed), changes.flatMap((each) => each.added)]
  return form.name === 'prefixes' ? { list, added: come, rest: gone } : { list, added: [], rest: [...gone, ...come] }
}

function elementsOf(sets: readonly ListSet[]): number {
  return sets.reduce((sum, { count }) => sum + count, 0)
}

function differenceOf(
  before: AddressRanges,
  after: AddressRanges,
): { readonly removed: AddressRanges; readonly added: AddressRanges } {
  const ipv4 = rangeDifference(before.ipv4, after.ipv4, 1)
  const ipv6 = rangeDifference(before.ipv6, after.ipv6, IPV6_WORDS)
  return {
    removed: { count: 0, ipv4: ipv4.removed, ipv6: ipv6.removed },
    added: { count: 0, ipv4: ipv4.added, ipv6: ipv6.added },
  }
}

/** Ranges that differ may have parts that are the same. */
function netChange(
  set: ListSet,
  removed: SetKeys | undefined,
  added: SetKeys | undefined,
): { readonly set: ListSet; readonly removed: readonly ElementChange[]; readonly added: readonly ElementChange[] } {
  const [gone, come] = [keysMissing(removed, added), keysMissing(added, removed)]
  return {
    set: { ...set, count: set.count - (gone?.count ?? 0) + (come?.count ?? 0) },
    removed: gone === undefined ? [] : [{ set, kind: 'remove', keys: gone }],
    added: come === undefined ? [] : [{ set, kind: 'add', keys: come }],
  }
}

/**
 * Carries changes of lists out: all of them, or none. False when they are to be made anew: a set may be full, or not hold any
 * more what was put into it.
 */
export function changeLists(socket: NetlinkSocket, changes: readonly ChangedList[]): boolean {
  const added = changes.flatMap((each) => each.added)
  const rest = changes.flatMap((each) => each.rest)
  if (added.length === 0 || rest.length === 0) return isChanged(socket, [...added, ...rest])
  if (!isChanged(socket, added)) return false
  if (isChanged(socket, rest)) return true
  isChanged(
    socket,
    added.map((change) => ({ ...change, kind: 'remove' as const })),
  )
  return false
}

function isChanged(socket: NetlinkSocket, changes: readonly ElementChange[]): boolean {
  try {
    changeElements(socket, changes)
    return true
  } catch (error) {
    if (!(error instanceof TidegateError)) throw error
    return false
  }
}
