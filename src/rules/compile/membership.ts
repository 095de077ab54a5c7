import type { FieldType } from '#fields'
import type { IpAddress } from '#wire'
import type { Member, MembershipNode } from '../expression.ts'

type Test = (value: string | number | bigint | undefined) => boolean

interface Range<Bound extends number | bigint> {
  readonly first: Bound
  readonly last: Bound
}

/** A test for `in { ... }`; absent values are in no set. */
export function membershipTest(node: MembershipNode): Test {
  if (node.operand.type === 'IP') return addressTest(node.members)
  const values = new Set<string | number | bigint | undefined>(
    node.members.flatMap((member) => (member.kind === 'Value' ? [member.value] : [])),
  )
  const ranges = node.members.flatMap((member) =>
    member.kind === 'IntRange' ? [{ first: member.first, last: member.last }] : [],
  )
  if (ranges.length === 0) return (value) => values.has(value)
  const inRanges = rangeTest(ranges)
  return (value) => values.has(value) || (typeof value === 'number' && inRanges(value))
}

/** The values of a set that has nothing else, when they are few enough to be compared one by one; undefined otherwise. */
export function fewValues(
  members: readonly Member[],
  type: FieldType,
): readonly (string | number | IpAddress)[] | undefined {
  if (members.length > 3 || type === 'Bool') return undefined
  const values = members.flatMap((member) => (member.kind === 'Value' ? [member.value] : []))
  return values.length === members.length ? values : undefined
}

function addressTest(members: readonly Member[]): Test {
  const ipv4: Range<number>[] = []
  const ipv6: Range<bigint>[] = []
  for (const member of members) {
    if (member.kind === 'IntRange') continue
    const first = member.kind === 'Value' ? member.value : member.range.first
    const last = member.kind === 'Value' ? member.value : member.range.last
    if (typeof first === 'number' && typeof last === 'number') ipv4.push({ first, last })
    else if (typeof first === 'bigint' && typeof last === 'bigint') ipv6.push({ first, last })
  }
  const inIpv4 = rangeTest(ipv4)
  const inIpv6 = rangeTest(ipv6)
  return (value) => (typeof value === 'number' ? inIpv4(value) : typeof value === 'bigint' && inIpv6(value))
}

/** A test whether a number lies in one of the ranges: one comparison chain when they are few, binary search otherwise. */
function rangeTest<Bound extends number | bigint>(ranges: readonly Range<Bound>[]): (value: Bound) => boolean {
  const merged = mergeRanges(ranges)
  const firsts = merged.map((range) => range.first)
  const lasts = merged.map((range) => range.last)
  if (merged.length === 0) return () => false
  if (merged.length === 1) return (value) => value >= firsts[0] && value <= lasts[0]
  return (value) => {
    let low = 0
    let high = firsts.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if (firsts[middle] <= value) low = middle + 1
      else high = middle
    }
    return low > 0 && value <= lasts[low - 1]
  }
}

function mergeRanges<Bound extends number | bigint>(ranges: readonly Range<Bound>[]): readonly Range<Bound>[] {
  const sorted = [...ranges].sort((a, b) => (a.first < b.first ? -1 : a.first > b.first ? 1 : 0))
  const merged: { first: Bound; last: Bound }[] = []
  for (const { first, last } of sorted) {
    const previous = merged.at(-1)
    if (previous !== undefined && first <= previous.last) {
      if (last > previous.last) previous.last = last
    } else {
      merged.push({ first, last })
    }
  }
  return merged
}
