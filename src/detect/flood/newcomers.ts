import { COLUMNS } from './columns.ts'
import { type Condition, fulfils, type ValueRange } from './condition.ts'
import { conversingOf, SOURCE, SOURCES_MOST } from './familiar-sources.ts'
import type { SampleRows } from './sample-ring.ts'

const WIDTH = COLUMNS.length
const SECOND_MS = 1000

/**
 * Who is hit by a rule against a flood and is no part of it: sources that go on with a conversation among strays, as a caller
 * does who came after the flood. Those who send least come first, and together they send at most `rateMost` packets a second:
 * more would be another flood.
 */
export function newcomersAmong(
  dropped: SampleRows,
  familiar: readonly number[] | undefined,
  rateMost: number,
): readonly number[] {
  const conversing = conversingOf(dropped, familiar)
  const packets = new Map<number, number>()
  for (let row = 0; row < dropped.size; row++) {
    const source = dropped.rows[row * WIDTH + SOURCE]
    if (conversing[row] === 1) packets.set(source, (packets.get(source) ?? 0) + dropped.weight)
  }
  const newcomers: number[] = []
  const durationMs = Math.max(1, dropped.lastMs - dropped.firstMs)
  let left = (rateMost * durationMs) / SECOND_MS
  for (const [source, count] of [...packets].sort(([, one], [, other]) => one - other)) {
    left -= count
    if (left < 0) break
    newcomers.push(source)
  }
  return newcomers
}

/** The conditions of a rule that spares more sources; undefined when there are none, or too many, or it is about sources. */
export function sparing(
  conditions: readonly Condition[],
  sources: readonly number[],
): readonly Condition[] | undefined {
  const known = conditions.find(({ column }) => column === SOURCE)
  if (known?.isOutside === false) return undefined
  const added = sources
    .filter((source) => known === undefined || fulfils(known, source))
    .map((source): ValueRange => [source, source])
  const ranges = [...(known?.ranges ?? []), ...added].sort(([left], [right]) => left - right)
  if (added.length === 0 || ranges.length > SOURCES_MOST) return undefined
  return [...conditions.filter((condition) => condition !== known), { column: SOURCE, ranges, isOutside: true }]
}
