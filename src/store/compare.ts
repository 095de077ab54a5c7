import type { RedactionTable } from '#events'
import { TidegateError } from '#kernel'
import type { RatesAnswer, RatesPlan, SampleAnswer, SamplePlan, TallyAnswer, TallyPlan } from './compare-plan.ts'
import type { AttachedFile, DatabaseFiles } from './database-files.ts'
import type { Ask, Engine } from './engine.ts'
import { estimateOf } from './estimate.ts'
import { fieldSql } from './field-sql.ts'
import { type SampleColumn, sampleColumns } from './sample-columns.ts'
import { conditionOf } from './selection.ts'
import { bounded, integer, overlapping, rangeSql, sourceSql, type TimeRange } from './source-sql.ts'
import { SqlParameters } from './sql-parameters.ts'

const DEFAULT_TIMEOUT_MS = 60_000
const SAMPLE_LIMIT = 200_000
const SEED_LIMIT = 2 ** 31
const CONDITIONS_LIMIT = 30
const MEASURES = 'sum("weight") AS estimate, sum("weight" * ("weight" - 1)) AS variance, count(*) AS entries'
/** A hash is taken as a fraction of this. */
const FRACTION = 2 ** 24

/** Answers what a comparison asks of the attached files. */
export class ComparisonQueries {
  readonly #engine: Engine
  readonly #files: DatabaseFiles
  readonly #redactions: RedactionTable

  constructor(engine: Engine, files: DatabaseFiles, redactions: RedactionTable) {
    this.#engine = engine
    this.#files = files
    this.#redactions = redactions
  }

  async sample(plan: SamplePlan): Promise<SampleAnswer> {
    const files = overlapping(this.#files.of(plan.kind), plan)
    const condition = conditionOf(plan, plan.kind, this.#redactions)
    const columns = sampleColumns(plan.fields, plan.kind)
    const fields = columns.flatMap(({ field }) => field ?? [])
    if (files.length === 0) return { fields, pieces: [], total: estimateOf({}) }
    const rows = `FROM (${rowsOf(files, plan)}) WHERE ${condition.text}`
    return this.#engine.converse(plan.timeoutMs ?? DEFAULT_TIMEOUT_MS, async (ask) => {
      const [counted] = await ask(`SELECT ${MEASURES} ${rows}`, condition.parameters)
      const total = estimateOf(counted)
      const limit = bounded(plan.limit, SAMPLE_LIMIT)
      const share = total.rows <= limit ? FRACTION : Math.ceil((limit / total.count) * FRACTION)
      const slices = Math.ceil(Math.min(limit, total.rows) / SLICE_ROWS)
      // By the ray, and not by the engine's sampling, which comes before the condition.
      const chance = `hash("ray", ${bounded(plan.seed, SEED_LIMIT, 0)})`
      const values = columns.map(({ sql, name }) => `${sql} AS ${name}`)
      await ask(
        `CREATE TEMPORARY TABLE chosen AS
          SELECT ${values.join(', ')}, (${chance} // ${FRACTION}) % ${integer(Math.max(1, slices))} AS slice
          ${rows} AND (${chance} % ${FRACTION}) < ${integer(share)} * "weight"`,
        condition.parameters,
      )
      return { fields, pieces: await piecesOf(ask, columns, slices), total }
    })
  }

  async tally(plan: TallyPlan): Promise<TallyAnswer> {
    const { conditions, kind } = plan
    if (conditions.length > CONDITIONS_LIMIT) throw invalid(`${conditions.length} conditions are too many`)
    const files = overlapping(this.#files.of(kind), plan)
    const parameters = new SqlParameters()
    const bits = conditions.map((filter, at) => {
      const text = parameters.addPart(conditionOf({ ...plan, filter, verdicts: undefined }, kind, this.#redactions))
      return `(CASE WHEN ${text} THEN ${2 ** at} ELSE 0 END)`
    })
    const where = parameters.addPart(conditionOf(plan, kind, this.#redactions))
    if (files.length === 0) return { masks: [] }
    const mask = bits.length === 0 ? '0' : bits.join(' + ')
    const sql = `SELECT ${mask} AS mask, ${MEASURES} FROM (${rowsOf(files, plan)}) WHERE ${where} GROUP BY mask`
    const rows = await this.#engine.ask(sql, parameters.texts, plan.timeoutMs ?? DEFAULT_TIMEOUT_MS)
    return { masks: rows.map((row) => ({ mask: Number(row.mask), ...estimateOf(row) })) }
  }

  async rates(plan: RatesPlan): Promise<RatesAnswer> {
    const { kind, key } = plan
    const columns = key.map((field) => fieldSql(field, kind))
    const unknown = key.find((_, at) => columns[at] === undefined)
    if (unknown !== undefined) throw invalid(`events cannot be counted by ${unknown}`)
    const files = overlapping(this.#files.of(kind), plan)
    const condition = conditionOf(plan, kind, this.#redactions)
    if (files.length === 0) return { sizes: [] }
    const periodMicros = bounded(plan.periodSeconds, 86_400) * 1_000_000
    const present = columns.map((column) => `${column} IS NOT NULL`)
    const grouped = `SELECT round(sum("weight")) AS events FROM (${rowsOf(files, plan)})
      WHERE ${[condition.text, ...present].join(' AND ')} GROUP BY "time" // ${integer(periodMicros)}, ${columns.join(', ')}`
    const sql = `SELECT events, count(*) AS keys FROM (${grouped}) GROUP BY events ORDER BY events`
    const rows = await this.#engine.ask(sql, condition.parameters, plan.timeoutMs ?? DEFAULT_TIMEOUT_MS)
    return { sizes: rows.map((row) => ({ events: Number(row.events), keys: Number(row.keys) })) }
  }
}

/** Rows that are packed at once. */
const SLICE_ROWS = 5_000
/** Of a sample that is larger than this, the slices that came first are given: each is as random as another. */
const SAMPLE_CHARACTERS = 160_000_000

/** What was chosen, as long as there is room for it. A table keeps it meanwhile, which moves to the disk when it is large. */
async function piecesOf(ask: Ask, columns: readonly SampleColumn[], slices: number): Promise<string[][]> {
  const pieces: string[][] = []
  const lists = columns.map(({ name }) => `to_json(list(${name})) AS ${name}`).join(', ')
  let characters = 0
  for (let slice = 0; slice < slices && characters < SAMPLE_CHARACTERS; slice++) {
    const [row] = await ask(`SELECT ${lists} FROM chosen WHERE slice = ${slice}`)
    const piece = columns.map(({ name }) => String(row[name] ?? '[]'))
    characters += piece.reduce((sum, { length }) => sum + length, 0)
    pieces.push(piece)
  }
  return pieces
}

function rowsOf(files: readonly AttachedFile[], range: TimeRange): string {
  return files.map((file) => `SELECT * FROM ${sourceSql(file)} WHERE ${rangeSql(range)}`).join(' UNION ALL ')
}

function invalid(message: string): TidegateError {
  return new TidegateError('ERR_QUERY_INVALID', message, { source: 'client' })
}
