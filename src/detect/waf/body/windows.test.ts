import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import { BodyWindows } from './windows.ts'

interface Seen {
  readonly text: string
  readonly offset: number
}

function windowsOf(pieces: readonly string[], sizeBytes: number, overlapBytes: number, before = ''): Seen[] {
  const windows = new BodyWindows(sizeBytes, overlapBytes)
  const seen: Seen[] = []
  if (before !== '') windows.precede(Buffer.from(before, 'latin1'))
  for (const [index, piece] of pieces.entries()) {
    windows.push(Buffer.from(piece, 'latin1'), index === pieces.length - 1, (text, offset) =>
      seen.push({ text, offset }),
    )
  }
  return seen
}

test('BodyWindows overlap', () => {
  const cases: readonly [pieces: string[], seen: Seen[], why: string][] = [
    [
      ['abcdefghij'],
      [
        { text: 'abcdef', offset: 0 },
        { text: 'efghij', offset: 4 },
      ],
      'one piece',
    ],
    [
      ['ab', 'cdefg', ''],
      [
        { text: 'abcdef', offset: 0 },
        { text: 'efg', offset: 4 },
      ],
      'several pieces',
    ],
    [['abc'], [{ text: 'abc', offset: 0 }], 'less than a window'],
    [['abcdef', ''], [{ text: 'abcdef', offset: 0 }], 'nothing is shown twice at the end'],
    [[''], [], 'nothing'],
  ]
  for (const [pieces, seen, why] of cases) assert.deepEqual(windowsOf(pieces, 6, 2), seen, why)
})

test('BodyWindows begin with what came before', () => {
  assert.deepEqual(windowsOf(['abcd'], 6, 2, 'xyz'), [{ text: 'yzabcd', offset: -2 }])
  assert.deepEqual(windowsOf([''], 6, 2, 'xyz'), [])
})

test('BodyWindows show every stretch as long as the overlap, wherever the stream is cut', () => {
  const piece = fc.string({ unit: fc.constantFrom('a', 'b', 'c', 'd'), maxLength: 30 })
  fc.assert(
    fc.property(fc.array(piece, { minLength: 1, maxLength: 12 }), fc.integer({ min: 1, max: 6 }), (pieces, overlap) => {
      const stream = pieces.join('')
      const size = overlap * 2 + 3
      const seen = windowsOf(pieces, size, overlap)
      for (const { text, offset } of seen) {
        assert.equal(text, stream.slice(offset, offset + text.length))
        assert.ok(text.length <= size)
      }
      for (let at = 0; at + overlap <= stream.length; at++) {
        assert.ok(
          seen.some(({ text, offset }) => offset <= at && at + overlap <= offset + text.length),
          `${at} of ${stream}`,
        )
      }
    }),
  )
})
