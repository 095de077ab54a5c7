import type { RuleMatch } from '#decide'
import type { Field, Reader, Readers } from '#fields'
import { FIELD_COLUMNS, type FieldColumn } from './columns.ts'
import type { EventHead, RecordedKind } from './event.ts'
import type { Redactor } from './redaction.ts'
import type { Treatment } from './redaction-table.ts'
import { COLUMN_END, columnText, jsonText, ROW_END, wholeNumber } from './row-text.ts'
import { RowValues, TIGHT_LIMITS, USUAL_LIMITS } from './row-values.ts'
import { type SharedColumns, SharedRun } from './shared-columns.ts'

/** Turns one event into a row of the spool, line end included. `weight` is 1 / probability of being kept. */
export type EventEncoder<Context> = (head: EventHead, context: Context, weight: number) => string

const ROW_LIMIT = 65_536

/**
 * The encoder of one kind of events. A field without a reader is recorded as absent. Values above 8 KiB are cut, and rows
 * above 64 KiB are written again with tighter limits; the row says what was cut. The code is generated, so that a row is
 * one chain of concatenations.
 */
export function createEventEncoder<Context>(options: {
  readonly kind: RecordedKind
  readonly readers: Readers<Context>
  readonly redactor: Redactor
  /** Columns whose text may be kept from event to event. */
  readonly shared?: readonly SharedColumns<Context>[]
}): EventEncoder<Context> {
  const values = new RowValues(options.redactor)
  const writers = runsOf(FIELD_COLUMNS[options.kind], options.shared ?? []).map(({ shared, columns }) => {
    const write = generateColumns(columns, options.readers, options.redactor, values)
    if (shared === undefined) return write
    const run = new SharedRun(shared, values, write)
    return (context: Context): string => run.text(context)
  })
  const facts = generateRow(writers)
  const write: EventEncoder<Context> = (head, context, weight) =>
    headText(head, weight) + facts(context) + COLUMN_END + values.omissions() + ROW_END
  return (head, context, weight) => {
    values.begin(USUAL_LIMITS, head.cutFields)
    const row = write(head, context, weight)
    if (row.length <= ROW_LIMIT) return row
    values.begin(TIGHT_LIMITS, head.cutFields)
    return write(head, context, weight)
  }
}

/** The columns of `COLUMNS` up to the facts, in that order. */
function headText(head: EventHead, weight: number): string {
  const { decision } = head
  return (
    wholeNumber(head.timeMicros) +
    COLUMN_END +
    head.ray +
    COLUMN_END +
    optionalText(head.trace) +
    COLUMN_END +
    head.point +
    COLUMN_END +
    columnText(head.policyVersion) +
    COLUMN_END +
    weight +
    COLUMN_END +
    decision.verdict +
    COLUMN_END +
    (decision.phase ?? '') +
    COLUMN_END +
    optionalText(decision.ruleId) +
    COLUMN_END +
    (decision.matches.length === 0 ? '' : ruleIds(decision.matches)) +
    COLUMN_END +
    columnText(decision.why) +
    COLUMN_END +
    (decision.matches.length === 0 ? '' : matchesText(decision.matches))
  )
}

function optionalText(value: string | undefined): string {
  return value === undefined ? '' : columnText(value)
}

/** Most matches that are written: a policy of thousands of logging rules must not make a row of its own size. */
const MATCH_LIMIT = 100

function ruleIds(matches: readonly RuleMatch[]): string {
  let result = ''
  for (let at = 0; at < matches.length && at < MATCH_LIMIT; at++) {
    result += `${at === 0 ? '[' : ','}${jsonText(matches[at].ruleId)}`
  }
  return `${result}]`
}

function matchesText(matches: readonly RuleMatch[]): string {
  return JSON.stringify(
    matches.slice(0, MATCH_LIMIT).map((match) => [match.phase, match.ruleId, match.action, match.logOnly]),
  )
}

interface Run<Context> {
  readonly shared: SharedColumns<Context> | undefined
  readonly columns: FieldColumn[]
}

/** Neighbouring columns that are shared in the same way, in the order of the row. */
function runsOf<Context>(columns: readonly FieldColumn[], shared: readonly SharedColumns<Context>[]): Run<Context>[] {
  const runs: Run<Context>[] = []
  for (const column of columns) {
    const by = shared.find(({ fields }) => fields.has(column.name))
    const last = runs.at(-1)
    if (last !== undefined && last.shared === by) last.columns.push(column)
    else runs.push({ shared: by, columns: [column] })
  }
  return runs
}

type Writer<Context> = (context: Context) => string

/** All runs after each other. */
function generateRow<Context>(writers: readonly Writer<Context>[]): Writer<Context> {
  const names = writers.map((_, at) => `write${at}`)
  const body = names.map((name) => `${name}(context)`).join(' + ')
  // oxlint-disable-next-line typescript/no-implied-eval -- a loop over the runs would make each call megamorphic
  return new Function(...names, `return (context) => ${body}`)(...writers) as Writer<Context>
}

/** `(context) => separator + column + separator + column ...` for every given column. */
function generateColumns<Context>(
  columns: readonly FieldColumn[],
  readers: Readers<Context>,
  redactor: Redactor,
  values: RowValues,
): Writer<Context> {
  const reads: Reader<Context>[] = []
  let body = 'let value;\nlet row = "";\n'
  for (const { field } of columns) {
    body += `row += ${JSON.stringify(COLUMN_END)};\n`
    const read = readers.read[field.name]
    if (read === undefined) continue
    body += `value = read${reads.length}(context);\n`
    body += `if (value !== undefined) row += ${writtenValue(field, redactor.treatments.ofField(field.name))};\n`
    reads.push(read)
  }
  const names = reads.map((_, at) => `read${at}`)
  // oxlint-disable-next-line typescript/no-implied-eval -- one chain of concatenations costs a fraction of a loop over columns
  const make = new Function('values', ...names, `return (context) => {\n${body}return row;\n}`)
  return make(values, ...reads) as Writer<Context>
}

/** Sealed or structured text: a part of it says nothing. */
const WHOLE_FIELDS: ReadonlySet<string> = new Set(['waf.payload', 'waf.settings'])

/** Source text of the expression that writes `value`. */
function writtenValue(field: Field, treatment: Treatment): string {
  const name = JSON.stringify(field.name)
  const hashed = String(treatment !== 'plain')
  if (field.type.startsWith('Map<')) return `values.map(value, ${name}, ${hashed})`
  if (field.type.startsWith('Array<')) return `values.list(value, ${name}, ${hashed})`
  if (treatment === 'matches') return `values.matches(value, ${name})`
  if (WHOLE_FIELDS.has(field.name)) return `values.whole(value, ${name})`
  if (treatment !== 'plain') {
    return field.type === 'String'
      ? `values.redacted(value, ${name}, ${JSON.stringify(treatment)})`
      : `values.withheld(${name})`
  }
  if (field.type === 'String') return `values.text(value, ${name})`
  return field.type === 'IP' ? 'values.address(value)' : 'value'
}
