import fc from 'fast-check'
import { describe, it } from 'node:test'
import { detectSqli, detectXss } from '../detectors/index.ts'

const text = (alphabet: string): fc.Arbitrary<string> =>
  fc.string({ unit: fc.constantFrom(...alphabet), maxLength: 60 })

const LETTERS = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_'

describe('what the filter passes over', () => {
  it('holds no SQL: single words', () => {
    fc.assert(fc.property(text(LETTERS), (word) => detectSqli(word) === undefined))
  })

  it('holds no script: words, blanks, dots and plus signs', () => {
    fc.assert(fc.property(text(`${LETTERS} .+\t`), (words) => detectXss(words) === undefined))
  })
})
