import { refusalOfNft, type SetKeys } from '#net'
import { prefixKey } from '#rules'
import { type AddressRanges, IPV6_WORDS } from '#wire'
import type { ListForm, SetPlan } from './list-form.ts'
import { countPrefixes, PREFIX_FAMILIES, type PrefixCounts, prefixKeys } from './prefix-keys.ts'

const VERSIONS = ['ipv4', 'ipv6'] as const

/** Elements that can be added before larger sets have to be made. */
const SPARE_ELEMENTS = 1024
const SPARE_SHARE = 0.25
/** Of the elements so many more are worth a look-up less for each packet. */
const SPLIT_SHARE = 1 / 8
/** An interval is two elements of its set. */
const ELEMENTS_A_RANGE = 2

/**
 * Large lists: a set for each length of prefix, looked up by hash. A million are filled five times as fast as intervals, and
 * one changes at once, however many there are; a packet pays a look-up for each length.
 */
export const PREFIX_FORM: ListForm = {
  name: 'prefixes',
  suffix: ({ version, contents }) =>
    contents.kind === 'prefixes' ? `${version}-${PREFIX_FAMILIES[version].bits - contents.hostBits}` : version,
  declaration: ({ version, contents }) =>
    `typeof ${prefixKey(version)};${contents.kind === 'prefixes' ? ` size ${contents.room};` : ''}`,
  plan(ranges) {
    const sets = VERSIONS.flatMap((version): SetPlan[] => {
      if (ranges[version].length === 0) return []
      const counts = countPrefixes(PREFIX_FAMILIES[version], ranges[version])
      return withoutRare(counts).map(([hostBits, count]) => {
        const room = count + Math.max(SPARE_ELEMENTS, Math.ceil(count * SPARE_SHARE))
        return { version, contents: { kind: 'prefixes', hostBits, room }, count }
      })
    })
    const elements = sets.reduce((sum, { count }) => sum + count, 0)
    return elements <= rangeCount(ranges) * ELEMENTS_A_RANGE && isKnownToNft() ? sets : undefined
  },
  keys(sets, ranges, most) {
    const found = new Map<(typeof sets)[number], SetKeys>()
    for (const version of VERSIONS) {
      if (ranges[version].length === 0) continue
      const sizes = new Map(
        sets.flatMap((set) =>
          set.version === version && set.contents.kind === 'prefixes' ? [[set.contents.hostBits, set]] : [],
        ),
      )
      const keys = prefixKeys(PREFIX_FAMILIES[version], ranges[version], [...sizes.keys()], most)
      if (keys === undefined) return undefined
      for (const [hostBits, set] of sizes) {
        const its = keys.get(hostBits)
        if (its !== undefined) found.set(set, its)
      }
    }
    return found
  },
}

/** Ranges as they were given; those that touch each other are not joined. */
function rangeCount({ ipv4, ipv6 }: AddressRanges): number {
  return ipv4.length / 2 + ipv6.length / (2 * IPV6_WORDS)
}

/**
 * The sizes of prefixes to make sets of, and how many there are of each. Of a size that few have, the next smaller one is
 * used instead, several for one; single addresses have a set in any case, so that whatever comes later finds its place.
 */
function withoutRare(counts: PrefixCounts): readonly (readonly [hostBits: number, count: number])[] {
  const sizes = counts.flatMap((count, hostBits) => (count > 0 || hostBits === 0 ? [hostBits] : [])).reverse()
  const kept: [hostBits: number, count: number][] = []
  let spare = counts.reduce((sum, count) => sum + count, 0) * SPLIT_SHARE
  let fromLarger = 0
  for (const [index, hostBits] of sizes.entries()) {
    const count = counts[hostBits] + fromLarger
    const parts = index + 1 < sizes.length ? 2 ** (hostBits - sizes[index + 1]) : Number.POSITIVE_INFINITY
    const more = count * (parts - 1)
    if (more <= spare) {
      spare -= more
      fromLarger = count * parts
    } else {
      kept.push([hostBits, count])
      fromLarger = 0
    }
  }
  return kept
}

let isKnown: boolean | undefined

/** Before nftables 1.0.3, `nft` does not know sets of such a type. */
function isKnownToNft(): boolean {
  isKnown ??=
    refusalOfNft(`table inet tidegate-probe {\n set probe { typeof ${prefixKey('ipv4')}; size 1;\n }\n}`) === undefined
  return isKnown
}
