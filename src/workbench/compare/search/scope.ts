import { commonPoints, type Condition } from './searchable.ts'
import type { Conjunction } from './beam.ts'
import { type BitRows, intersect, type RowTotals } from './bits.ts'

/** What many clients and packets share that have nothing to do with each other: alone it says too little about who is meant. */
const SHARED: readonly RegExp[] = [
  /^ip\.src\.(?:country|asnum)$/,
  /^http\.(?:user_agent|referer)$/,
  /^http\.request\.(?:version|body\.size|headers\[.*)$/,
  /^len\(http\./,
  /^(?:ip\.(?:len|ttl)|frame\.len|l4\.payload\.len|udp\.length|tcp\.window)$/,
]

/** Conditions that say what is asked for, the narrowest first. */
const PLACES: readonly RegExp[] = [
  /^http\.request\.uri\.path == /,
  /^starts_with\(http\.request\.uri\.path, /,
  /^http\.request\.uri\.path in /,
  /^http\.host == /,
  /^(?:udp|tcp)\.srcport == /,
  /^(?:udp|tcp)\.dstport == /,
  /^tcp\.flags == /,
  /^icmp\.type == /,
  /^ip\.proto == /,
]

/** Share of the bad rows that a scope may lose. */
const LOSS = 0.0005
/** A place that more of the good rows ask for is no scope. */
const GOOD_SHARE = 0.5

/**
 * A filter of one condition that only tests what many clients share, kept to what is attacked where all of the attack is
 * there: it hits as many bad rows, and spares clients elsewhere that the good rows have none of. Others stay as they are.
 */
export function scoped(conjunction: Conjunction, conditions: readonly Condition[], rows: BitRows): Conjunction {
  const [only] = conjunction.conditions
  if (conjunction.conditions.length > 1 || !isShared(only)) return conjunction
  const totals: RowTotals = { bad: 0, good: 0 }
  for (const place of PLACES) {
    const scopes = conditions.filter(({ candidate, points }) => {
      const { when, good } = candidate
      if (!place.test(when) || good > rows.rows.good * GOOD_SHARE) return false
      return commonPoints(points, conjunction.points).length > 0
    })
    // Of beginnings the longest is the narrowest.
    for (const scope of scopes.toSorted((a, b) => b.candidate.when.length - a.candidate.when.length)) {
      rows.countBoth(conjunction.bits, scope.bits, totals)
      if (totals.bad < conjunction.bad * (1 - LOSS)) continue
      return {
        ...conjunction,
        ...totals,
        conditions: [scope, only],
        bits: intersect(conjunction.bits, scope.bits),
        points: commonPoints(conjunction.points, scope.points),
      }
    }
  }
  return conjunction
}

function isShared({ candidate: { dimension } }: Condition): boolean {
  return SHARED.some((pattern) => pattern.test(dimension.operand))
}
