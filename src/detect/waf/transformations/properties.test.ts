import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import { BYTE_MASK, maskOf, TRANSFORMATIONS, type Transformation } from './index.ts'

const ALL: readonly Transformation[] = [...new Set(Object.values(TRANSFORMATIONS))]

const bytes = fc.uint8Array({ maxLength: 60 }).map((array) => Buffer.from(array).toString('latin1'))

/** What transformations look for, so that texts hold whole and broken escapes. */
const PIECES = [
  '%',
  '%41',
  '%u0041',
  '%uff21',
  '+',
  '&',
  '&lt',
  ';',
  '&#x3c',
  '&#60;',
  '\\',
  '\\x41',
  '\\u0041',
  '\\101',
  '\\\n',
  '/',
  '..',
  '.',
  '//',
  '/*',
  '*/',
  '<!--',
  '-->',
  '--',
  '#',
  ' ',
  '\t',
  '\n',
  '\0',
  '\xa0',
  '\xc2\xa0',
  '\xe2\x82\xac',
  '\xf0',
  'A',
  'a',
  '0x41',
  '^',
  ',',
  '"',
  "'",
  '(',
  '=',
  'QUJD',
  '4',
]

const escaped = fc.array(fc.constantFrom(...PIECES), { maxLength: 20 }).map((pieces) => pieces.join(''))

const texts = fc.oneof(
  bytes,
  escaped,
  fc.tuple(escaped, bytes).map((pair) => pair.join('')),
)

test('without the bytes that a transformation touches it gives back the very same text', () => {
  fc.assert(
    fc.property(texts, (text) => {
      const mask = maskOf(text)
      for (const { name, touches, apply } of ALL) {
        const changed = apply(text)
        if ((touches & mask) === 0) assert.equal(changed, text, `${name} of ${JSON.stringify(text)}`)
      }
    }),
    { numRuns: 2_000 },
  )
})

test('texts without a touched byte at all are never changed', () => {
  const classes = Array.from({ length: 256 }, (_, byte) => maskOf(String.fromCharCode(byte)))
  for (const { name, touches, apply } of ALL) {
    const untouched = classes.flatMap((mask, byte) => ((mask & touches) === 0 ? [byte] : []))
    if (untouched.length === 0) {
      assert.ok((touches & BYTE_MASK.always) !== 0 || name === 'none', name)
      continue
    }
    const text = fc.array(fc.constantFrom(...untouched), { maxLength: 40 })
    fc.assert(
      fc.property(text, (codes) => {
        const value = String.fromCharCode(...codes)
        assert.equal(apply(value), value, name)
      }),
      { numRuns: 200 },
    )
  }
})

/** How much longer an output may be than its input; every other transformation only shortens. */
const GROWTH: Readonly<Record<string, number>> = { base64Encode: 2, hexEncode: 2, urlEncode: 3, utf8toUnicode: 3 }

/** Bytes of output that do not depend on the input: digests and lengths. */
const FIXED_BYTES = 20

test('outputs are byte strings of bounded length', () => {
  fc.assert(
    fc.property(texts, (text) => {
      for (const { name, apply } of ALL) {
        const changed = apply(text)
        assert.ok(changed.length <= text.length * (GROWTH[name] ?? 1) + FIXED_BYTES, name)
        assert.match(changed, /^[\0-\xff]*$/, name)
      }
    }),
    { numRuns: 1_000 },
  )
})

test('long values come out like short ones', () => {
  // Longer than the array that short values share.
  const repeats = 20_000
  for (const { name, apply } of ALL) {
    if (['length', 'md5', 'sha1'].includes(name)) continue
    for (const piece of [
      'abcdefghi',
      '%41%42%43',
      '\\x41\\x42\\',
      '&lt;&gt;  ',
      'A/**/ \0\xe9',
      '/a/../b',
      '\xc3\xa9xyz   ',
    ]) {
      const once = apply(piece.repeat(3))
      const many = apply(piece.repeat(repeats))
      // The ends may differ: only what lies between shows whether a buffer was too short.
      const start = once.slice(0, Math.floor(once.length / 2))
      assert.ok(many.startsWith(start) || name.startsWith('remove') || name.startsWith('normalize'), `${name} ${piece}`)
      assert.ok(many.length <= piece.length * repeats * (GROWTH[name] ?? 1))
    }
  }
})

test('a result does not change when another transformation runs after it', () => {
  const decode = TRANSFORMATIONS.urldecode.apply
  const first = decode('%41%42%43')
  decode('%58%59%5a')
  assert.equal(first, 'ABC')
})
