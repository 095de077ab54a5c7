import type { RowSet } from './row-set.ts'
import { COLUMNS } from './columns.ts'
import { type Condition, fulfils, type ValueRange } from './condition.ts'

const WIDTH = COLUMNS.length
/** A rule that needs more changes than this is about something else. */
const CHANGES_MOST = 2
const VALUES_MOST = 12
const CONDITIONS_LEAST = 1

/**
 * The conditions of a rule changed as little as is needed to match rows that it missed: ranges become wider, lists longer, and
 * what cannot be kept is left out, as is what had to be widened before: its values wander. Undefined when it would be another rule.
 */
export function widenConditions(
  conditions: readonly Condition[],
  missed: RowSet,
  widenedBefore: ReadonlySet<number>,
): readonly Condition[] | undefined {
  let changes = 0
  const widened: Condition[] = []
  for (const condition of conditions) {
    const strange = strangeValues(condition, missed)
    if (strange.length > 0) changes++
    const kept =
      strange.length === 0 ? condition : widenedBefore.has(condition.column) ? undefined : widen(condition, strange)
    if (kept !== undefined) widened.push(kept)
  }
  return changes === 0 || changes > CHANGES_MOST || widened.length < CONDITIONS_LEAST ? undefined : widened
}

/** Values of a column that do not fulfil a condition; sorted, each once. */
function strangeValues(condition: Condition, { rows, size }: RowSet): readonly number[] {
  const values = new Set<number>()
  for (let row = 0; row < size; row++) {
    const value = rows[row * WIDTH + condition.column]
    if (!fulfils(condition, value)) values.add(value)
  }
  return [...values].sort((left, right) => left - right)
}

function widen(condition: Condition, strange: readonly number[]): Condition | undefined {
  const { kind } = COLUMNS[condition.column]
  if (condition.isOutside || kind === 'flag' || strange[0] < 0) return undefined
  if (condition.ranges.length === 1 && kind === 'range') {
    const [[first, last]] = condition.ranges
    return { ...condition, ranges: [[Math.min(first, strange[0]), Math.max(last, strange[strange.length - 1])]] }
  }
  const ranges: ValueRange[] = [...condition.ranges, ...strange.map((value): ValueRange => [value, value])]
  return ranges.length > VALUES_MOST
    ? undefined
    : { ...condition, ranges: ranges.sort(([left], [right]) => left - right) }
}
