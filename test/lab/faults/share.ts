import type { Scenario } from './scenario.ts'

/** One part of so many; as many runs with seeds that follow each other make all of it. */
const PARTS = 3

/** The part of some scenarios that belongs to a seed. Every family of faults is in each part. */
export function shareOf(scenarios: readonly Scenario[], seed: number): Scenario[] {
  const count = Math.ceil(scenarios.length / PARTS)
  const first = seed % PARTS
  const share = Array.from({ length: count }, (_, turn) => scenarios[(first + turn * PARTS) % scenarios.length])
  const there = new Set(share.map(familyOf))
  const missing = Map.groupBy(
    scenarios.filter((scenario) => !there.has(familyOf(scenario))),
    familyOf,
  )
  return [...share, ...[...missing.values()].map((family) => family[Math.floor(seed / PARTS) % family.length])]
}

/** The first word of the kind that is expected: tcp, dns, tls ... */
function familyOf({ expects }: Scenario): string {
  const [kind = 'clean'] = 'client' in expects ? expects.client : expects
  return kind.split('-')[0]
}
