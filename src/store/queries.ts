import { type Event, RECORDED_KINDS, type RecordedKind, type RedactionTable } from '#events'
import { FIELD_BY_NAME, type FieldType } from '#fields'
import { TidegateError } from '#kernel'
import { ComparisonQueries } from './compare.ts'
import type { DatabaseFiles } from './database-files.ts'
import type { Engine } from './engine.ts'
import { estimateOf } from './estimate.ts'
import { eventOf, fieldValue, type Row, systemEventOf } from './event-row.ts'
import { fieldSql } from './field-sql.ts'
import { beforeCursor, newestSql, parseCursor, rayMicros, windowsBack } from './newest-sql.ts'
import type { Answers, CountPlan, Estimate, Plan, RayPlan, RowsPlan, SeriesPlan, SystemPlan, TopPlan } from './plan.ts'
import { replay } from './replay.ts'
import type { HitsPlan, VersionsPlan } from './replay-plan.ts'
import { conditionOf, kindsOf, type Selection } from './selection.ts'
import { bounded, overlapping, rangeSql, sourceSql } from './source-sql.ts'

const DEFAULT_TIMEOUT_MS = 10_000
const ROWS_LIMIT = 10_000
const VALUES_LIMIT = 10_000
const SPLIT_VALUES = 10
/** Most rows of a series: what a chart and a browser can take. */
const SERIES_LIMIT = 200_000

/** Answers plans from the attached files. */
export class Queries {
  readonly #engine: Engine
  readonly #files: DatabaseFiles
  readonly #redactions: RedactionTable
  readonly #comparison: ComparisonQueries

  constructor(engine: Engine, files: DatabaseFiles, redactions: RedactionTable) {
    this.#engine = engine
    this.#files = files
    this.#redactions = redactions
    this.#comparison = new ComparisonQueries(engine, files, redactions)
  }

  /** See `EventStore.query`. */
  answer(plan: Plan): Promise<Answers[Plan['plan']]> {
    switch (plan.plan) {
      case 'rows':
        return this.#rows(plan)
      case 'ray':
        return this.#ray(plan)
      case 'top':
        return this.#top(plan)
      case 'series':
        return this.#series(plan)
      case 'count':
        return this.#count(plan)
      case 'system':
        return this.#system(plan)
      case 'versions':
        return this.#versions(plan)
      case 'hits':
        return this.#hits(plan)
      case 'replay':
        return replay(plan, this.#engine, this.#files, this.#redactions)
      case 'sample':
        return this.#comparison.sample(plan)
      case 'tally':
        return this.#comparison.tally(plan)
      case 'rates':
        return this.#comparison.rates(plan)
    }
  }

  async #rows(plan: RowsPlan): Promise<Answers['rows']> {
    const limit = bounded(plan.limit, ROWS_LIMIT)
    const deadlineMs = performance.now() + (plan.timeoutMs ?? DEFAULT_TIMEOUT_MS)
    const after = plan.cursor === undefined ? undefined : parseCursor(plan.cursor)
    const conditions = kindsOf(plan).map((kind) => ({ kind, ...conditionOf(plan, kind, this.#redactions) }))
    const events: Event[] = []
    const until = Math.min(plan.untilMicros, after === undefined ? Infinity : after.timeMicros + 1)
    const files = conditions.flatMap(({ kind }) => this.#files.of(kind))
    for (const window of windowsBack(plan.sinceMicros, until, files)) {
      const found: Event[] = []
      for (const { kind, text, parameters } of conditions) {
        const ofKind = window.files.filter(({ name }) => name.kind === kind)
        if (ofKind.length === 0) continue
        const where = after === undefined ? text : `${text} AND ${beforeCursor(after)}`
        const sql = newestSql(ofKind, window, where, limit - events.length)
        const rows = await this.#engine.ask(sql, parameters, deadlineMs - performance.now())
        for (const row of rows) found.push(eventOf(row, kind))
      }
      events.push(...found.sort(byNewest).slice(0, limit - events.length))
      if (events.length === limit) break
    }
    const last = events.at(-1)
    return events.length < limit || last === undefined
      ? { events }
      : { events, cursor: `${last.timeMicros}.${last.ray}` }
  }

  /** A ray begins with the time at which it was made: looks there first, then everywhere. */
  async #ray(plan: RayPlan): Promise<Answers['ray']> {
    const madeMicros = rayMicros(plan.ray)
    const near = { sinceMicros: madeMicros - RAY_SLACK_MICROS, untilMicros: madeMicros + RAY_SLACK_MICROS }
    const all = { sinceMicros: 0, untilMicros: Number.MAX_SAFE_INTEGER }
    for (const range of [near, all]) {
      for (const kind of RECORDED_KINDS) {
        const files = overlapping(this.#files.of(kind), range)
        if (files.length === 0) continue
        const [row] = await this.#engine.ask(newestSql(files, range, '"ray" = $1', 1), [plan.ray], DEFAULT_TIMEOUT_MS)
        if (row !== undefined) return eventOf(row, kind)
      }
    }
    return undefined
  }

  async #top(plan: TopPlan): Promise<Answers['top']> {
    const type = groupedType(plan.field)
    const selection = this.#selection(plan, [plan.field], (kind) => `${groupable(plan.field, kind)} AS value`)
    if (selection === undefined) return { values: [], distinct: 0, total: estimateOf({}) }
    const rows = await this.#ask(
      plan,
      selection,
      `grouped AS (SELECT value, ${MEASURES} FROM selected GROUP BY value),
       whole AS (SELECT count(*) AS found, sum(estimate) AS all_estimate, sum(variance) AS all_variance,
                 sum(entries) AS all_entries FROM grouped),
       page AS (SELECT * FROM grouped ORDER BY estimate DESC, value LIMIT ${bounded(plan.limit, VALUES_LIMIT)}
                OFFSET ${bounded(plan.offset, Number.MAX_SAFE_INTEGER, 0)})
       SELECT * FROM whole LEFT JOIN page ON TRUE ORDER BY estimate DESC, value`,
    )
    const [whole] = rows
    return {
      values: rows
        .filter((row) => row.entries !== null)
        .map((row) => ({ value: fieldValue(row.value, type), ...estimateOf(row) })),
      distinct: Number(whole.found),
      total: estimateOf({ estimate: whole.all_estimate, variance: whole.all_variance, entries: whole.all_entries }),
    }
  }

  async #series(plan: SeriesPlan): Promise<Answers['series']> {
    const bucketMicros = bounded(plan.bucketSeconds, 366 * 86_400) * 1_000_000
    const { by } = plan
    const type = by === undefined ? 'String' : groupedType(by)
    const selection = this.#selection(plan, by === undefined ? [] : [by], (kind) => {
      return `"time" // ${bucketMicros} AS bucket, ${by === undefined ? 'NULL' : groupable(by, kind)} AS value`
    })
    if (selection === undefined) return { points: [] }
    const rows = await this.#ask(
      plan,
      selection,
      `largest AS (SELECT value FROM selected WHERE value IS NOT NULL GROUP BY value
                   ORDER BY sum(weight) DESC, value LIMIT ${SPLIT_VALUES}),
       split AS (SELECT bucket, CASE WHEN value IN (SELECT value FROM largest) THEN value END AS value, weight FROM selected)
       SELECT bucket, value, ${MEASURES} FROM split GROUP BY bucket, value ORDER BY bucket, value LIMIT ${SERIES_LIMIT}`,
    )
    return {
      points: rows.map((row) => {
        const value = fieldValue(row.value, type)
        const timeMicros = Number(row.bucket) * bucketMicros
        return { timeMicros, ...(value === undefined ? {} : { value }), ...estimateOf(row) }
      }),
    }
  }

  async #count(plan: CountPlan): Promise<Estimate> {
    const selection = this.#selection(plan, [], () => '"time"')
    if (selection === undefined) return estimateOf({})
    const [row] = await this.#ask(
      plan,
      selection,
      `counted AS (SELECT ${MEASURES} FROM selected) SELECT * FROM counted`,
    )
    return estimateOf(row)
  }

  async #versions(plan: VersionsPlan): Promise<Answers['versions']> {
    const selection = this.#selection(plan, [], () => '"policy_version" AS version')
    if (selection === undefined) return { versions: [] }
    const rows = await this.#ask(
      plan,
      selection,
      `grouped AS (SELECT version, ${MEASURES} FROM selected GROUP BY version) SELECT * FROM grouped ORDER BY estimate DESC`,
    )
    return { versions: rows.map((row) => ({ version: String(row.version ?? ''), ...estimateOf(row) })) }
  }

  async #hits(plan: HitsPlan): Promise<Answers['hits']> {
    const files = overlapping(this.#files.of(plan.kind), plan)
    if (files.length === 0) return { verdicts: [] }
    const union = files.map((file) => `SELECT * FROM ${sourceSql(file)} WHERE ${rangeSql(plan)}`).join(' UNION ALL ')
    const sql = `SELECT "decision.verdict" AS verdict, ${MEASURES} FROM (${union})
      WHERE list_contains("decision.rule_ids", $1) GROUP BY verdict ORDER BY estimate DESC`
    const rows = await this.#engine.ask(sql, [plan.ruleId], plan.timeoutMs ?? DEFAULT_TIMEOUT_MS)
    return { verdicts: rows.map((row) => ({ verdict: String(row.verdict), ...estimateOf(row) })) }
  }

  async #system(plan: SystemPlan): Promise<Answers['system']> {
    const files = overlapping(this.#files.of('system'), plan)
    if (files.length === 0) return []
    const levels = plan.levels?.map((_, at) => `$${at + 1}`).join(', ')
    const union = files.map((file) => `SELECT * FROM ${sourceSql(file)} WHERE ${rangeSql(plan)}`).join(' UNION ALL ')
    const sql = `SELECT * FROM (${union}) WHERE ${levels === undefined ? 'TRUE' : levels === '' ? 'FALSE' : `"level" IN (${levels})`}
      ORDER BY "time" DESC, "ray" DESC LIMIT ${bounded(plan.limit, ROWS_LIMIT)}`
    return (await this.#engine.ask(sql, plan.levels ?? [], DEFAULT_TIMEOUT_MS)).map(systemEventOf)
  }

  /**
   * The rows that a plan is about as the table `selected`, or undefined when no file holds any. `fields` are read besides
   * those of the filter; `columns` are what is selected of the rows of a kind.
   */
  #selection(
    plan: TopPlan | SeriesPlan | CountPlan | VersionsPlan,
    fields: readonly string[],
    columns: (kind: RecordedKind) => string,
  ): Selection | undefined {
    const parts: string[] = []
    let parameters: readonly string[] = []
    for (const kind of kindsOf(plan, fields)) {
      const selected = columns(kind)
      const files = overlapping(this.#files.of(kind), plan)
      if (files.length === 0) continue
      const condition = conditionOf(plan, kind, this.#redactions)
      const union = files.map((file) => `SELECT * FROM ${sourceSql(file)} WHERE ${rangeSql(plan)}`).join(' UNION ALL ')
      parts.push(`SELECT ${selected}, "weight" AS weight FROM (${union}) WHERE ${condition.text}`)
      // Texts of the filter, which are the same for every kind.
      parameters = condition.parameters
    }
    return parts.length === 0 ? undefined : { text: `selected AS (${parts.join(' UNION ALL ')})`, parameters }
  }

  #ask(plan: { readonly timeoutMs?: number | undefined }, selection: Selection, rest: string): Promise<Row[]> {
    const sql = `WITH ${selection.text}, ${rest}`
    return this.#engine.ask(sql, selection.parameters, plan.timeoutMs ?? DEFAULT_TIMEOUT_MS)
  }
}

const MEASURES = 'sum(weight) AS estimate, sum(weight * (weight - 1)) AS variance, count(*) AS entries'
const RAY_SLACK_MICROS = 600_000_000

/** Newest first, as the store orders rows. */
function byNewest(one: Event, other: Event): number {
  if (one.timeMicros !== other.timeMicros) return other.timeMicros - one.timeMicros
  return one.ray < other.ray ? 1 : -1
}

/** Type of what a field is grouped by. */
function groupedType(field: string): FieldType {
  const type = FIELD_BY_NAME.get(field)?.type ?? 'String'
  if (type.startsWith('Map<')) return 'String'
  return type.startsWith('Array<') ? (type.slice(6, -1) as FieldType) : type
}

/** SQL of what a field is grouped by: its value, each element of an array, each key of a map. */
function groupable(field: string, kind: RecordedKind): string {
  const type = FIELD_BY_NAME.get(field)?.type
  const sql = fieldSql(field, kind)
  if (type === undefined || sql === undefined) {
    throw new TidegateError('ERR_QUERY_INVALID', `events cannot be grouped by ${field}: they do not record it`, {
      source: 'client',
      remedy: 'Choose a field that is recorded, such as http.request.uri.path or ip.src.',
    })
  }
  if (type.startsWith('Map<')) return `unnest(map_keys(${sql}))`
  return type.startsWith('Array<') ? `unnest(${sql})` : sql
}
