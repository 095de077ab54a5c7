import { FIELD_BY_NAME, type FieldValue } from '#fields'
import { compilePredicates, type Expression, type NamedLists, type PredicateProgram } from '#rules'
import { type LineValue, lineTimeMicros, lineValue } from './event-line.ts'
import { EventScan } from './event-scan.ts'
import { FACT_READERS } from './fact-readers.ts'
import type { FactRow } from './fact-row.ts'
import type { Tally } from './population.ts'
import { isWithin, type TimeWindow } from './time-window.ts'
import { ValueCache } from './value-cache.ts'

const NO_LISTS: NamedLists = new Map()
const NO_FACTS: FactRow = { timeMicros: undefined, facts: {} }

/** A condition, and the fields by which lines decide it. */
export interface LineCondition {
  readonly expression: Expression
  readonly fields: ReadonlySet<string>
}

/** A value of a line with the conditions that it decides by itself: bit `i` stands for condition `i`. */
interface JudgedValue extends LineValue {
  readonly mask: number
}

/** Conditions that are evaluated together. */
interface Judged {
  readonly bits: readonly number[]
  readonly program: PredicateProgram<FactRow>
}

interface Column {
  readonly values: ValueCache<JudgedValue>
  /** Conditions that hold for lines without it. */
  readonly absentMask: number
}

/**
 * Counts which of some conditions hold together, line by line. Most conditions are about one field, and most values come
 * again and again: what a value decides is remembered with it, so that most lines are counted without making anything.
 */
export class EventTally {
  readonly #window: TimeWindow | undefined
  readonly #scan: EventScan
  readonly #names: readonly string[]
  readonly #columns: readonly Column[]
  /** Conditions about several fields. */
  readonly #joint: Judged
  readonly #masks = new Map<number, number>()
  #absentMask = 0
  #rows = 0

  /** @param window undefined when every line counts */
  constructor(conditions: readonly LineCondition[], window: TimeWindow | undefined) {
    this.#window = window
    this.#names = [...new Set(conditions.flatMap(({ fields }) => [...fields]))].filter((name) =>
      FIELD_BY_NAME.has(name),
    )
    this.#scan = new EventScan(this.#names)
    this.#columns = this.#names.map((name) => columnOf(name, conditions))
    this.#joint = judged(conditions, (fields) => fields.size !== 1)
    for (const { absentMask } of this.#columns) this.#absentMask |= absentMask
  }

  /** Counts a line; what is no event is left out. */
  add(bytes: Buffer, start: number, end: number): void {
    const scan = this.#scan
    if (!scan.scan(bytes, start, end)) return
    if (this.#window !== undefined && !isWithin(this.#window, lineTimeMicros(bytes, scan))) return
    const joint = this.#joint.bits.length > 0
    const facts: Record<string, FieldValue | undefined> = {}
    let mask = this.#absentMask
    for (const number of scan.found) {
      const column = this.#columns[number]
      const value = column.values.valueOf(bytes, scan.starts[number], scan.ends[number])
      if (value.isBroken) return
      mask = (mask & ~column.absentMask) | value.mask
      if (joint) facts[this.#names[number]] = value.value
    }
    if (joint) mask |= maskOf(this.#joint, { timeMicros: undefined, facts })
    this.#masks.set(mask, (this.#masks.get(mask) ?? 0) + 1)
    this.#rows++
  }

  tally(): Tally {
    return { masks: this.#masks, rows: this.#rows, weight: this.#rows }
  }
}

function columnOf(name: string, conditions: readonly LineCondition[]): Column {
  const field = FIELD_BY_NAME.get(name)!
  const alone = judged(conditions, (fields) => fields.size === 1 && fields.has(name))
  const values = new ValueCache((bytes, start, end): JudgedValue => {
    const line = lineValue(bytes, start, end, field)
    return { ...line, mask: maskOf(alone, { timeMicros: undefined, facts: { [name]: line.value } }) }
  })
  return { values, absentMask: maskOf(alone, NO_FACTS) }
}

function judged(conditions: readonly LineCondition[], isMeant: (fields: ReadonlySet<string>) => boolean): Judged {
  const meant = conditions.flatMap(({ expression, fields }, at) =>
    isMeant(fields) ? { expression, bit: 1 << at } : [],
  )
  const expressions = meant.map(({ expression }) => expression)
  const program = compilePredicates(expressions, { readers: FACT_READERS, lists: NO_LISTS })
  return { bits: meant.map(({ bit }) => bit), program }
}

function maskOf({ bits, program }: Judged, row: FactRow): number {
  program.reset()
  let mask = 0
  for (let at = 0; at < bits.length; at++) if (program.predicates[at](row)) mask |= bits[at]
  return mask
}
