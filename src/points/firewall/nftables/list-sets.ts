import { createHash } from 'node:crypto'
import type { ListData } from '#decide'
import { type ElementChange, fillSet, type NetlinkSocket, type NftFamily, type NftSet, type SetKeys } from '#net'
import type { NftLists } from '#rules'
import type { AddressRanges } from '#wire'
import { TABLE } from './layout.ts'
import { keyChanges, listKeys } from './set-keys.ts'

/** A set of a list: what it is called and what stands in it. */
interface ListSet extends NftSet {
  readonly type: 'ipv4_addr' | 'ipv6_addr'
  readonly keys: SetKeys
}

/** The sets of a list in one table. */
export interface PlannedList {
  readonly family: NftFamily
  readonly list: string
  readonly digest: string
  readonly ranges: AddressRanges
  readonly sets: readonly ListSet[]
}

/** Above this share, or below this number, of the keys a set is changed rather than made anew. */
const CHANGES_SHARE = 1 / 3
const CHANGES_LEAST = 1000

const FAMILIES = [
  ['ipv4', 'ipv4_addr'],
  ['ipv6', 'ipv6_addr'],
] as const

function digestOf({ ipv4, ipv6 }: AddressRanges): string {
  return createHash('sha1').update(ipv4).update('/').update(ipv6).digest('hex')
}

/** Lists that Tidegate makes by itself, such as those of countries, have names that nftables does not take. */
function identifierOf(name: string): string {
  if (/^[\w.-]+$/.test(name)) return name
  return `${name.replaceAll(/[^\w.-]+/g, '_')}-${createHash('sha1').update(name).digest('hex').slice(0, 8)}`
}

/** Plans the sets of a list, or goes on with those of a list that holds the same. `serial` tells sets of one list apart. */
export function planList(
  family: NftFamily,
  data: Extract<ListData, { type: 'IP' }>,
  serial: number,
  running: readonly PlannedList[],
): PlannedList {
  const digest = digestOf(data.ranges)
  const same = running.find((each) => each.family === family && each.list === data.name && each.digest === digest)
  if (same !== undefined) return same
  const keys = listKeys(data.ranges)
  const sets = FAMILIES.filter(([name]) => keys[name].count > 0).map(([name, type]): ListSet => ({
    family,
    table: TABLE,
    name: `list-${identifierOf(data.name)}-${name}-${serial}`,
    type,
    keys: keys[name],
  }))
  return { family, list: data.name, digest, ranges: data.ranges, sets }
}

/** How a set is declared; it is filled apart, which is many times faster than by a script. */
export function setDeclaration({ name, type, keys }: ListSet): string {
  return `set ${name} { type ${type};${keys.lasts === undefined ? '' : ' flags interval;'} }`
}

export function fillList({ sets }: PlannedList, socket: NetlinkSocket): void {
  for (const set of sets) fillSet(socket, set, set.keys)
}

/** The sets by the names of their lists, for the compiler of rules. */
export function setNames(lists: readonly PlannedList[], family: NftFamily): NftLists {
  return new Map(
    lists
      .filter((each) => each.family === family)
      .map(({ list, sets }) => {
        const nameOf = (type: ListSet['type']): string | undefined => sets.find((set) => set.type === type)?.name
        const [ipv4, ipv6] = [nameOf('ipv4_addr'), nameOf('ipv6_addr')]
        return [list, { ...(ipv4 !== undefined && { ipv4 }), ...(ipv6 !== undefined && { ipv6 }) }]
      }),
  )
}

/**
 * A list with other contents in the sets that it has, and what has to change in them; undefined when it is better off with
 * sets of its own.
 */
export function changedList(
  running: PlannedList,
  ranges: AddressRanges,
): { readonly list: PlannedList; readonly changes: readonly ElementChange[] } | undefined {
  const after = listKeys(ranges)
  const changes: ElementChange[] = []
  const sets: ListSet[] = []
  for (const [name, type] of FAMILIES) {
    const set = running.sets.find((each) => each.type === type)
    if (set === undefined && after[name].count === 0) continue
    const most = Math.max(CHANGES_LEAST, (set?.keys.count ?? 0) * CHANGES_SHARE)
    const changed = set === undefined ? undefined : keyChanges(set.keys, after[name], most)
    if (set === undefined || changed === undefined) return undefined
    if (changed.removed.count > 0) changes.push({ set, kind: 'remove', keys: changed.removed })
    if (changed.added.count > 0) changes.push({ set, kind: 'add', keys: changed.added })
    sets.push({ ...set, keys: after[name] })
  }
  return { list: { ...running, digest: digestOf(ranges), ranges, sets }, changes }
}
