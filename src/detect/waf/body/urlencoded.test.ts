import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import { parseUrlencoded } from './urlencoded.ts'

const MAX_PAIRS = 1000

test('parseUrlencoded decodes names and values', () => {
  const cases: readonly [text: string, pairs: string[], why: string][] = [
    ['', [], 'empty'],
    ['a=b', ['a', 'b'], 'one pair'],
    ['a=b&c=d', ['a', 'b', 'c', 'd'], 'two pairs'],
    ['a', ['a', ''], 'a name without value'],
    ['=b', ['', 'b'], 'a value without name'],
    ['=', ['', ''], 'neither'],
    ['&&a=1&&', ['a', '1'], 'empty pieces'],
    ['a=1&a=2', ['a', '1', 'a', '2'], 'duplicates are kept'],
    ['a=b=c', ['a', 'b=c'], 'only the first equals sign separates'],
    ['a+b=c+d', ['a b', 'c d'], 'plus is a space'],
    ['%61=%3Cscript%3E', ['a', '<script>'], 'escapes'],
    ['a=%c3%a9', ['a', '\xc3\xa9'], 'escapes are bytes, not characters'],
    ['a=\xc3\xa9', ['a', '\xc3\xa9'], 'raw bytes pass'],
    ['a=%', ['a', '%'], 'a lone percent sign'],
    ['a=%4', ['a', '%4'], 'half an escape'],
    ['a=%zz%41', ['a', '%zzA'], 'a broken escape does not end decoding'],
    ['a=%u0041', ['a', '%u0041'], 'the wide escape of some servers stays'],
    ['a=%%34%31', ['a', '%41'], 'decoded once only'],
    ['a;b=c', ['a;b', 'c'], 'a semicolon does not separate'],
    ['__proto__=x&constructor=y', ['__proto__', 'x', 'constructor', 'y'], 'no name is special'],
  ]
  for (const [text, pairs, why] of cases) assert.deepEqual(parseUrlencoded(text, MAX_PAIRS).pairs, pairs, why)
})

test('parseUrlencoded counts what is irregular', () => {
  const cases: readonly [text: string, invalid: number, percentU: boolean, nul: boolean][] = [
    ['a=%41', 0, false, false],
    ['a=%', 1, false, false],
    ['%=%4&b=%zz', 3, false, false],
    ['a=%u0041', 1, true, false],
    ['a=%U0041', 1, true, false],
    ['a=%00', 0, false, true],
    ['a=\0', 0, false, true],
  ]
  for (const [text, invalid, percentU, nul] of cases) {
    const form = parseUrlencoded(text, MAX_PAIRS)
    assert.deepEqual([form.invalid, form.percentU, form.nul], [invalid, percentU, nul], text)
  }
})

test('parseUrlencoded keeps what was sent in step with what it means', () => {
  const form = parseUrlencoded('a=1&b%20c=x+y&d=2', MAX_PAIRS)
  assert.deepEqual(form.pairs, ['a', '1', 'b c', 'x y', 'd', '2'])
  assert.deepEqual(form.rawPairs, ['a', '1', 'b%20c', 'x+y', 'd', '2'])
  const plain = parseUrlencoded('a=1&b=2', MAX_PAIRS)
  assert.equal(plain.rawPairs, plain.pairs)
})

test('parseUrlencoded inspects what is beyond its limit as one value', () => {
  const form = parseUrlencoded('a=1&b=2&c=3&d=%27x', 2)
  assert.deepEqual(form.pairs, ['a', '1', 'b', '2', '', "c=3&d='x"])
  assert.deepEqual(form.rawPairs, ['a', '1', 'b', '2', '', 'c=3&d=%27x'])
  assert.equal(form.overflow, true)
})

test('parseUrlencoded agrees with URLSearchParams on text that is well formed', () => {
  const word = fc.string({ unit: 'grapheme', maxLength: 12 })
  fc.assert(
    fc.property(fc.array(fc.tuple(word, word), { maxLength: 8 }), (entries) => {
      const expected = entries.flatMap(([name, value]) => [name, value].map(utf8Bytes))
      assert.deepEqual(parseUrlencoded(new URLSearchParams(entries).toString(), MAX_PAIRS).pairs, expected)
    }),
  )
})

test('parseUrlencoded loses no byte of any text', () => {
  const piece = fc.constantFrom('a', '=', '&', '%', '%41', '%0', '+', ';', '\0', '\xff', 'u')
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 40 }), fc.integer({ min: 1, max: 5 }), (pieces, maxPairs) => {
      const text = pieces.join('')
      const { rawPairs, pairs, overflow } = parseUrlencoded(text, maxPairs)
      assert.equal(rawPairs.length, pairs.length)
      assert.ok(pairs.length <= maxPairs * 2 + 2)
      const rawLetters = rawPairs.join('').replaceAll(/[=&]/g, '')
      assert.equal(rawLetters, text.replaceAll(/[=&]/g, ''))
      assert.equal(overflow, pairs.length > maxPairs * 2)
    }),
  )
})

function utf8Bytes(text: string): string {
  return Buffer.from(text, 'utf8').toString('latin1')
}
