import type { Expression } from '#rules'
import { chooseRows } from './choose-rows.ts'
import { FACT_READERS } from './fact-readers.ts'
import type { FactRow } from './fact-row.ts'
import { MaskCounter } from './mask-counter.ts'
import type { Population, RateCounts, RateQuestion, Sample, Tally } from './population.ts'
import { RateCounter } from './rate-counter.ts'

/** Rows that are all in memory. */
export class MemoryPopulation implements Population {
  readonly #rows: readonly FactRow[]
  readonly #notes: readonly string[]

  constructor(rows: readonly FactRow[], notes: readonly string[] = []) {
    this.#rows = rows
    this.#notes = notes
  }

  async sample(limit: number, seed: number): Promise<Sample> {
    const rows = this.#rows
    return { rows: chooseRows(rows.length, limit, seed).map((row) => rows[row]), total: rows.length }
  }

  canDecide(): boolean {
    return true
  }

  async tally(conditions: readonly Expression[]): Promise<Tally> {
    const counter = new MaskCounter<FactRow>(conditions, FACT_READERS)
    for (const row of this.#rows) counter.add(row)
    return counter.tally()
  }

  async rates(questions: readonly RateQuestion[]): Promise<readonly RateCounts[] | undefined> {
    const counter = new RateCounter<FactRow>(questions, FACT_READERS)
    for (const row of this.#rows) counter.add(row, row.timeMicros)
    return counter.answer()
  }

  notes(): readonly string[] {
    return this.#notes
  }
}
