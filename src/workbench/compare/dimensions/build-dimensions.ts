import { setImmediate as pause } from 'node:timers/promises'
import { type Field, FIELDS, type FieldValue, type ScalarType, type ScalarValue } from '#fields'
import { allowsParts, allowsRanges, allowsValues, priceOf, useOfField } from '../field-use.ts'
import { FACT_READERS, FACT_SOURCES } from '../population/fact-readers.ts'
import type { FactRow } from '../population/fact-row.ts'
import type { CompareKind } from '../report.ts'
import { literalText } from '../literal-text.ts'
import { deriveDimension, type Dimension, type DimensionFacts, makeDimension, type RowCounts } from './dimension.ts'
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
  const recorded = recordedFields(rows)
  for (const field of FIELDS) {
    const sources = [field.name, ...(FACT_SOURCES[field.name] ?? [])]
    if (useOfField(field, kind).use === 'skip' || !sources.some((name) => recorded.has(name))) continue
    const column = rows.map(FACT_READERS.read[field.name])
    if (column.some((value) => value !== undefined)) addField(field, column, context)
    await pause()
  }
  return context.dimensions
}

function recordedFields(rows: readonly FactRow[]): ReadonlySet<string> {
  const names = new Set<string>()
  for (const { facts } of rows) for (const name in facts) names.add(name)
  return names
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
  const longest = column.reduce((most, array) => Math.max(most, array?.length ?? 0), 0)
  const count = { field, operand: `len(${operand})` }
  push(
    dimensions,
    makeDimension(
      describeLength(count, context),
      column.map((array) => array?.length),
      rows,
    ),
  )
  for (let at = 0; at < Math.min(POSITIONS, longest); at++) {
    addPosition({ field, operand: `${operand}[${at}]` }, at, column, type, context)
  }
  if (type !== 'String') return
  const whole = { ...describe(named, type, context, true), use: WHOLE_LIST }
  push(
    dimensions,
    makeDimension(
      whole,
      column.map((array) => array?.join(', ').slice(0, WHOLE_CHARACTERS)),
      rows,
    ),
  )
  for (const key of frequentKeys(column, rows, KEYS)) {
    const element = { field, operand: `any(${operand}[*] == ${literalText(key, 'String')})` }
    const holds = column.map((array) => array?.includes(key))
    push(dimensions, makeDimension(describe(element, 'Bool', context, true), holds, rows))
  }
}

/** A list as a whole is shown; a filter tests its length, its places and its elements. */
const WHOLE_LIST = { note: 'filters test the elements of a list', values: true, parts: false, ranges: false }
const WHOLE_CHARACTERS = 400

function addPosition(named: Named, at: number, column: ArrayColumn, type: ScalarType, context: BuildContext): void {
  const values = column.map((array) => array?.[at])
  push(context.dimensions, makeDimension(describe(named, type, context, true), values, context.rows))
}

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
  const keyLists = maps.map((map) => (map === undefined ? undefined : [...map.keys()]))
  for (const key of frequentKeys(keyLists, rows, KEYS)) {
    if (name === 'http.request.headers' && HEADERS_WITH_FIELDS.has(key)) continue
    const entry = `${name}[${literalText(key, 'String')}]`
    const isList = type.startsWith('Map<Array<')
    const first = maps.map((map) => {
      const value = map?.get(key)
      return Array.isArray(value) ? (value as readonly ScalarValue[])[0] : (value as ScalarValue | undefined)
    })
    const scalar = (isList ? type.slice(10, -2) : type.slice(4, -1)) as ScalarType
    const operand = isList ? `${entry}[0]` : entry
    addScalar({ field, operand }, scalar, first, context, allowsValues(field, key))
  }
}

/** These have a field of their own. */
const HEADERS_WITH_FIELDS: ReadonlySet<string> = new Set(['host', 'user-agent', 'referer', 'cookie', 'content-length'])
