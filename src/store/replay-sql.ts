import type { Phase } from '#decide'
import { FIELD_COLUMNS, isRecorded, omissionSources, type RecordedKind, type RedactionTable } from '#events'
import { FIELD_BY_NAME } from '#fields'
import { TidegateError } from '#kernel'
import { compileSql, type Expression, fieldsOf } from '#rules'
import type { AttachedFile } from './database-files.ts'
import { fieldSql } from './field-sql.ts'
import { omittedSql } from './omitted-sql.ts'
import { supersetSql } from './relaxed-sql.ts'
import type { ReplayPlan, ReplayReach } from './replay-plan.ts'
import { conditionOf } from './selection.ts'
import { bounded, integer, rangeSql, sourceSql, type TimeRange } from './source-sql.ts'
import { SqlParameters } from './sql-parameters.ts'
import { identifier } from './sql-text.ts'

/** Verdicts that a draft gives, as SQL texts of ours. */
const OUTCOME_SQL = { block: "'block'", redirect: "'redirect'", allow: "'allow'" } as const

/** Of an event besides its facts: what a judgement of it needs. */
const HEAD = [
  'time',
  'ray',
  'trace',
  'point',
  'policy_version',
  'weight',
  'decision.verdict',
  'decision.phase',
  'decision.rule_id',
  'decision.why',
  'decision.matches',
] as const
const MEASURES = 'sum(weight) AS estimate, sum(weight * (weight - 1)) AS variance, count(*) AS entries'
const UNCERTAIN_LIMIT = 100_000

/** Facts that say how an event was judged, beside those that the rules read. */
const ALWAYS_READ: ReadonlySet<string> = new Set(['ssl', 'waf.verdict'])

/** A statement with the texts to bind. */
export interface Statement {
  readonly text: string
  readonly parameters: readonly string[]
}

/** Builds the statements of one replay. */
export class ReplaySql {
  readonly #plan: ReplayPlan
  readonly #files: readonly AttachedFile[]
  readonly #redactions: RedactionTable

  constructor(plan: ReplayPlan, files: readonly AttachedFile[], redactions: RedactionTable) {
    this.#plan = plan
    this.#files = files
    this.#redactions = redactions
  }

  /** Sums by what became of events, by the rules that match, and by time. */
  sums(bucketMicros: number): Statement {
    const parameters = new SqlParameters()
    const hits = this.#plan.rules.map((_, at) => `hit${at}`)
    const keys = ['was', 'now', 'decider', 'state', 'bucket', ...hits].join(', ')
    const judged = this.#judged([`"time" // ${integer(bucketMicros)} AS bucket`], parameters)
    const text = `WITH ${judged} SELECT ${keys}, ${MEASURES} FROM judged WHERE NOT omitted GROUP BY ${keys}`
    return { text, parameters: parameters.texts }
  }

  /** Sums by the values of each field, of one event in so many; `field` is its place in the plan. */
  groups(oneIn: number): Statement {
    const parameters = new SqlParameters()
    const { groupBy, groupLimit, kind } = this.#plan
    const judged = this.#judged(
      groupBy.map((field, at) => `${groupSql(field, kind)} AS g${at}`),
      parameters,
    )
    const sampled = oneIn > 1 ? ` AND hash("ray") % ${integer(oneIn)} = 0` : ''
    const columns = ['weight', ...groupBy.map((_, at) => `g${at}`)].join(', ')
    const sums = groupBy.map(
      (_, at) => `(SELECT ${at} AS field, g${at}::VARCHAR AS value, ${MEASURES} FROM sampled
      GROUP BY g${at} ORDER BY estimate DESC LIMIT ${bounded(groupLimit, 1000)})`,
    )
    // Read once: conditions on maps are dear.
    const text = `WITH ${judged}, sampled AS MATERIALIZED (SELECT ${columns} FROM judged
      WHERE state = 'reached' AND NOT omitted${sampled}) ${sums.join(' UNION ALL ')}`
    return { text, parameters: parameters.texts }
  }

  /** How many events cannot be judged by SQL. */
  uncertain(): Statement {
    const parameters = new SqlParameters()
    const condition = this.#omitted(parameters)
    const text = `SELECT ${MEASURES} FROM (${this.#rows(this.#plan)}) WHERE ${condition}`
    return { text, parameters: parameters.texts }
  }

  /** The newest of them, whole. */
  uncertainRows(): Statement {
    const parameters = new SqlParameters()
    const condition = this.#omitted(parameters)
    const limit = bounded(this.#plan.uncertainLimit, UNCERTAIN_LIMIT)
    const text = `SELECT ${this.#readColumns().join(', ')} FROM (${this.#rows(this.#plan)}) WHERE ${condition} ORDER BY "time" DESC, "ray" DESC LIMIT ${limit}`
    return { text, parameters: parameters.texts }
  }

  /** The columns that are needed to judge an event outside of SQL. */
  #readColumns(): string[] {
    const { rules, kind } = this.#plan
    const sources = new Set(
      rules.flatMap(({ expression }) => [...fieldsOf(expression)].flatMap((name) => [name, ...omissionSources(name)])),
    )
    const facts = FIELD_COLUMNS[kind].filter(({ name }) => sources.has(name) || ALWAYS_READ.has(name))
    return [...HEAD, ...facts.map(({ name }) => name), 'omissions'].map(identifier)
  }

  /** The newest events that would have been decided otherwise. */
  samples(limit: number, sinceMicros: number): Statement {
    const parameters = new SqlParameters()
    const text = `WITH ${this.#judged([], parameters)}
      SELECT ray, "time", was, now FROM judged WHERE "time" >= ${integer(sinceMicros)} AND state = 'reached' AND now <> was AND NOT omitted
      ORDER BY "time" DESC, ray DESC LIMIT ${bounded(limit, 1000)}`
    return { text, parameters: parameters.texts }
  }

  /** Everything there is in the range. */
  total(): Statement {
    const text = `SELECT ${MEASURES} FROM (${this.#rows(this.#plan)})`
    return { text, parameters: [] }
  }

  #rows(range: TimeRange): string {
    return this.#files.map((file) => `SELECT * FROM ${sourceSql(file)} WHERE ${rangeSql(range)}`).join(' UNION ALL ')
  }

  /** What SQL cannot be sure of: values that were not stored as they were, and conditions that it cannot say. */
  #omitted(parameters: SqlParameters): string {
    const exact = this.#plan.rules.filter(({ expression }) => this.#isExact(expression))
    const others = this.#plan.rules.filter((rule) => !exact.includes(rule))
    const omitted = omittedSql(
      exact.map(({ expression }) => expression),
      parameters,
    )
    const unsayable = others.map(({ expression }) => this.#condition(expression, parameters))
    return `(${[omitted, ...this.#unjudged(parameters), ...unsayable].join(' OR ')})`
  }

  /** Events that the WAF did not judge, although it would have with the draft. */
  #unjudged(parameters: SqlParameters): string[] {
    if ([...this.#plan.reach.values()].every(({ unjudgedBy }) => unjudgedBy.length === 0)) return []
    const skipped = this.#byVersion(parameters, 'FALSE', ({ unjudgedBy }) =>
      unjudgedBy.length === 0 ? 'FALSE' : unjudgedBy.map((id) => hasMatched(id, parameters)).join(' OR '),
    )
    return [`("waf.verdict" IS NULL AND ${skipped})`]
  }

  #isExact(expression: Expression): boolean {
    const { kind, lists = new Map() } = this.#plan
    return compileSql(expression, { dialect: 'duckdb', column: (name) => fieldSql(name, kind), lists }).ok
  }

  /** The condition of a rule; where SQL cannot say it, one that holds for some more events. */
  #condition(expression: Expression, parameters: SqlParameters): string {
    const { kind } = this.#plan
    const exact = (part: Expression): string =>
      parameters.addPart(conditionOf({ ...this.#plan, filter: part }, kind, this.#redactions))
    if (this.#isExact(expression)) return exact(expression)
    const unread = [...fieldsOf(expression)].find((name) => !isRecorded(name, kind))
    // Says by itself that the field is not recorded.
    if (unread !== undefined) return exact(expression)
    return supersetSql(expression, (leaf) => (this.#isExact(leaf) ? exact(leaf) : undefined))
  }

  /** The matched events as the table `judged`: what they were, and what they would be. */
  #judged(columns: readonly string[], parameters: SqlParameters): string {
    const { rules } = this.#plan
    const conditions = rules.map(({ expression }) => this.#condition(expression, parameters))
    const hits = conditions.map((condition, at) => `(${condition}) AS hit${at}`)
    const omitted = this.#omitted(parameters)
    const state = this.#state(parameters)
    const undone = this.#undone(parameters)
    const deciders = rules.flatMap(({ outcome }, at) => (outcome === 'none' ? [] : [`WHEN hit${at} THEN ${at}`]))
    const verdicts = rules.flatMap(({ outcome }, at) => {
      if (outcome === 'none') return []
      if (outcome !== 'allow') return [`WHEN decider = ${at} THEN ${OUTCOME_SQL[outcome]}`]
      return [`WHEN decider = ${at} AND undone THEN ${OUTCOME_SQL.allow}`]
    })
    const selected = ['"ray"', '"time"', '"weight" AS weight', '"decision.verdict" AS was', ...hits, ...columns]
    return `matched AS NOT MATERIALIZED (SELECT ${selected.join(', ')}, ${omitted} AS omitted, ${state} AS state, ${undone} AS undone
        FROM (${this.#rows(this.#plan)}) WHERE ${conditions.map((_, at) => `hit${at}`).join(' OR ')}),
      decided AS NOT MATERIALIZED (SELECT *, ${deciders.length === 0 ? 'NULL::INTEGER' : `CASE WHEN state = 'reached' THEN CASE ${deciders.join(' ')} END END`} AS decider
        FROM matched),
      judged AS NOT MATERIALIZED (SELECT *, ${verdicts.length === 0 ? 'was' : `CASE ${verdicts.join(' ')} ELSE was END`} AS now FROM decided)`
  }

  /** Whether the draft would have been asked: `reached`, `before`, or `unknown` for a version that is no longer kept. */
  #state(parameters: SqlParameters): string {
    return this.#byVersion(parameters, "'unknown'", ({ decidedBefore, refusedBefore, passedBy, skippedBy }) => {
      const isOneOf = (phases: readonly Phase[]): string[] =>
        phases.length === 0
          ? []
          : [`coalesce("decision.phase" IN (${phases.map((phase) => parameters.add(phase)).join(', ')}), FALSE)`]
      const earlier = [...passedBy, ...skippedBy].map((id) => hasMatched(id, parameters))
      const tests = [
        `"decision.verdict" = 'refuse'`,
        ...isOneOf(decidedBefore),
        ...isOneOf(refusedBefore).map((test) => `("decision.verdict" <> 'allow' AND ${test})`),
        // Where the origin gave no answer, the phases of answers did not run.
        ...(refusedBefore.length === 0 ? [] : [`"decision.verdict" = 'error'`]),
        ...earlier,
      ]
      return `CASE WHEN ${tests.join(' OR ')} THEN 'before' ELSE 'reached' END`
    })
  }

  #undone(parameters: SqlParameters): string {
    return this.#byVersion(parameters, 'FALSE', ({ undone }) =>
      undone.length === 0
        ? 'FALSE'
        : `coalesce("decision.phase" IN (${undone.map((phase) => parameters.add(phase)).join(', ')}), FALSE)`,
    )
  }

  #byVersion(parameters: SqlParameters, otherwise: string, value: (reach: ReplayReach) => string): string {
    const cases = [...this.#plan.reach].map(
      ([version, reach]) => `WHEN ${parameters.add(version)} THEN ${value(reach)}`,
    )
    return cases.length === 0 ? otherwise : `CASE "policy_version" ${cases.join(' ')} ELSE ${otherwise} END`
  }
}

function hasMatched(ruleId: string, parameters: SqlParameters): string {
  return `coalesce(list_contains("decision.rule_ids", ${parameters.add(ruleId)}), FALSE)`
}

function groupSql(field: string, kind: RecordedKind): string {
  const sql = fieldSql(field, kind)
  const type = FIELD_BY_NAME.get(field)?.type ?? ''
  if (sql !== undefined && !type.includes('<')) return sql
  throw new TidegateError('ERR_QUERY_INVALID', `what matched cannot be counted by ${field}`, { source: 'client' })
}
