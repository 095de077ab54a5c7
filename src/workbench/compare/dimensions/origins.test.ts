import assert from 'node:assert/strict'
import test from 'node:test'
import { FIELD_BY_NAME } from '#fields'
import type { FactRow } from '../population/fact-row.ts'
import { type Dimension, makeDimension, type RowCounts } from './dimension.ts'
import { Flows } from './flows.ts'
import { withOrigins } from './origins.ts'

const COUNTS: RowCounts = { bad: 400, good: 400 }
const USE = { values: true, parts: true, ranges: true }

/** A row each millisecond, the good ones first; `valueOf` and `flowOf` get the number of the row on its side. */
function described(
  name: string,
  valueOf: (n: number, isBad: boolean) => number,
  flowOf: (n: number) => number,
): Dimension {
  const row = (n: number, isBad: boolean): FactRow => ({
    timeMicros: (isBad ? 1e6 : 0) + n * 1000,
    facts: { [name]: valueOf(n, isBad) },
    flow: flowOf(n),
  })
  const numbers = Array.from({ length: COUNTS.bad }, (_, n) => n)
  const rows = [...numbers.map((n) => row(n, true)), ...numbers.map((n) => row(n, false))]
  const field = FIELD_BY_NAME.get(name)!
  const column = rows.map(({ facts }) => facts[name] as number)
  const dimension = makeDimension({ field, operand: name, type: 'Int', use: USE, price: 0 }, column, COUNTS)!
  const [result] = withOrigins([dimension], { rows, counts: COUNTS, kind: 'packet', flows: Flows.of(rows, COUNTS) })
  return result
}

test('a number that grows with time is no mark', () => {
  const growing = described(
    'ip.len',
    (n, isBad) => (isBad ? 5000 : 0) + n,
    (n) => n,
  )
  assert.match(growing.use.note!, /grows or falls with time/)
  const scattered = described(
    'ip.len',
    (n) => (n * 7919) % 400,
    (n) => n,
  )
  assert.equal(scattered.use.note, undefined)
  const swept = described(
    'tcp.dstport',
    (n) => n + 1,
    (n) => n,
  )
  assert.equal(swept.use.note, undefined, 'a sweep over ports is an attack on their range')
})

test('a value that comes for a short time only', () => {
  const enumerated = described(
    'ip.len',
    (n, isBad) => (isBad ? (Math.floor(n / 40) * 7) % 10 : 99),
    (n) => n,
  )
  const bound = [...(enumerated.boundToTime ?? [])].filter((isBound) => isBound === 1)
  assert.equal(bound.length, 10)
  const phases = described(
    'ip.ttl',
    (n, isBad) => (isBad ? Math.floor(n / 200) : 99),
    (n) => n,
  )
  assert.ok(!phases.boundToTime!.includes(1), 'half of an attack is no accident')
})

test('values count by flows', () => {
  const ofFlow = described(
    'ip.ttl',
    (n) => n % 20,
    (n) => n % 20,
  )
  assert.equal(ofFlow.rowsPerFlow!.bad[1], 20)
  const ofMany = described(
    'ip.ttl',
    (n) => n % 2,
    (n) => n,
  )
  assert.equal(ofMany.rowsPerFlow!.bad[1], 1)
})

test('the source port of a few flows says which flows they are', () => {
  const ports = described(
    'tcp.srcport',
    (n) => 40_000 + (n % 3) * 17,
    (n) => n % 3,
  )
  assert.match(ports.use.note!, /another one each time/)
})
