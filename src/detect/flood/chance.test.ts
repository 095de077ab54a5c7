import assert from 'node:assert/strict'
import test from 'node:test'
import { isChanceGap } from './chance.ts'
import { codeColumns } from './code-table.ts'
import { COLUMNS } from './columns.ts'
import type { ValueRange } from './condition.ts'
import type { RowSet } from './row-set.ts'

const PLACE = (name: string): number => COLUMNS.findIndex((column) => column.name === name)

/** Rows of senders with a TTL each, so many of each sender. */
function rowsOf(times: number, senders: readonly (readonly [source: number, ttl: number])[]): RowSet {
  const rows = new Float64Array(senders.length * times * COLUMNS.length).fill(-1)
  for (let row = 0; row < senders.length * times; row++) {
    const [source, ttl] = senders[row % senders.length]
    rows[row * COLUMNS.length + PLACE('source')] = source
    rows[row * COLUMNS.length + PLACE('ip.ttl')] = ttl
  }
  return { rows, size: senders.length * times }
}

function isChance(attack: RowSet, good: RowSet, ranges: readonly ValueRange[]): boolean {
  const columns = codeColumns(attack, good)
  const coded = columns[PLACE('ip.ttl')]
  assert.ok(coded)
  const counts = (from: number, size: number): Float64Array => {
    const of = new Float64Array(coded.values.length)
    for (let row = from; row < from + size; row++) of[coded.codes[row]]++
    return of
  }
  return isChanceGap({
    coded,
    sources: columns[PLACE('source')],
    goodRows: Int32Array.from({ length: good.size }, (_, row) => attack.size + row),
    good: counts(attack.size, good.size),
    attack: counts(0, attack.size),
    ranges,
  })
}

const senders = (count: number, ttlOf: (index: number) => number): (readonly [number, number])[] =>
  Array.from({ length: count }, (_, index) => [1000 + index, ttlOf(index)] as const)
/** From 20 to 119, each as often. */
const ANY_TTL = rowsOf(
  1,
  senders(1000, (index) => 20 + (index % 100)),
)
/** From 46 to 62, but for 55 to 57. */
const TTLS = [46, 47, 48, 49, 50, 51, 52, 53, 54, 58, 59, 60, 61, 62]
const withGap = (index: number): number => TTLS[(index * 5) % TTLS.length]

test('a gap between values of few senders is chance, however many packets they sent', () => {
  const few = rowsOf(100, senders(15, withGap))
  assert.equal(isChance(ANY_TTL, few, [[55, 57]]), true)
})

test('a gap between values of many senders is none', () => {
  const many = rowsOf(1, senders(400, withGap))
  assert.equal(isChance(ANY_TTL, many, [[55, 57]]), false)
})

test('values beyond those of good packets are no gap, and neither is what an attack sends alone', () => {
  const few = rowsOf(100, senders(15, withGap))
  assert.equal(isChance(ANY_TTL, few, [[63, 119]]), false)
  const oneTtl = rowsOf(
    1,
    senders(500, () => 56),
  )
  assert.equal(isChance(oneTtl, few, [[56, 56]]), false)
})
