import { setImmediate as pause } from 'node:timers/promises'
import { type Field, FIELDS, type FieldValue, type ScalarType, type ScalarValue } from '#fields'
import { allowsParts, allowsRanges, allowsValues, priceOf, useOfField } from '../field-use.ts'
import { FACT_READERS, FACT_SOURCES } from '../population/fact-readers.ts'
import type { FactRow } from '../population/fact-row.ts'
import type { CompareKind } from '../report.ts'
import { literalText } from '../literal-text.ts'
import { deriveDimension, type Dimension, type DimensionFacts, makeDimension, type RowCounts } from './dimension.ts'
import { DistinctLists } from './distinct-lists.ts'
import { frequentKeys } from './frequent-keys.ts'
import { payloadDimensions } from './payload.ts'
import { isOptions } from './stable-options.ts'

type Column = readonly (FieldValue | undefined)[]
type Lists = ReadonlyMap<string, ScalarValue | readonly ScalarValue[]>

/** Elements of an array that are looked at by their position. */
const POSITIONS = 8
/** Elements or keys of one field that become dimensions. */
const KEYS = 40

interface BuildContext {
  readonly rows: RowCounts
  readonly kind: CompareKind
  readonly dimensions: Dimension[]
}

/** Everything by which the rows can be told apart, as far as the schema knows it. `rows` are the bad ones, then the good. */
export async function buildDimensions(
  rows: readonly FactRow[],
  counts: RowCounts,
  kind: CompareKind,
): Promise<readonly Dimension[]> {
  const context: BuildContext = { rows: counts, kind, dimensions: [] }
  const recorded = recordedColumns(rows)
  for (const field of FIELDS) {
    const sources = [field.name, ...(FACT_SOURCES[field.name] ?? [])]
    if (useOfField(field, kind).use === 'skip' || !sources.some((name) => recorded.has(name))) continue
    const column = columnOf(field.name, recorded.get(field.name), rows)
    if (column.some((value) => value !== undefined)) addField(field, column, context)
    await pause()
  }
  return context.dimensions
}

/** What rows hold by field: rows are read once, not once for each field. */
function recordedColumns(rows: readonly FactRow[]): ReadonlyMap<string, Column> {
  const columns = new Map<string, (FieldValue | undefined)[]>()
  for (const [row, { facts }] of rows.entries()) {
    for (const name in facts) {
      let column = columns.get(name)
      if (column === undefined) {
        column = Array<FieldValue | undefined>(rows.length).fill(undefined)
        columns.set(name, column)
      }
      column[row] = facts[name]
    }
  }
  return columns
}

/** A field with what follows from others where it was not recorded. */
function columnOf(name: string, recorded: Column | undefined, rows: readonly FactRow[]): Column {
  if (recorded !== undefined && FACT_SOURCES[name] === undefined) return recorded
  const read = FACT_READERS.read[name]
  return rows.map((row, at) => recorded?.[at] ?? read(row))
}

function addField(field: Field, column: Column, context: BuildContext): void {
  const { type, name } = field
  const facts = { field, operand: name }
  if (type.startsWith('Map<')) addMap(field, column, context)
  else if (type.startsWith('Array<')) addArray(facts, column as ArrayColumn, type.slice(6, -1) as ScalarType, context)
  else addScalar(facts, type as ScalarType, column as ScalarColumn, context, true)
}

type ScalarColumn = readonly (ScalarValue | undefined)[]
type ArrayColumn = readonly (readonly ScalarValue[] | undefined)[]
type Named = Pick<Dimension, 'field' | 'operand'>

function describe({ field, operand }: Named, type: ScalarType, context: BuildContext, values: boolean): DimensionFacts {
  const use = useOfField(field, context.kind)
  const note = use.use === 'show' ? { note: use.note } : {}
  return {
    field,
    operand,
    type,
    price: priceOf(field),
    use: { ...note, values, parts: allowsParts(field), ranges: allowsRanges(field) },
  }
}

function addScalar(named: Named, type: ScalarType, column: ScalarColumn, context: BuildContext, values: boolean): void {
  const areOptions = isOptions(named.operand)
  const dimension = makeDimension(describe(named, type, context, values && !areOptions), column, context.rows)
  if (dimension === undefined) return
  const { dimensions, rows } = context
  dimensions.push(dimension)
  if (type !== 'String' || !dimension.use.parts) return
  const length = { field: named.field, operand: `len(${named.operand})` }
  const facts = describeLength(length, context)
  push(
    dimensions,
    deriveDimension(dimension, facts, (value) => String(value).length, rows),
  )
  if (PAYLOADS.has(named.operand)) dimensions.push(...payloadDimensions(dimension, rows))
}

function describeLength(named: Named, context: BuildContext): DimensionFacts {
  const facts = describe(named, 'Int', context, true)
  return { ...facts, price: facts.price + LENGTH_PRICE }
}

/** A length is easier to change than what has it. */
const LENGTH_PRICE = 0.001

/** Bytes that have no other structure than their positions. */
const PAYLOADS: ReadonlySet<string> = new Set(['l4.payload', 'tcp.options', 'ip.options'])

function push(dimensions: Dimension[], dimension: Dimension | undefined): void {
  if (dimension !== undefined) dimensions.push(dimension)
}

function addArray(named: Named, column: ArrayColumn, type: ScalarType, context: BuildContext): void {
  const { field, operand } = named
  const { rows, dimensions } = context
  const lists = new DistinctLists(column)
  const add = (facts: DimensionFacts, derive: (list: readonly ScalarValue[]) => ScalarValue | undefined): void =>
    push(dimensions, lists.derive(facts, derive, rows))
  add(describeLength({ field, operand: `len(${operand})` }, context), (list) => list.length)
  for (let at = 0; at < Math.min(POSITIONS, lists.longest); at++) {
    add(describe({ field, operand: `${operand}[${at}]` }, type, context, true), (list) => list[at])
  }
  if (type !== 'String') return
  const whole = { ...describe(named, type, context, true), use: WHOLE_LIST }
  add(whole, (list) => list.join(', ').slice(0, WHOLE_CHARACTERS))
  for (const key of frequentKeys(lists.lists, lists.counts(rows), rows, KEYS)) {
    const element = { field, operand: `any(${operand}[*] == ${literalText(key, 'String')})` }
    add(describe(element, 'Bool', context, true), (list) => list.includes(key))
  }
}

/** A list as a whole is shown; a filter tests its length, its places and its elements. */
const WHOLE_LIST = { note: 'filters test the elements of a list', values: true, parts: false, ranges: false }
const WHOLE_CHARACTERS = 400

function addMap(field: Field, column: Column, context: BuildContext): void {
  const { rows, dimensions } = context
  const { name, type } = field
  const maps = column as readonly (Lists | undefined)[]
  const count = { field, operand: `len(${name})` }
  push(
    dimensions,
    makeDimension(
      describeLength(count, context),
      maps.map((map) => map?.size),
      rows,
    ),
  )
  const keyLists = new DistinctLists(maps.map((map) => (map === undefined ? undefined : [...map.keys()])))
  const keys = frequentKeys(keyLists.lists, keyLists.counts(rows), rows, KEYS).filter(
    (key) => name !== 'http.request.headers' || !HEADERS_WITH_FIELDS.has(key),
  )
  const columns = firstValues(maps, keys)
  const isList = type.startsWith('Map<Array<')
  const scalar = (isList ? type.slice(10, -2) : type.slice(4, -1)) as ScalarType
  for (const [at, key] of keys.entries()) {
    const first = columns[at]
    const entry = `${name}[${literalText(key, 'String')}]`
    const operand = isList ? `${entry}[0]` : entry
    addScalar({ field, operand }, scalar, first, context, allowsValues(field, key))
  }
}

/** By key: the first value that each row has under it. */
function firstValues(maps: readonly (Lists | undefined)[], keys: readonly string[]): ScalarColumn[] {
  const columns = keys.map(() => Array<ScalarValue | undefined>(maps.length).fill(undefined))
  const numbers = new Map(keys.map((key, at) => [key, at]))
  for (const [row, map] of maps.entries()) {
    if (map === undefined) continue
    for (const [key, value] of map) {
      const at = numbers.get(key)
      if (at !== undefined) columns[at][row] = isValueList(value) ? value[0] : value
    }
  }
  return columns
}

function isValueList(value: ScalarValue | readonly ScalarValue[]): value is readonly ScalarValue[] {
  return Array.isArray(value)
}

/** These have a field of their own. */
const HEADERS_WITH_FIELDS: ReadonlySet<string> = new Set(['host', 'user-agent', 'referer', 'cookie', 'content-length'])
