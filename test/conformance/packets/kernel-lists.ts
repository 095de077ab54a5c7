import { BpfMap } from '#net'
import type { BpfListMaps, NamedLists } from '#rules'
import { buildLists } from '#decide'
import { type AddressRanges, packRanges, parseCidr } from '#wire'
import { ADDRESS_LIST, INTEGER_LIST } from './packet-expression.ts'

/** The named lists of the expressions, as each target has them. */
export interface KernelLists {
  readonly types: ReadonlyMap<string, 'IP' | 'Int'>
  readonly named: NamedLists
  readonly addresses: AddressRanges
  readonly bpf: BpfListMaps
  readonly maps: ReadonlyMap<string, BpfMap>
}

const VALUE = Buffer.alloc(4)

/** Makes the lists; the maps need root. */
export function kernelLists(): KernelLists {
  const addresses = packRanges(ADDRESS_LIST.map((text) => parseCidr(text)!))
  const map = (name: string, keyBytes: number, kind: 'hash' | 'prefixTrie'): BpfMap =>
    BpfMap.create({ name, kind, keyBytes, valueBytes: 4, entries: 100 })
  const maps = {
    'ipv4-addresses': map('ipv4-addresses', 4, 'hash'),
    'ipv4-prefixes': map('ipv4-prefixes', 8, 'prefixTrie'),
    'ipv6-addresses': map('ipv6-addresses', 16, 'hash'),
    'ipv6-prefixes': map('ipv6-prefixes', 20, 'prefixTrie'),
    integers: map('integers', 8, 'hash'),
  }
  for (const text of ADDRESS_LIST) {
    const isPrefix = text.includes('/')
    const key = keyOf(text)
    const family = text.includes(':') ? 'ipv6' : 'ipv4'
    maps[`${family}-${isPrefix ? 'prefixes' : 'addresses'}`].update(isPrefix ? key : key.subarray(4), VALUE)
  }
  for (const value of INTEGER_LIST) {
    const key = Buffer.alloc(8)
    key.writeUInt32LE(value)
    maps.integers.update(key, VALUE)
  }
  return {
    types: new Map([
      ['addresses', 'IP'],
      ['integers', 'Int'],
    ]),
    named: buildLists([
      { name: 'addresses', type: 'IP', ranges: addresses },
      { name: 'integers', type: 'Int', values: INTEGER_LIST },
    ]),
    addresses,
    bpf: new Map<string, ReturnType<BpfListMaps['get']> & object>([
      [
        'addresses',
        {
          ipv4Addresses: 'ipv4-addresses',
          ipv4Prefixes: 'ipv4-prefixes',
          ipv6Addresses: 'ipv6-addresses',
          ipv6Prefixes: 'ipv6-prefixes',
        },
      ],
      ['integers', { integers: 'integers' }],
    ]),
    maps: new Map(Object.entries(maps)),
  }
}

/** The length in bits, then the address in network order. */
function keyOf(text: string): Buffer {
  const { first } = parseCidr(text)!
  const bytes =
    typeof first === 'number'
      ? Buffer.from(first.toString(16).padStart(8, '0'), 'hex')
      : Buffer.from(first.toString(16).padStart(32, '0'), 'hex')
  const length = Buffer.alloc(4)
  length.writeUInt32LE(Number(text.split('/')[1] ?? bytes.length * 8))
  return Buffer.concat([length, bytes])
}
