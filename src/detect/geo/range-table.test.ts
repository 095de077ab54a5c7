import assert from 'node:assert/strict'
import { test } from 'node:test'
import { TidegateError } from '#kernel'
import { RangeTable } from './range-table.ts'

type Rows = readonly (readonly [first: bigint, last: bigint, value: number])[]

const LAST4 = 0xffff_ffffn

const CASES: readonly (readonly [why: string, rows: Rows, borders: readonly number[], values: readonly number[]])[] = [
  ['nothing is unknown everywhere', [], [0], [0]],
  ['a gap before and behind', [[5n, 9n, 7]], [0, 5, 10], [0, 7, 0]],
  ['from the first address', [[0n, 9n, 7]], [0, 10], [7, 0]],
  ['to the last address', [[5n, LAST4, 7]], [0, 5], [0, 7]],
  ['everything', [[0n, LAST4, 7]], [0], [7]],
  [
    'neighbours of one value become one',
    [
      [5n, 9n, 7],
      [10n, 12n, 7],
    ],
    [0, 5, 13],
    [0, 7, 0],
  ],
  [
    'neighbours of two values',
    [
      [5n, 9n, 7],
      [10n, 12n, 8],
    ],
    [0, 5, 10, 13],
    [0, 7, 8, 0],
  ],
  [
    'an inner range interrupts the outer',
    [
      [5n, 20n, 7],
      [8n, 9n, 8],
    ],
    [0, 5, 8, 10, 21],
    [0, 7, 8, 7, 0],
  ],
  [
    'an inner range that ends with the outer',
    [
      [5n, 20n, 7],
      [8n, 20n, 8],
    ],
    [0, 5, 8, 21],
    [0, 7, 8, 0],
  ],
  [
    'the later of two that overlap wins',
    [
      [5n, 20n, 7],
      [18n, 30n, 8],
    ],
    [0, 5, 18, 31],
    [0, 7, 8, 0],
  ],
  [
    'three levels',
    [
      [0n, 99n, 1],
      [10n, 49n, 2],
      [20n, 29n, 3],
      [60n, 60n, 4],
    ],
    [0, 10, 20, 30, 50, 60, 61, 100],
    [1, 2, 3, 2, 1, 4, 1, 0],
  ],
  [
    'the same first address again',
    [
      [5n, 20n, 7],
      [5n, 9n, 8],
    ],
    [0, 5, 10, 21],
    [0, 8, 7, 0],
  ],
]

for (const [why, rows, borders, values] of CASES) {
  test(`range table: ${why}`, () => {
    const table = new RangeTable(1)
    for (const [first, last, value] of rows) table.add(first, last, value)
    const built = table.finish()
    assert.deepEqual([...built.borders], borders)
    assert.deepEqual([...built.values], values)
  })
}

test('range table: IPv6 borders are four words, most significant first', () => {
  const table = new RangeTable(4)
  table.add((1n << 96n) | (2n << 64n) | (3n << 32n) | 4n, (1n << 128n) - 1n, 9)
  const built = table.finish()
  assert.deepEqual([...built.borders], [0, 0, 0, 0, 1, 2, 3, 4])
  assert.deepEqual([...built.values], [0, 9])
})

test('range table: refuses what is not ascending or not an address', () => {
  const broken: Rows = [
    [4n, 5n, 1],
    [9n, 8n, 1],
    [9n, LAST4 + 1n, 1],
  ]
  for (const [first, last, value] of broken) {
    const table = new RangeTable(1)
    table.add(5n, 6n, 1)
    assert.throws(() => table.add(first, last, value), TidegateError)
  }
})
