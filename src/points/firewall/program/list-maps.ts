import { createHash } from 'node:crypto'
import type { ListData } from '#decide'
import { type BpfMap, type MapSpec, updateBatch } from '#net'
import type { AddressListMaps, BpfListMaps } from '#rules'
import { IPV6_WORDS } from '#wire'
import { EntryBuffer } from './entry-buffer.ts'
import type { PlannedMap } from './planned-map.ts'
import { splitIpv4, splitIpv6 } from './prefixes.ts'

/** The maps of named lists: their names for expressions, and what they hold. */
export interface ListMaps {
  readonly names: BpfListMaps
  readonly planned: readonly PlannedMap[]
}

export type AddressList = Extract<ListData, { type: 'IP' }>

/** Bytes of what stands behind a key: nothing that anybody reads. */
const LIST_VALUE_BYTES = 1
const NUMBER_BYTES = 8
/** Entries that can be added before a larger map has to be made. */
const SPARE_ENTRIES = 1024
const SPARE_SHARE = 0.25

/** What differs between the families: the maps of each, and how ranges are cut up for them. */
export const FAMILIES = [
  { family: 'ipv4', suffix: '4', addressBytes: 4, split: splitIpv4 },
  { family: 'ipv6', suffix: '6', addressBytes: 4 * IPV6_WORDS, split: splitIpv6 },
] as const

type Family = (typeof FAMILIES)[number]['family']

/**
 * Plans the maps of the lists that rules name. Single addresses stand in hash maps, which are some 2.5 times as fast as the
 * tries that prefixes need; a trie is always there, so that a prefix can come later.
 */
export function planListMaps(lists: readonly ListData[], wanted: ReadonlySet<string>): ListMaps {
  const names = new Map<string, AddressListMaps | { readonly integers: string }>()
  const planned: PlannedMap[] = []
  for (const [index, list] of lists.entries()) {
    if (!wanted.has(list.name)) continue
    if (list.type === 'IP') {
      const maps = planAddresses(list, `list${index}`)
      names.set(list.name, maps.names)
      planned.push(...maps.planned)
    } else if (list.type === 'Int') {
      names.set(list.name, { integers: `list${index}_n` })
      planned.push(planNumbers(list, `list${index}_n`))
    }
  }
  return { names, planned }
}

/** What a map with a part of a list is kept as: another program takes it over as long as the list stays as it is. */
export function keptAsPart(list: AddressList, family: Family, kind: 'addresses' | 'prefixes'): string {
  const digest = createHash('sha1').update(list.ranges[family]).digest('hex')
  return `${kind} ${family} ${list.name} ${digest}`
}

function planAddresses(
  list: AddressList,
  prefix: string,
): { readonly names: AddressListMaps; readonly planned: readonly PlannedMap[] } {
  const names: { -readonly [Name in keyof AddressListMaps]?: AddressListMaps[Name] } = {}
  const planned: PlannedMap[] = []
  for (const { family, suffix, addressBytes, split } of FAMILIES) {
    const addresses = new EntryBuffer(addressBytes)
    const prefixes = new EntryBuffer(addressBytes + 4)
    split(list.ranges[family], addresses, prefixes)
    if (addresses.count > 0) {
      names[`${family}Addresses`] = `${prefix}_a${suffix}`
      planned.push(plan(`${prefix}_a${suffix}`, 'hash', addresses, keptAsPart(list, family, 'addresses')))
    }
    names[`${family}Prefixes`] = `${prefix}_p${suffix}`
    planned.push(plan(`${prefix}_p${suffix}`, 'prefixTrie', prefixes, keptAsPart(list, family, 'prefixes')))
  }
  return { names, planned }
}

function planNumbers({ values }: Extract<ListData, { type: 'Int' }>, name: string): PlannedMap {
  const entries = new EntryBuffer(NUMBER_BYTES)
  for (const value of values) entries.bytes.writeBigInt64LE(BigInt(value), entries.add())
  return plan(name, 'hash', entries, undefined)
}

function plan(name: string, kind: MapSpec['kind'], keys: EntryBuffer, keptAs: string | undefined): PlannedMap {
  const { keyBytes, count } = keys
  const entries = count + Math.max(SPARE_ENTRIES, Math.ceil(count * SPARE_SHARE))
  const spec: MapSpec = { name, kind, keyBytes, valueBytes: LIST_VALUE_BYTES, entries, sparse: true }
  const fill = (map: BpfMap): void => addKeys(map, keys)
  return keptAs === undefined ? { spec, fill } : { spec, keptAs, fill }
}

/** Adds keys to the map of a list. @throws TidegateError ERR_BPF_FAILED */
export function addKeys(map: BpfMap, { bytes, count }: EntryBuffer): void {
  updateBatch(map, bytes, Buffer.alloc(count * LIST_VALUE_BYTES, 1), count)
}
