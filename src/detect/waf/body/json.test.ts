import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import type { BodyContents } from '../body-contents.ts'
import { parseJson } from './json.ts'
import { type BodyLimits, DEFAULT_BODY_LIMITS } from './limits.ts'

function read(text: string, limits: Partial<BodyLimits> = {}, complete = true, sequence = false): BodyContents {
  const bytes = Buffer.from(text, 'latin1')
  return parseJson(bytes, text, { ...DEFAULT_BODY_LIMITS, ...limits }, { complete, sequence })
}

test('parseJson names leaves by their place', () => {
  const cases: readonly [text: string, pairs: string[], why: string][] = [
    ['{"a":1}', ['json.a', '1'], 'a number is text'],
    ['{"a":-1.50e+3}', ['json.a', '-1.50e+3'], 'as it was written'],
    ['{"a":true,"b":false,"c":null}', ['json.a', 'true', 'json.b', 'false', 'json.c', ''], 'literals; null is empty'],
    ['{"items":[{"name":"x"},2]}', ['json.items.0.name', 'x', 'json.items.1', '2'], 'indexes are numbers'],
    ['[[1],[2]]', ['json.0.0', '1', 'json.1.0', '2'], 'arrays of arrays'],
    ['"x"', ['json', 'x'], 'a value without container'],
    [' {"a" :\t"b"\r\n, "c": [ ] } ', ['json.a', 'b', 'json.c', ''], 'white space; an empty container is a leaf'],
    ['{}', [], 'nothing'],
    ['[]', [], 'nothing'],
    ['{"a":{}}', ['json.a', ''], 'the key of an empty object is seen'],
    ['{"a":1,"a":2}', ['json.a', '1', 'json.a', '2'], 'repeated keys are both seen'],
    ['{"":""}', ['json.', ''], 'an empty key'],
    ['{"a\\"b":"c\\\\d\\/e\\b\\f\\n\\r\\t"}', ['json.a"b', 'c\\d/e\b\f\n\r\t'], 'simple escapes'],
    [
      '["\\u0027\\u00e9\\u20ac\\ud83d\\ude00"]',
      ['json.0', "'\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80"],
      'escapes are UTF-8',
    ],
    ['["\xc3\xa9"]', ['json.0', '\xc3\xa9'], 'raw UTF-8 passes'],
  ]
  for (const [text, pairs, why] of cases) {
    const { pairs: found, error, parsedBytes } = read(text)
    assert.deepEqual({ found, error, parsedBytes }, { found: pairs, error: undefined, parsedBytes: text.length }, why)
  }
})

test('parseJson says what is wrong and where, and keeps what came before', () => {
  const cases: readonly [text: string, error: string, pairs: string[]][] = [
    ['{', 'JSON: name in double quotes expected at byte 1', []],
    ['{"a":1,}', 'JSON: name in double quotes expected at byte 7', ['json.a', '1']],
    ["{'a':1}", 'JSON: name in double quotes expected at byte 1', []],
    ['{"a" 1}', 'JSON: colon expected at byte 5', ['json.a', '']],
    ['[1,2', 'JSON: comma or closing bracket expected at byte 4', ['json.0', '1', 'json.1', '2']],
    ['{"a":1]', 'JSON: comma or closing brace expected at byte 6', ['json.a', '1']],
    ['[1] x', 'JSON: text after the value at byte 4', ['json.0', '1']],
    ['["x', 'JSON: string without end at byte 3', ['json.0', 'x']],
    ['nul', 'JSON: value expected at byte 0', []],
    ['[01]', 'JSON: comma or closing bracket expected at byte 2', ['json.0', '0']],
    ['[-]', 'JSON: number expected at byte 1', []],
    ['["a\nb"]', 'JSON: control character in a string at byte 3', ['json.0', 'a\nb']],
    ['["\\x41"]', 'JSON: wrong escape in a string at byte 2', ['json.0', '\\x41']],
    ['["\\u00g1",2]', 'JSON: wrong escape in a string at byte 2', ['json.0', '\\u00g1', 'json.1', '2']],
    ['', 'JSON: value expected at byte 0', []],
  ]
  for (const [text, error, pairs] of cases) {
    const contents = read(text)
    assert.deepEqual([contents.error, contents.pairs], [error, pairs], text)
  }
})

test('parseJson notes what readers disagree about', () => {
  const cases: readonly [text: string, irregularities: string[]][] = [
    ['{"a":1,"b":2}', []],
    ['{"a":1,"a":2}', ['duplicate-key']],
    ['{"a":{"a":1},"b":{"a":1}}', []],
    ['{"__proto__":{"x":1}}', ['prototype-key']],
    ['{"constructor":{"prototype":{"x":1}}}', ['prototype-key']],
    ['{"prototype":1}', []],
    ['["\\ud800"]', ['lone-surrogate']],
    ['["\\udc00\\ud800"]', ['lone-surrogate']],
    ['["\\u0000"]', ['nul-byte']],
    ['\xef\xbb\xbf{"a":1}', ['byte-order-mark']],
  ]
  for (const [text, irregularities] of cases) {
    const contents = read(text)
    assert.deepEqual([[...contents.irregularities], contents.error], [irregularities, undefined], text)
  }
})

test('parseJson finds duplicates among many keys', () => {
  const keys = Array.from({ length: 100 }, (_, index) => `"key${index}":0`)
  assert.equal(read(`{${keys.join(',')}}`).irregularities.has('duplicate-key'), false)
  assert.equal(read(`{${keys.join(',')},"key77":1}`).irregularities.has('duplicate-key'), true)
})

test('parseJson reads UTF-16 and UTF-32, which some servers detect', () => {
  const text = '{"a":"<script>\u20ac"}'
  const little = Buffer.from(text, 'utf16le')
  const wide = Buffer.from(Uint32Array.from(text, (character) => character.codePointAt(0) ?? 0).buffer)
  const bodies = [
    little,
    Buffer.from(little).swap16(),
    Buffer.from(`\ufeff${text}`, 'utf16le'),
    wide,
    Buffer.from(wide).swap32(),
    Buffer.concat([Buffer.from([0xff, 0xfe, 0, 0]), wide]),
  ]
  for (const bytes of bodies) {
    const options = { complete: true, sequence: false }
    const contents = parseJson(bytes, bytes.toString('latin1'), DEFAULT_BODY_LIMITS, options)
    assert.deepEqual(contents.pairs, ['json.a', '<script>\xe2\x82\xac'])
    assert.ok(contents.irregularities.has('foreign-encoding'))
    assert.equal(contents.parsedBytes, bytes.length)
  }
})

test('parseJson takes a cut text as far as it goes, without an error', () => {
  const text = '{"a":"hello","b":[12.5e3,true],"c":{"d":"w\\u0041"}}'
  for (let length = 1; length < text.length; length++) {
    assert.equal(read(text.slice(0, length), {}, false).error, undefined, text.slice(0, length))
  }
  assert.deepEqual(read('{"a":"<scr', {}, false).pairs, ['json.a', '<scr'])
})

test('parseJson reads sequences of values', () => {
  const cases: readonly [text: string, pairs: string[]][] = [
    ['{"a":1}\n{"a":2}\n', ['json.0.a', '1', 'json.1.a', '2']],
    ['\x1e{"a":1}\n\x1e[2]\n', ['json.0.a', '1', 'json.1.0', '2']],
    ['1\n"x"', ['json.0', '1', 'json.1', 'x']],
    ['', []],
  ]
  for (const [text, pairs] of cases) {
    const contents = read(text, {}, true, true)
    assert.deepEqual([contents.pairs, contents.error], [pairs, undefined], text)
  }
})

test('parseJson joins values beyond its limit, so that padding hides nothing', () => {
  const contents = read('["a","b","c\\u0027","d"]', { pairs: 2 })
  assert.deepEqual(contents.pairs, ['json.0', 'a', 'json.1', 'b', 'json', "c'\nd"])
  assert.equal(contents.limit, 'pairs')
})

test('parseJson stops at its depth limit and says how far it read', () => {
  const contents = read('{"a":1,"b":[[["deep"]]]}', { depth: 3 })
  assert.deepEqual([contents.limit, contents.error, contents.pairs], ['depth', undefined, ['json.a', '1']])
  assert.equal(contents.parsedBytes, 13)
})

test('parseJson does not multiply a long key by the leaves below it', () => {
  const key = 'k'.repeat(10_000)
  const contents = read(`{"${key}":[${'1,'.repeat(5000)}2]}`, { nameBytes: 1000 })
  let sizeBytes = 0
  for (const text of contents.pairs) sizeBytes += text.length
  assert.ok(sizeBytes < 12 * 20_000, String(sizeBytes))
  assert.equal(contents.limit, 'names')
  assert.ok(contents.pairs.some((text) => text.includes(key)))
  assert.deepEqual(contents.pairs.slice(-2), ['json.5000', '2'])
})

test('parseJson says whether all keys are plain', () => {
  assert.equal(read('{"a_b-c":{"d":1}}').hasPlainNames, true)
  assert.equal(read('{"a":{"$ne":1}}').hasPlainNames, false)
})

test('parseJson finds the leaves that JSON.parse finds', () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 5 }), fc.boolean(), (value, indent) => {
      const text = JSON.stringify(value, undefined, indent ? 2 : 0)
      const contents = read(Buffer.from(text, 'utf8').toString('latin1'))
      assert.equal(contents.error, undefined)
      assert.deepEqual(contents.pairs, leavesOf('json', JSON.parse(text), true))
    }),
  )
})

test('parseJson calls well formed exactly what JSON.parse takes', () => {
  const piece = fc.constantFrom(
    '{',
    '}',
    '[',
    ']',
    ',',
    ':',
    '"',
    '"a"',
    '1',
    '-',
    '0',
    '.5',
    'e1',
    'true',
    'null',
    ' ',
    '\\n',
  )
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
      const text = pieces.join('')
      const contents = read(text)
      assert.equal(contents.error === undefined, isJson(text), text)
      assert.ok(contents.parsedBytes <= text.length)
    }),
    { numRuns: 2000 },
  )
})

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

function leavesOf(name: string, value: unknown, isRoot = false): string[] {
  if (value === null) return [name, '']
  if (typeof value !== 'object') return [name, Buffer.from(String(value), 'utf8').toString('latin1')]
  const entries = Object.entries(value)
  if (entries.length === 0) return isRoot ? [] : [name, '']
  return entries.flatMap(([key, child]) =>
    leavesOf(`${name}.${Buffer.from(key, 'utf8').toString('latin1')}`, child as unknown),
  )
}
