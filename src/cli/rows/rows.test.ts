import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'node:test'
import fc from 'fast-check'
import { FIELDS } from '#fields'
import { parseIp } from '#wire'
import { type InputLine, readLines } from './input.ts'
import { parseRow } from './row.ts'

const EVERY_FIELD = new Set(FIELDS.map(({ name }) => name))

const FAULTS: readonly (readonly [string, RegExp])[] = [
  ['{"ssl":1}', /^ssl must be true or false, not 1$/],
  ['{"http.response.code":1.5}', /whole number/],
  ['{"http.response.code":9007199254740992}', /whole number/],
  ['{"http.response.code":"200"}', /whole number.*not "200"/],
  ['{"ip.src":"10.0.0.0/8"}', /IP address as text/],
  ['{"http.request.headers.names":"a"}', /an array/],
  ['{"http.request.headers":["a"]}', /an object/],
  ['{"http.request.headers":{"a":[1]}}', /http\.request\.headers\["a"\]\[0\] must be a string/],
  ['"text"', /JSON object/],
  ['null', /JSON object/],
  ['{', /no JSON/],
]

test('a value that does not fit its field is named', () => {
  for (const [line, message] of FAULTS) {
    const result = parseRow(line, EVERY_FIELD, () => {})
    assert.match(result.ok ? 'accepted' : result.message, message, line)
  }
})

test('values of every type are taken as they are written', () => {
  const line = JSON.stringify({
    'ip.src': '::ffff:192.0.2.1',
    'http.response.code': -0,
    'http.request.headers': { 'X-A': '1', 'x-a': ['2', '3'] },
    'http.user_agent': null,
    'http.request.cookies': { Case: ['kept'] },
  })
  const result = parseRow(line, EVERY_FIELD, () => {})
  assert.ok(result.ok)
  assert.deepEqual(
    [...result.row],
    [
      ['ip.src', parseIp('192.0.2.1')],
      ['http.response.code', 0],
      ['http.request.headers', new Map([['x-a', ['1', '2', '3']]])],
      ['http.request.cookies', new Map([['Case', ['kept']]])],
    ],
  )
})

test('no line makes it throw', () => {
  const values = fc.oneof(fc.jsonValue(), fc.dictionary(fc.string(), fc.jsonValue()))
  const rows = fc.dictionary(fc.constantFrom(...EVERY_FIELD, '__proto__', 'nothing'), values)
  fc.assert(
    fc.property(
      fc.oneof(
        rows.map((row) => JSON.stringify(row)),
        fc.string(),
      ),
      (line) => {
        parseRow(line, EVERY_FIELD, () => {})
      },
    ),
  )
})

test('lines keep their numbers whatever the chunks', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'tidegate-rows-'))
  const file = join(folder, 'rows.ndjson')
  const long = `{"http.user_agent":"${'\u20ac'.repeat(100_000)}"}`
  try {
    writeFileSync(file, `\ufeff{}\r\n\n${long}\n{"ssl":true}`)
    const lines: InputLine[] = []
    for await (const batch of readLines(file)) lines.push(...batch)
    assert.deepEqual(
      lines.map(({ number, text }) => [number, text.trim()]),
      [
        [1, '{}'],
        [3, long],
        [4, '{"ssl":true}'],
      ],
    )
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})
