import type { SqlDialect, SqlType } from './dialect.ts'
import { once } from './duckdb-text.ts'

const COLUMN_TYPE: Readonly<Record<SqlType, string>> = {
  Bool: 'BOOLEAN',
  Int: 'BIGINT',
  String: 'VARCHAR',
  IP: 'UHUGEINT',
}

// Strings of the language only hold U+0000 to U+00FF, so U+0100 can separate them.
const SEPARATOR = '\u0100'

function unpack(packed: string, type: SqlType): string {
  const texts = `string_split(${packed}, chr(256))`
  return type === 'String' ? texts : `CAST(${texts} AS ${COLUMN_TYPE[type]}[])`
}

/**
 * DuckDB 1.5. Strings are VARCHAR with one character U+0000 to U+00FF a byte (so that UTF-8 order is byte order and
 * `length` counts bytes of the language), addresses UHUGEINT with IPv4 mapped, integers BIGINT.
 */
export const DUCKDB: SqlDialect = {
  name: 'duckdb',
  parameter: (position, type) => `$${position}::${COLUMN_TYPE[type]}`,
  boolean: (value) => (value ? 'TRUE' : 'FALSE'),
  orFalse: (condition) => `coalesce(${condition}, FALSE)`,
  compare: {
    eq: (left, right) => `${left} = ${right}`,
    ne: (left, right) => `${left} <> ${right}`,
    lt: (left, right) => `${left} < ${right}`,
    le: (left, right) => `${left} <= ${right}`,
    gt: (left, right) => `${left} > ${right}`,
    ge: (left, right) => `${left} >= ${right}`,
    contains: (left, right) => `contains(${left}, ${right})`,
    bit_test: (left, right) => `(${left} & ${right}) <> 0`,
  },
  matches: (text, pattern) => `regexp_matches(${text}, ${pattern})`,
  between: (operand, first, last) => `${operand} BETWEEN ${first} AND ${last}`,
  inValues: (operand, values) => `${operand} IN (${values.join(', ')})`,
  inPacked: (operand, packed, type) => `${operand} IN (SELECT unnest(${unpack(packed, type)}))`,
  pack: (values) => values.join(SEPARATOR),
  masked: (operand, mask) => `(${operand} & ${mask})`,
  arrayElement: (array, index) => `list_extract(${array}, ${index + 1})`,
  mapEntry: (map, key) => `map_extract_value(${map}, ${key})`,
  mapValues: (map) => `map_values(${map})`,
  flattened: (arrays) => `flatten(${arrays})`,
  each: (array, variable, body) => `list_transform(${array}, lambda ${variable}: ${body})`,
  exists: (array, variable, condition) =>
    `EXISTS (SELECT 1 FROM unnest(${array}) AS elements(${variable}) WHERE ${condition})`,
  once: (operand, body) => once(operand, body, 'member'),
  unlessNull: (operand, result) => `CASE WHEN ${operand} IS NOT NULL THEN ${result} END`,
  holds: (array, value) => `list_contains(${array}, ${value ? 'TRUE' : 'FALSE'})`,
}
