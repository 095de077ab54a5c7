import { FIELD_BY_NAME } from '#fields'
import { type Expression, fieldsOf } from '#rules'
import { EventLineReader } from './event-line.ts'
import { EventTally } from './event-tally.ts'
import { FACT_READERS, FACT_SOURCES } from './fact-readers.ts'
import type { FactRow } from './fact-row.ts'
import type { Population, RateCounts, RateQuestion, Sample, Tally } from './population.ts'
import { RateCounter } from './rate-counter.ts'
import { readLines } from './read-lines.ts'
import { Reservoir } from './reservoir.ts'
import { isWithin, type TimeWindow } from './time-window.ts'

/** Events of a file, one JSON object a line, packed or not. It is read anew for each question, so that its size does not matter. */
export class EventFile implements Population {
  readonly #path: string
  readonly #window: TimeWindow
  readonly #misfits = new Set<string>()
  /** Fields that rows of the last sample had. */
  readonly #recorded = new Set<string>()
  #strangers: readonly string[] = []
  #faultyLines = 0

  constructor(path: string, window: TimeWindow = {}) {
    this.#path = path
    this.#window = window
  }

  async sample(limit: number, seed: number): Promise<Sample> {
    const reservoir = new Reservoir<Buffer>(limit, seed)
    const times = this.#hasWindow() ? new EventLineReader([], true) : undefined
    await readLines(this.#path, (bytes, start, end) => {
      if (times !== undefined && !isWithin(this.#window, times.read(bytes, start, end)?.timeMicros)) return
      const place = reservoir.place()
      if (place >= 0) reservoir.items[place] = Buffer.from(bytes.subarray(start, end))
    })
    const reader = new EventLineReader(FIELD_BY_NAME.keys(), true)
    const rows: FactRow[] = []
    let faulty = 0
    for (const line of reservoir.items) {
      const row = reader.read(line, 0, line.length)
      if (row === undefined) faulty++
      else rows.push(row)
    }
    for (const { facts } of rows) for (const name in facts) this.#recorded.add(name)
    for (const name of reader.misfits()) this.#misfits.add(name)
    this.#strangers = reader.strangers()
    this.#faultyLines = faulty === 0 ? 0 : Math.round((faulty / reservoir.items.length) * reservoir.total)
    return { rows, total: reservoir.total - this.#faultyLines }
  }

  canDecide(): boolean {
    return true
  }

  async tally(conditions: readonly Expression[]): Promise<Tally> {
    const judged = conditions.map((expression) => ({
      expression,
      fields: this.#withSources([...fieldsOf(expression)]),
    }))
    const tally = new EventTally(judged, this.#hasWindow() ? this.#window : undefined)
    await readLines(this.#path, (bytes, start, end) => tally.add(bytes, start, end))
    return tally.tally()
  }

  async rates(questions: readonly RateQuestion[]): Promise<readonly RateCounts[] | undefined> {
    const counter = new RateCounter<FactRow>(questions, FACT_READERS)
    const fields = questions.flatMap(({ key }) => key)
    const reader = new EventLineReader(this.#withSources(fields), true)
    const hasWindow = this.#hasWindow()
    await readLines(this.#path, (bytes, start, end) => {
      const row = reader.read(bytes, start, end)
      if (row === undefined || (hasWindow && !isWithin(this.#window, row.timeMicros))) return
      counter.add(row, row.timeMicros)
    })
    return counter.answer()
  }

  notes(): readonly string[] {
    const misfits = [...this.#misfits].map((name) => `${this.#path}: values that do not fit ${name} were left out`)
    const strangers = this.#strangers.length === 0 ? [] : [`${this.#path}: ${strangersText(this.#strangers)}`]
    if (this.#faultyLines === 0) return [...misfits, ...strangers]
    return [...misfits, ...strangers, `${this.#path}: about ${this.#faultyLines} lines are no events and were left out`]
  }

  #hasWindow(): boolean {
    return this.#window.sinceMicros !== undefined || this.#window.untilMicros !== undefined
  }

  /** Fields with those that they are derived from where the file does not record them themselves. */
  #withSources(fields: readonly string[]): ReadonlySet<string> {
    const names = new Set(fields)
    // A set that grows while it is walked over is walked over to its end: sources have sources.
    for (const name of names) {
      if (!this.#recorded.has(name)) for (const source of FACT_SOURCES[name] ?? []) names.add(source)
    }
    return names
  }
}

/** Names that are listed. */
const LISTED = 8

function strangersText(names: readonly string[]): string {
  const rest = names.length > LISTED ? ` and ${names.length - LISTED} others` : ''
  return `no field is called ${names.slice(0, LISTED).join(', ')}${rest}: left out`
}
