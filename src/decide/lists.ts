import { TidegateError } from '#kernel'
import type { NamedList, NamedLists } from '#rules'
import type { IpAddress } from '#wire'
import { AddressSet } from './address-set.ts'
import type { ListData } from './policy.ts'

/** The list that rules look into, from its plain data. An index over a million prefixes takes some 20 ms. */
export function buildList(data: ListData): NamedList {
  switch (data.type) {
    case 'IP': {
      const addresses = new AddressSet(data.ranges)
      return { name: data.name, type: 'IP', has: (value) => typeof value !== 'string' && addresses.has(value) }
    }
    case 'String':
      return scalarList(data.name, 'String', data.values)
    case 'Int':
      return scalarList(data.name, 'Int', data.values)
  }
}

function scalarList(name: string, type: 'String' | 'Int', values: readonly (string | number)[]): NamedList {
  const members: ReadonlySet<string | number | IpAddress> = new Set(values)
  return { name, type, has: (value) => members.has(value) }
}

/** All lists of a policy by name. Throws ERR_LIST_INVALID when two carry one name. */
export function buildLists(lists: readonly ListData[]): NamedLists {
  const byName = new Map<string, NamedList>()
  for (const data of lists) {
    if (byName.has(data.name)) {
      throw new TidegateError('ERR_LIST_INVALID', `two lists are called "${data.name}"`, {
        source: 'configuration',
        remedy: 'Rename one of them, or merge their entries.',
      })
    }
    byName.set(data.name, buildList(data))
  }
  return byName
}
