import assert from 'node:assert/strict'
import test from 'node:test'
import { COLUMNS } from './columns.ts'
import { progressingRows } from './tcp-progress.ts'

const place = (name: string): number => COLUMNS.findIndex((column) => column.name === name)

function segments(numbers: readonly (readonly [sequence: number, acknowledgement: number])[]): Float64Array {
  const rows = new Float64Array(numbers.length * COLUMNS.length).fill(-1)
  for (const [row, [sequence, acknowledgement]] of numbers.entries()) {
    const values = {
      source: 7,
      sourcePort: 5000,
      destinationPort: 443,
      'tcp.seq': sequence,
      'tcp.ack': acknowledgement,
    }
    for (const [name, value] of Object.entries(values)) rows[row * COLUMNS.length + place(name)] = value
  }
  return rows
}

const CONNECTIONS: readonly (readonly [numbers: [number, number][], isProgressing: boolean, why: string])[] = [
  [
    [
      [100, 9],
      [1548, 9],
      [2996, 9],
      [4444, 9],
    ],
    true,
    'an upload',
  ],
  [
    [
      [100, 9],
      [100, 2905],
      [100, 5801],
    ],
    true,
    'the acknowledgements of a download',
  ],
  [
    [
      [0xffff_ff00, 9],
      [100, 9],
      [1548, 9],
    ],
    true,
    'a number that goes around',
  ],
  [
    [
      [1548, 9],
      [100, 9],
      [2996, 9],
      [4444, 9],
    ],
    true,
    'segments that overtook one another',
  ],
  [
    [
      [100, 9],
      [100, 9],
      [100, 9],
      [100, 9],
    ],
    false,
    'the same again and again',
  ],
  [
    [
      [1, 9],
      [0x4000_0000, 9],
      [0x9000_0000, 9],
      [5, 9],
    ],
    false,
    'any number',
  ],
  [
    [
      [100, 9],
      [1548, 9],
    ],
    false,
    'too few to tell',
  ],
]

test('connections get on, blind segments do not', () => {
  for (const [numbers, isProgressing, why] of CONNECTIONS) {
    const marks = progressingRows({ rows: segments(numbers), size: numbers.length })
    assert.deepEqual(
      [...marks],
      numbers.map(() => Number(isProgressing)),
      why,
    )
  }
})
