import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import * as fc from 'fast-check'
import { BlockTable } from './block-table.ts'
import { blockProbes, EXACT_LIMIT } from './blocks.ts'
import type { Subject } from './gate.ts'
import { wordsFor } from './words.ts'

const SPAN = { start: 0, end: 0 }
const SUBJECT: Subject = {
  key: 'number',
  operand: { kind: 'Field', name: 'number', type: 'Int', span: SPAN },
  each: false,
  isComputed: false,
}

const rulesOne = Uint32Array.of(1)

describe('blocks of a range', () => {
  it('hold exactly the numbers of the range', () => {
    const number = fc.oneof(
      fc.integer({ min: -300, max: 300 }),
      fc.maxSafeInteger().map((each) => Math.trunc(each / 2)),
    )
    fc.assert(
      fc.property(number, number, number, (a, b, value) => {
        const [first, last] = [Math.min(a, b), Math.max(a, b)]
        const postings = blockProbes(SUBJECT, first, last, 1).map((probe) => ({ probe, rules: rulesOne }))
        const table = BlockTable.ofNumbers(postings)!
        for (const each of [value, first, last, first - 1, last + 1]) {
          const words = wordsFor(2)
          table.collect(each, words)
          assert.equal(words[0] !== 0, each >= first && each <= last, `${each} in ${first}..${last}`)
        }
      }),
      { numRuns: 2_000 },
    )
  })

  it('hold exactly the IPv6 addresses of the range', () => {
    const address = fc.oneof(
      fc.bigInt({ min: 1n << 64n, max: (1n << 64n) + 500n }),
      fc.bigInt({ min: 1n << 64n, max: (1n << 128n) - 2n }),
    )
    fc.assert(
      fc.property(address, address, address, (a, b, value) => {
        const [first, last] = a < b ? [a, b] : [b, a]
        const postings = blockProbes(SUBJECT, first, last, 1).map((probe) => ({ probe, rules: rulesOne }))
        const table = BlockTable.ofBigNumbers(postings)!
        assert.ok(postings.length <= 256)
        for (const each of [value, first, last, first - 1n, last + 1n]) {
          const words = wordsFor(2)
          table.collect(each, words)
          assert.equal(words[0] !== 0, each >= first && each <= last)
        }
      }),
    )
  })

  it('open for every number that is too large to be cut exactly', () => {
    const table = BlockTable.ofNumbers(blockProbes(SUBJECT, 5, 5, 1).map((probe) => ({ probe, rules: rulesOne })))!
    for (const value of [EXACT_LIMIT * 2, -EXACT_LIMIT * 2, EXACT_LIMIT + 2]) {
      const words = wordsFor(2)
      table.collect(value, words)
      assert.equal(words[0], 2)
    }
  })
})
