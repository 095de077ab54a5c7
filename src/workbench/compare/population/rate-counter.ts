import type { FieldValue, Reader, Readers } from '#fields'
import type { RateCounts, RateQuestion } from './population.ts'

const MICROS = 1_000_000
/** Keys that are counted; when there are more, the answer would need more memory than it is worth. */
const KEYS_LIMIT = 2_000_000

interface Counting<Context> {
  readonly question: RateQuestion
  readonly readers: readonly Reader<Context>[]
  readonly counts: Map<string, number>
}

/** Counts rows by key and period. */
export class RateCounter<Context> {
  readonly #countings: readonly Counting<Context>[]
  #isFull = false
  #hasTimes = false

  constructor(questions: readonly RateQuestion[], { read }: Readers<Context>) {
    this.#countings = questions.map((question) => ({
      question,
      readers: question.key.map((field) => read[field]),
      counts: new Map(),
    }))
  }

  /** A row without time, or without a part of the key, has no rate. */
  add(row: Context, timeMicros: number | undefined): void {
    if (timeMicros === undefined || this.#isFull) return
    this.#hasTimes = true
    for (const { question, readers, counts } of this.#countings) {
      const parts = readers.map((read) => read(row))
      if (parts.includes(undefined)) continue
      const period = Math.floor(timeMicros / (question.periodSeconds * MICROS))
      const key = `${period}|${parts.map(partText).join('|')}`
      counts.set(key, (counts.get(key) ?? 0) + 1)
      if (counts.size > KEYS_LIMIT) this.#isFull = true
    }
  }

  /** Undefined when rows had no time, or were of too many keys. */
  answer(): readonly RateCounts[] | undefined {
    if (!this.#hasTimes || this.#isFull) return undefined
    return this.#countings.map(({ question, counts }) => ({ question, keysBySize: sizesOf(counts) }))
  }
}

function partText(value: FieldValue | undefined): string {
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}

function sizesOf(counts: ReadonlyMap<string, number>): Map<number, number> {
  const keysBySize = new Map<number, number>()
  for (const size of counts.values()) keysBySize.set(size, (keysBySize.get(size) ?? 0) + 1)
  return keysBySize
}
