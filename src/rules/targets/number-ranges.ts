import type { ComparisonOperator, Member } from '../expression.ts'

/** Unsigned numbers from `first` to `last`, both included. */
export interface NumberRange {
  readonly first: number
  readonly last: number
}

/** For each order the ranges that hold what compares so with `value`; bounds may lie outside of what a field can hold. */
const ORDERS: Readonly<Partial<Record<ComparisonOperator, (value: number) => readonly NumberRange[]>>> = {
  eq: (value) => [{ first: value, last: value }],
  ne: (value) => [
    { first: 0, last: value - 1 },
    { first: value + 1, last: Infinity },
  ],
  lt: (value) => [{ first: 0, last: value - 1 }],
  le: (value) => [{ first: 0, last: value }],
  gt: (value) => [{ first: value + 1, last: Infinity }],
  ge: (value) => [{ first: value, last: Infinity }],
}

/** The numbers up to `limit` that compare with `value` so; undefined for an operator that is no order. */
export function rangesOfOrder(operator: ComparisonOperator, value: number, limit: number): NumberRange[] | undefined {
  const ranges = ORDERS[operator]?.(value)
  return ranges === undefined ? undefined : mergedRanges(ranges, limit)
}

/** The numbers up to `limit` that are in `{ ... }`. */
export function rangesOfMembers(members: readonly Member[], limit: number): NumberRange[] {
  const ranges = members.flatMap((member): NumberRange[] => {
    if (member.kind === 'IpRange') return []
    if (member.kind === 'IntRange') return [member]
    return [{ first: Number(member.value), last: Number(member.value) }]
  })
  return mergedRanges(ranges, limit)
}

/** The same numbers, as far as they are from 0 to `limit`, as ascending ranges that neither overlap nor touch. */
export function mergedRanges(ranges: readonly NumberRange[], limit: number): NumberRange[] {
  const sorted = ranges
    .map(({ first, last }) => ({ first: Math.max(0, first), last: Math.min(limit, last) }))
    .filter(({ first, last }) => first <= last)
    .sort((left, right) => left.first - right.first)
  const merged: NumberRange[] = []
  for (const range of sorted) {
    const previous = merged.at(-1)
    if (previous === undefined || range.first > previous.last + 1) merged.push(range)
    else if (range.last > previous.last) merged[merged.length - 1] = { first: previous.first, last: range.last }
  }
  return merged
}

/** The numbers up to `limit` that are in none of the ranges, which are merged. */
export function otherRanges(ranges: readonly NumberRange[], limit: number): NumberRange[] {
  const others: NumberRange[] = []
  let next = 0
  for (const { first, last } of ranges) {
    if (first > next) others.push({ first: next, last: first - 1 })
    next = last + 1
  }
  if (next <= limit) others.push({ first: next, last: limit })
  return others
}
