import type { ListData } from '#decide'
import type { Omission, RecordedKind } from '#events'
import { type EventStore, fieldSql, readSample } from '#store'
import { compileSql, type Expression, fieldsOf, walk } from '#rules'
import { TidegateError } from '#kernel'
import { comparedFields } from '../field-use.ts'
import type { Population, RateCounts, RateQuestion, Sample, Tally } from './population.ts'

/** Which events of the log are meant. */
export interface StoreScope {
  readonly kind: RecordedKind
  readonly filter: Expression | undefined
  readonly lists: ReadonlyMap<string, ListData>
  /** Microseconds since the epoch; inclusive. */
  readonly sinceMicros: number
  /** Exclusive. */
  readonly untilMicros: number
}

/** Events of the log. */
export class StorePopulation implements Population {
  readonly #store: Pick<EventStore, 'query'>
  readonly #scope: StoreScope
  /** Fields and keys of maps of which some events hold a hash or a part. */
  readonly #omitted = new Set<string>()

  constructor(store: Pick<EventStore, 'query'>, scope: StoreScope) {
    this.#store = store
    this.#scope = scope
  }

  async sample(limit: number, seed: number): Promise<Sample> {
    const fields = comparedFields(this.#scope.kind)
    const answer = await this.#store.query({ plan: 'sample', ...this.#scope, limit, seed, fields })
    const { events, omissions } = readSample(answer)
    for (const omission of omissions) this.#omitted.add(omissionName(omission))
    return { rows: events, total: Math.round(answer.total.count) }
  }

  canDecide(condition: Expression): boolean {
    const { kind } = this.#scope
    if ([...fieldsOf(condition)].some((name) => this.#omitted.has(name))) return false
    let isOmitted = false
    walk(condition, (node) => {
      if (node.kind !== 'Index' || node.operand.kind !== 'Field') return
      if (this.#omitted.has(omissionName({ field: node.operand.name, key: String(node.index) }))) isOmitted = true
    })
    if (isOmitted) return false
    return compileSql(condition, { dialect: 'duckdb', column: (name) => fieldSql(name, kind), lists: new Map() }).ok
  }

  async tally(conditions: readonly Expression[]): Promise<Tally> {
    const { masks } = await this.#store.query({ plan: 'tally', ...this.#scope, conditions })
    return {
      masks: new Map(masks.map(({ mask, count }) => [mask, count])),
      rows: masks.reduce((sum, { rows }) => sum + rows, 0),
      weight: masks.reduce((sum, { count }) => sum + count, 0),
    }
  }

  async rates(questions: readonly RateQuestion[]): Promise<readonly RateCounts[] | undefined> {
    const counts: RateCounts[] = []
    for (const question of questions) {
      try {
        const { sizes } = await this.#store.query({ plan: 'rates', ...this.#scope, ...question })
        counts.push({ question, keysBySize: new Map(sizes.map(({ events, keys }) => [events, keys])) })
      } catch (error) {
        // A key that this kind of event does not record is no key.
        if (!(error instanceof TidegateError) || error.code !== 'ERR_QUERY_INVALID') throw error
        counts.push({ question, keysBySize: new Map() })
      }
    }
    return counts
  }

  notes(): readonly string[] {
    if (this.#omitted.size === 0) return []
    return [`Stored as a hash or in part, and left out of filters: ${[...this.#omitted].toSorted().join(', ')}.`]
  }
}

function omissionName({ field, key }: Pick<Omission, 'field' | 'key'>): string {
  return key === undefined ? field : `${field}["${key}"]`
}
