import { isDeepStrictEqual } from 'node:util'
import type { ListData } from '#decide'
import { TidegateError } from '#kernel'
import type { BpfMap } from '#net'
import type { AddressListMaps, BpfListMaps } from '#rules'
import { type IpRange, IPV6_WORDS } from '#wire'
import { EditableRanges } from '../program/editable-ranges.ts'
import { EntryBuffer } from '../program/entry-buffer.ts'
import { type RangeDifference, rangeDifference } from '../program/list-difference.ts'
import { addKeys, type AddressList, FAMILIES, keptAsPart } from '../program/list-maps.ts'
import type { MapRegistry } from './map-registry.ts'

/** More entries than this are put into new maps, which are filled faster. */
const IN_PLACE_WORDS = 40_000

/** The named lists of the program that runs: what they hold, and the maps that hold it. */
export class ListKeeper {
  readonly #names: BpfListMaps
  readonly #maps: ReadonlyMap<string, BpfMap>
  readonly #lists: Map<string, ListData>
  readonly #edited = new Set<string>()
  readonly #torn = new Set<string>()
  readonly #editable = new Map<string, Readonly<Record<'ipv4' | 'ipv6', EditableRanges>>>()

  constructor(lists: readonly ListData[], names: BpfListMaps, maps: ReadonlyMap<string, BpfMap>) {
    this.#names = names
    this.#maps = maps
    this.#lists = new Map(lists.map((list) => [list.name, list]))
  }

  /** What the lists hold now. */
  get lists(): readonly ListData[] {
    return [...this.#lists.values()]
  }

  /**
   * Changes the entries of the maps so that the lists hold what these do: first what comes, then what goes, so that no
   * address that is in both is missed in between. False when that cannot be done while the program runs; then, too, entries
   * may have been added.
   *
   * @throws TidegateError ERR_BPF_FAILED
   */
  change(lists: readonly ListData[]): boolean {
    // Maps that hold a part of what came are not to be changed further.
    if (lists.length !== this.#lists.size || this.#torn.size > 0) return false
    const changed: AddressList[] = []
    for (const list of lists) {
      const before = this.#lists.get(list.name)
      if (before?.type !== list.type) return false
      if (!this.#names.has(list.name)) this.#lists.set(list.name, list)
      else if (list.type === 'IP') changed.push(list)
      else if (!isDeepStrictEqual(before, list)) return false
    }
    return changed.every((list) => this.#changeAddresses(list))
  }

  /**
   * Adds entries to a list of addresses, then takes others away, in the maps as well; false when these have no room for them.
   *
   * @throws TidegateError ERR_NOT_FOUND when there is no such list; ERR_BPF_FAILED
   */
  edit(name: string, add: readonly IpRange[], remove: readonly IpRange[]): boolean {
    const list = this.#lists.get(name)
    if (list?.type !== 'IP') {
      throw new TidegateError('ERR_NOT_FOUND', `there is no list of addresses named ${name}`, {
        source: 'configuration',
      })
    }
    const editable = this.#editable.get(name) ?? {
      ipv4: new EditableRanges('ipv4', list.ranges.ipv4),
      ipv6: new EditableRanges('ipv6', list.ranges.ipv6),
    }
    this.#editable.set(name, editable)
    const differences: Differences = { ipv4: [], ipv6: [] }
    for (const range of add) differences[familyOf(range)].push(editable[familyOf(range)].edit(range, true))
    for (const range of remove) differences[familyOf(range)].push(editable[familyOf(range)].edit(range, false))
    const { bounds: ipv4 } = editable.ipv4
    const { bounds: ipv6 } = editable.ipv6
    const count = ipv4.length / 2 + ipv6.length / (2 * IPV6_WORDS)
    const isDone = this.#changeMaps(name, differences)
    this.#lists.set(name, { ...list, ranges: { count, ipv4, ipv6 } })
    return isDone
  }

  /** Tells under which words a program that holds the same takes over maps whose entries were changed. */
  settle(registry: MapRegistry): void {
    for (const name of [...this.#edited, ...this.#torn]) {
      const list = this.#lists.get(name)
      if (list?.type !== 'IP') continue
      for (const { family } of FAMILIES) {
        const { addresses, prefixes } = this.#partOf(name, family)
        for (const [kind, map] of [['addresses', addresses] as const, ['prefixes', prefixes] as const]) {
          if (map !== undefined) registry.keepAs(map, this.#torn.has(name) ? undefined : keptAsPart(list, family, kind))
        }
      }
    }
    this.#edited.clear()
  }

  #partOf(list: string, family: 'ipv4' | 'ipv6'): Part {
    return { addresses: this.#mapOf(list, `${family}Addresses`), prefixes: this.#mapOf(list, `${family}Prefixes`) }
  }

  #mapOf(list: string, part: keyof AddressListMaps): BpfMap | undefined {
    const names = this.#names.get(list)
    const name = names === undefined || 'integers' in names ? undefined : names[part]
    return name === undefined ? undefined : this.#maps.get(name)
  }

  #changeAddresses(after: AddressList): boolean {
    const before = this.#lists.get(after.name)
    if (before?.type !== 'IP') return false
    const ipv4 = rangeDifference(before.ranges.ipv4, after.ranges.ipv4, 1)
    const ipv6 = rangeDifference(before.ranges.ipv6, after.ranges.ipv6, IPV6_WORDS)
    if (wordsOf(ipv4) + wordsOf(ipv6) > IN_PLACE_WORDS) return false
    if (!this.#changeMaps(after.name, { ipv4: [ipv4], ipv6: [ipv6] })) return false
    this.#editable.delete(after.name)
    this.#lists.set(after.name, after)
    return true
  }

  /** False when a map is full. */
  #changeMaps(name: string, differences: Differences): boolean {
    if (!this.#names.has(name)) return true
    this.#edited.add(name)
    try {
      for (const family of FAMILIES) {
        const [removed, added] = [emptyCut(family), emptyCut(family)]
        for (const difference of differences[family.family]) {
          family.split(difference.removed, removed.addresses, removed.prefixes)
          family.split(difference.added, added.addresses, added.prefixes)
        }
        changePart(this.#partOf(name, family.family), removed, added)
      }
      return true
    } catch (error) {
      this.#torn.add(name)
      if (isFull(error)) return false
      throw error
    }
  }
}

/** What changes in the ranges of a list, one change after the other. */
type Differences = Readonly<Record<'ipv4' | 'ipv6', RangeDifference[]>>

function wordsOf({ removed, added }: RangeDifference): number {
  return removed.length + added.length
}

function familyOf({ first }: IpRange): 'ipv4' | 'ipv6' {
  return typeof first === 'number' ? 'ipv4' : 'ipv6'
}

/** Keys of single addresses and of prefixes. */
interface Cut {
  readonly addresses: EntryBuffer
  readonly prefixes: EntryBuffer
}

function emptyCut({ addressBytes }: (typeof FAMILIES)[number]): Cut {
  return { addresses: new EntryBuffer(addressBytes), prefixes: new EntryBuffer(addressBytes + 4) }
}

/** The maps of one family of a list. */
interface Part {
  readonly addresses: BpfMap | undefined
  readonly prefixes: BpfMap | undefined
}

function changePart({ addresses, prefixes }: Part, removed: Cut, added: Cut): void {
  if (prefixes === undefined) return
  if (addresses === undefined) for (const cut of [removed, added]) appendAsPrefixes(cut)
  const single = netChange(removed.addresses, added.addresses)
  const wide = netChange(removed.prefixes, added.prefixes)
  if (addresses !== undefined) addKeys(addresses, single.added)
  addKeys(prefixes, wide.added)
  for (const key of wide.removed) prefixes.delete(key)
  if (addresses === undefined) return
  for (const key of single.removed) {
    addresses.delete(key)
    // An address that came while there was no map of addresses stands among the prefixes.
    prefixes.delete(asPrefix(key))
  }
}

function appendAsPrefixes({ addresses, prefixes }: Cut): void {
  for (const key of keysOf(addresses)) {
    const at = prefixes.add()
    asPrefix(key).copy(prefixes.bytes, at)
  }
}

function asPrefix(address: Buffer): Buffer {
  const key = Buffer.alloc(address.length + 4)
  key.writeUInt32LE(address.length * 8)
  address.copy(key, 4)
  return key
}

function keysOf({ bytes, count, keyBytes }: EntryBuffer): Buffer[] {
  return Array.from({ length: count }, (_, index) => bytes.subarray(index * keyBytes, (index + 1) * keyBytes))
}

/** What is left to do after changes of which some take back what others did. */
function netChange(
  removed: EntryBuffer,
  added: EntryBuffer,
): { readonly removed: Buffer[]; readonly added: EntryBuffer } {
  const counts = new Map<string, number>()
  for (const [keys, sign] of [[removed, -1] as const, [added, 1] as const]) {
    for (const key of keysOf(keys)) {
      const text = key.toString('latin1')
      counts.set(text, (counts.get(text) ?? 0) + sign)
    }
  }
  const net = { removed: [] as Buffer[], added: new EntryBuffer(added.keyBytes) }
  for (const [text, count] of counts) {
    if (count < 0) net.removed.push(Buffer.from(text, 'latin1'))
    if (count <= 0) continue
    const at = net.added.add()
    net.added.bytes.write(text, at, 'latin1')
  }
  return net
}

const FULL: ReadonlySet<unknown> = new Set(['E2BIG', 'ENOSPC'])

function isFull(error: unknown): boolean {
  if (!(error instanceof TidegateError) || typeof error.cause !== 'object' || error.cause === null) return false
  return 'name' in error.cause && FULL.has(error.cause.name)
}
