import { formatIp, type IpAddress } from '#wire'
import type { Dimension } from '../dimensions/dimension.ts'
import { isExcess } from '../search/significance.ts'
import { type Candidate, candidateOf, type Scales } from './candidate.ts'

interface Family {
  readonly bits: number
  /** Prefix lengths that are looked at. */
  readonly lengths: readonly number[]
  readonly networkOf: (address: IpAddress, length: number) => IpAddress | undefined
}

const FAMILIES: readonly Family[] = [
  {
    bits: 32,
    lengths: [8, 10, 12, 14, 16, 18, 20, 21, 22, 23, 24, 26, 28, 32],
    networkOf: (address, length) =>
      typeof address === 'number' ? Math.floor(address / 2 ** (32 - length)) * 2 ** (32 - length) : undefined,
  },
  {
    bits: 128,
    lengths: [20, 24, 28, 32, 36, 40, 44, 48, 56, 64, 128],
    networkOf: (address, length) =>
      typeof address === 'bigint' ? (address >> BigInt(128 - length)) << BigInt(128 - length) : undefined,
  },
]

/** Networks of one condition. More single addresses than `SINGLE` are a botnet: tomorrow it has others. */
const NETWORKS = 8
const SINGLE = 4
/** Share of the bad rows that one network, and one single address, must hold. */
const NETWORK_SHARE = 0.02
const SINGLE_SHARE = 0.1
const LIFT = 20
/** What comes from fewer addresses comes from these, not from their network. */
const LEAST_ADDRESSES = 3
const NETWORK_PRICE = 0.001
/** Of networks that hold the same rows the smallest hits the fewest bystanders. */
const WIDTH_PRICE = 0.004

interface Network {
  readonly first: IpAddress
  readonly bad: number
  readonly good: number
  /** Addresses in it that bad rows have. */
  readonly badAddresses: number
}

/** Networks from which bad rows come and hardly any good ones. */
export function addressCandidates(dimension: Dimension, scales: Scales): Candidate[] {
  return FAMILIES.flatMap((family) =>
    family.lengths.flatMap((length) => {
      const networks = networksOf(dimension, family, length)
      const isSingle = length === family.bits
      const least = scales.excess * (isSingle ? SINGLE_SHARE : NETWORK_SHARE)
      const chosen = networks
        .filter(({ badAddresses }) => isSingle || badAddresses >= LEAST_ADDRESSES)
        .filter(({ bad, good }) => bad >= least && isConcentrated(bad, good, scales, networks.length))
        .toSorted((a, b) => b.bad - a.bad)
        .slice(0, isSingle ? SINGLE : NETWORKS)
      if (chosen.length === 0) return []
      const sets = chosen.length === 1 ? [chosen] : [chosen, chosen.slice(0, 1)]
      return sets.map((set) => networkCandidate(dimension, family, length, set))
    }),
  )
}

function isConcentrated(bad: number, good: number, scales: Scales, tests: number): boolean {
  const lift = bad / Math.max(1, scales.bad) / ((good + 0.5) / (scales.good + 1))
  return lift >= LIFT && isExcess(bad, good, scales, tests)
}

function networksOf({ values, badCounts, goodCounts }: Dimension, { networkOf }: Family, length: number): Network[] {
  const networks = new Map<IpAddress, { -readonly [Key in keyof Network]: Network[Key] }>()
  for (let code = 1; code < values.length; code++) {
    const first = networkOf(values[code] as IpAddress, length)
    if (first === undefined) continue
    let network = networks.get(first)
    if (network === undefined) {
      network = { first, bad: 0, good: 0, badAddresses: 0 }
      networks.set(first, network)
    }
    network.bad += badCounts[code]
    network.good += goodCounts[code]
    if (badCounts[code] > 0) network.badAddresses++
  }
  return [...networks.values()]
}

function networkCandidate(
  dimension: Dimension,
  { bits, networkOf }: Family,
  length: number,
  networks: readonly Network[],
): Candidate {
  const firsts = new Set(networks.map(({ first }) => first))
  const written = [...firsts].toSorted((a, b) => (a < b ? -1 : 1)).map((first) => networkText(first, length, bits))
  const isMember = (code: number): boolean => {
    const network = code === 0 ? undefined : networkOf(dimension.values[code] as IpAddress, length)
    return network !== undefined && firsts.has(network)
  }
  const price = firsts.size * NETWORK_PRICE + (1 - length / bits) * WIDTH_PRICE
  return candidateOf(dimension, `${dimension.operand} in {${written.join(' ')}}`, isMember, price, firsts.size)
}

function networkText(first: IpAddress, length: number, bits: number): string {
  return length === bits ? formatIp(first) : `${formatIp(first)}/${length}`
}
