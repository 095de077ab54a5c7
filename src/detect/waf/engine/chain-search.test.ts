import assert from 'node:assert/strict'
import fc from 'fast-check'
import { describe, it } from 'node:test'
import { compileText, Judge, withoutFilter } from './testing/judge-request.ts'

/** Lists of transformations in which order and case matter. */
const LISTS = [
  'none',
  'lowercase',
  'uppercase,jsDecode',
  'lowercase,jsDecode',
  'lowercase,htmlEntityDecode',
  'htmlEntityDecode,lowercase',
  'urlDecodeUni,lowercase,urlDecodeUni',
  'cmdLine,normalizePath',
  'cmdLine,htmlEntityDecode',
  'removeWhitespace,base64Decode,urlDecodeUni',
  'base64Decode,lowercase,jsDecode',
  'replaceComments,removeWhitespace',
  'utf8toUnicode,urlDecodeUni,htmlEntityDecode,jsDecode,cssDecode,removeNulls',
  'escapeSeqDecode,lowercase,removeCommentsChar',
  'hexDecode',
  'length',
]
const WORDS = ['abc', 'ab', '<', 'x3c', 'lt', 'b/c', 'AB']

const rules = LISTS.flatMap((list, at) =>
  WORDS.map((word, index) => {
    const transformations = list
      .split(',')
      .map((name) => `t:${name}`)
      .join(',')
    const many = index % 3 === 0 ? ',multiMatch' : ''
    return `SecRule ARGS "@contains ${word}" "id:${at * 100 + index + 1},phase:2,pass,log,${transformations}${many}"\n`
  }),
).join('')

/** Pieces that transformations decode, in both cases, and what they decode to. */
const PIECES = ['a', 'b', 'C', 'ab', 'ABC', '\\x3c', '\\X3C', '&lt;', '&LT;', '&#60;', '&#X3C;', '%3c', '%3C', '%2541']
const MORE = [
  'YWJj',
  'YWJj ',
  'YUJD',
  '616263',
  ' ',
  '/*',
  '*/',
  '/',
  '..',
  '^',
  '"',
  '\\',
  '\0',
  '\xe9',
  '+',
  '-',
  '#',
  'b',
  'c',
]

describe('ChainSearch', () => {
  it('finds the same rules as trying each rule on each value', () => {
    const compiled = compileText(rules)
    const filtered = new Judge(compiled)
    const naive = new Judge(withoutFilter(compiled))
    const value = fc.array(fc.constantFrom(...PIECES, ...MORE), { maxLength: 8 }).map((pieces) => pieces.join(''))
    fc.assert(
      fc.property(value, (text) => {
        const target = `/?q=${[...text].map((byte) => `%${byte.charCodeAt(0).toString(16).padStart(2, '0')}`).join('')}`
        const expected = naive.judge({ target }).ids
        assert.deepEqual(filtered.judge({ target }).ids, expected)
        assert.deepEqual(filtered.judge({ target }).ids, expected, 'from the cache')
      }),
      { numRuns: 1500 },
    )
  })
})
