import type { ListForm, SetPlan } from './list-form.ts'
import { listKeys } from './set-keys.ts'

const VERSIONS = ['ipv4', 'ipv6'] as const
const TYPES = { ipv4: 'ipv4_addr', ipv6: 'ipv6_addr' } as const

/**
 * Small lists: one set for each version of IP, in which one look-up finds an address, and which people can read. The kernel
 * takes longer for each element the more there are; newer ones put all of them in order anew for each change.
 */
export const INTERVAL_FORM: ListForm = {
  name: 'intervals',
  suffix: ({ version }) => version,
  declaration: ({ version, contents }) =>
    `type ${TYPES[version]};${contents.kind === 'intervals' ? ' flags interval;' : ''}`,
  plan(ranges) {
    const keys = listKeys(ranges)
    return VERSIONS.filter((version) => keys[version].count > 0).map((version): SetPlan => {
      const { count, lasts } = keys[version]
      return { version, contents: { kind: lasts === undefined ? 'addresses' : 'intervals' }, count }
    })
  },
  keys(sets, ranges, most) {
    const keys = listKeys(ranges)
    if (keys.ipv4.count + keys.ipv6.count > most) return undefined
    const found = new Map(sets.map((set) => [set, keys[set.version]]))
    if (VERSIONS.some((version) => keys[version].count > 0 && !sets.some((set) => set.version === version))) {
      return undefined
    }
    for (const [set, its] of found) {
      if (set.contents.kind === 'intervals') found.set(set, { ...its, lasts: its.lasts ?? its.firsts })
      else if (its.lasts !== undefined) return undefined
    }
    return found
  },
}
