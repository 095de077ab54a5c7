import type { RedactionTable } from '#events'
import { FIELD_BY_NAME, type FieldType, type FieldValue } from '#fields'
import { fromUint128 } from '#wire'
import type { DatabaseFiles } from './database-files.ts'
import type { Engine } from './engine.ts'
import { estimateOf, type EstimateRow, sumEstimates } from './estimate.ts'
import { eventOf, type Row } from './event-row.ts'
import type { Estimate } from './plan.ts'
import type { ReplayAnswer, ReplayPlan } from './replay-plan.ts'
import { ReplaySql, type Statement } from './replay-sql.ts'
import { overlapping } from './source-sql.ts'

const DEFAULT_TIMEOUT_MS = 60_000
const SAMPLES = 20
/** Of more matched events than this, one in so many tells by whom they were. */
const GROUPED_ROWS = 200_000
const SAMPLING_INTERVAL = 1.96
/** A series has about as many buckets as a picture is wide. */
const BUCKETS = 60
const BUCKET_SECONDS: readonly number[] = [1, 5, 10, 30, 60, 300, 600, 1800, 3600, 10_800, 21_600, 86_400, 604_800]

const NOTHING: Estimate = { count: 0, error: 0, rows: 0 }

/** What a draft would have done to the events of the attached files. */
export async function replay(
  plan: ReplayPlan,
  engine: Engine,
  files: DatabaseFiles,
  redactions: RedactionTable,
): Promise<ReplayAnswer> {
  const found = overlapping(files.of(plan.kind), plan)
  const seconds = (plan.untilMicros - Math.max(plan.sinceMicros, firstMicros(found))) / 1e6
  const bucketSeconds = BUCKET_SECONDS.find((each) => seconds / each <= BUCKETS) ?? BUCKET_SECONDS.at(-1)!
  if (found.length === 0) return emptyAnswer(plan, bucketSeconds)
  const sql = new ReplaySql(plan, found, redactions)
  const deadlineMs = performance.now() + (plan.timeoutMs ?? DEFAULT_TIMEOUT_MS)
  const ask = ({ text, parameters }: Statement): Promise<Row[]> =>
    engine.ask(text, parameters, deadlineMs - performance.now())
  const bucketMicros = bucketSeconds * 1e6
  const sums = new Sums(await ask(sql.sums(bucketMicros)), plan)
  const [total] = await ask(sql.total())
  const [uncertain] = await ask(sql.uncertain())
  const isUncertain = Number(uncertain.entries) > 0
  const uncertainRows = isUncertain ? await ask(sql.uncertainRows()) : []
  const newestMicros = sums.changedSinceMicros(SAMPLES, bucketMicros)
  const samples = newestMicros === undefined ? [] : await ask(sql.samples(SAMPLES, newestMicros))
  const oneIn = Math.ceil(sums.reached.rows / GROUPED_ROWS)
  const grouped = Map.groupBy(plan.groupBy.length === 0 ? [] : await ask(sql.groups(oneIn)), ({ field }) =>
    Number(field),
  )
  const groups = plan.groupBy.map((field, at) => ({ field, values: valuesOf(grouped.get(at) ?? [], field, oneIn) }))
  return {
    changes: sums.changes(),
    rules: plan.rules.map((_, at) => sums.hits(at)),
    groups,
    series: sums.series(bucketMicros),
    bucketSeconds,
    notReached: sums.inState('before'),
    unknownVersion: sums.inState('unknown'),
    total: estimateOf(total),
    firstMicros: Math.max(plan.sinceMicros, firstMicros(found)),
    uncertain: estimateOf(uncertain),
    uncertainEvents: uncertainRows.map((row) => eventOf(row, plan.kind)),
    samples: samples.map((row) => ({
      ray: String(row.ray),
      timeMicros: Number(row.time),
      was: String(row.was),
      now: String(row.now),
    })),
  }
}

function firstMicros(files: readonly { readonly firstMicros?: number | undefined }[]): number {
  return Math.min(Infinity, ...files.map((file) => file.firstMicros ?? Infinity))
}

function emptyAnswer({ rules, groupBy, sinceMicros }: ReplayPlan, bucketSeconds: number): ReplayAnswer {
  return {
    changes: [],
    rules: rules.map(() => NOTHING),
    groups: groupBy.map((field) => ({ field, values: [] })),
    series: [],
    bucketSeconds,
    notReached: NOTHING,
    unknownVersion: NOTHING,
    total: NOTHING,
    firstMicros: sinceMicros,
    uncertain: NOTHING,
    uncertainEvents: [],
    samples: [],
  }
}

/** The rows of `ReplaySql.sums`, added up in several ways. */
class Sums {
  readonly #rows: readonly Row[]
  readonly #reached: readonly Row[]
  readonly #plan: ReplayPlan

  constructor(rows: readonly Row[], plan: ReplayPlan) {
    this.#rows = rows
    this.#reached = rows.filter(({ state }) => state === 'reached')
    this.#plan = plan
  }

  get reached(): Estimate {
    return sumEstimates(this.#reached)
  }

  changes(): ReplayAnswer['changes'] {
    return [...this.#by((row) => `${String(row.was)} ${String(row.now)} ${String(row.decider)}`).values()].map(
      (rows) => {
        const { was, now, decider } = rows[0]
        const rule = decider === null ? undefined : this.#plan.rules[Number(decider)]
        return {
          was: String(was),
          now: String(now),
          ...(rule !== undefined && { ruleId: rule.id }),
          ...sumEstimates(rows),
        }
      },
    )
  }

  hits(at: number): Estimate {
    return sumEstimates(this.#reached.filter((row) => row[`hit${at}`] === true))
  }

  series(bucketMicros: number): ReplayAnswer['series'] {
    return [...this.#by((row) => Number(row.bucket))]
      .map(([bucket, rows]) => ({ timeMicros: bucket * bucketMicros, ...sumEstimates(rows) }))
      .sort((one, other) => one.timeMicros - other.timeMicros)
  }

  /** Since when there are as many changes as that; undefined when there is none. */
  changedSinceMicros(rows: number, bucketMicros: number): number | undefined {
    const changed = this.#reached.filter(({ was, now }) => was !== now)
    const newestFirst = changed.sort((one, other) => Number(other.bucket) - Number(one.bucket))
    let found = 0
    for (const row of newestFirst) {
      found += Number(row.entries)
      if (found >= rows) return Number(row.bucket) * bucketMicros
    }
    const oldest = newestFirst.at(-1)
    return oldest === undefined ? undefined : Number(oldest.bucket) * bucketMicros
  }

  inState(state: string): Estimate {
    return sumEstimates(this.#rows.filter((row) => row.state === state))
  }

  #by<Key>(keyOf: (row: Row) => Key): Map<Key, Row[]> {
    return Map.groupBy(this.#reached, keyOf)
  }
}

/** The values of a field; where one event in so many was looked at, each stands for as many. */
function valuesOf(rows: readonly Row[], field: string, oneIn: number): ReplayAnswer['groups'][number]['values'] {
  const type = FIELD_BY_NAME.get(field)?.type ?? 'String'
  const sorted = [...rows].sort((one, other) => Number(other.estimate) - Number(one.estimate))
  return sorted.map((row) => {
    const { count, error, rows: entries } = estimateOf(row)
    const sampling = SAMPLING_INTERVAL * oneIn * Math.sqrt(oneIn > 1 ? entries : 0)
    return {
      value: valueOf(row.value, type),
      count: count * oneIn,
      error: Math.hypot(error * oneIn, sampling),
      rows: entries,
    }
  })
}

function valueOf(text: EstimateRow[string], type: FieldType): FieldValue | undefined {
  if (text === null) return undefined
  if (type === 'IP') return fromUint128(BigInt(String(text)))
  if (type === 'Int') return Number(text)
  return type === 'Bool' ? text === 'true' : String(text)
}
