import { kindOfFields } from './field-use.ts'
import type { Sample } from './population/population.ts'
import type { CompareKind } from './report.ts'

/** Rows that are looked at to find out what they are. */
const KIND_ROWS = 500

/** What most of some rows are. */
export function kindOfRows(rows: Sample['rows']): CompareKind {
  const step = Math.max(1, Math.floor(rows.length / KIND_ROWS))
  const chosen = rows.filter((_, row) => row % step === 0)
  return kindOfFields(chosen.map(({ facts }) => Object.keys(facts).filter((name) => facts[name] !== undefined)))
}
