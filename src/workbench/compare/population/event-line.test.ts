import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import { FIELD_BY_NAME, FIELDS, type FieldValue } from '#fields'
import { parseIp } from '#wire'
import { EventLineReader } from './event-line.ts'
import type { FactRow } from './fact-row.ts'
import { factValue } from './fact-value.ts'

const EVERY_FIELD = FIELDS.map(({ name }) => name)

function read(line: string, fields: readonly string[] = EVERY_FIELD): FactRow | undefined {
  const bytes = Buffer.from(line)
  return new EventLineReader(fields, true).read(bytes, 0, bytes.length)
}

const MICROS = 1_795_300_000_000_000

const LINES: readonly (readonly [string, FactRow | undefined, string])[] = [
  ['{"facts":{"ssl":true}}', { timeMicros: undefined, facts: { ssl: true } }, 'no time'],
  [
    '{"time":"2026-11-22T07:06:40Z","facts":{"ip.src":"192.0.2.1","tcp.dstport":443}}',
    {
      timeMicros: Date.UTC(2026, 10, 22, 7, 6, 40) * 1000,
      facts: { 'ip.src': parseIp('192.0.2.1'), 'tcp.dstport': 443 },
    },
    'text for a time, address as text',
  ],
  [`{"time":${MICROS / 1e6},"facts":{}}`, { timeMicros: MICROS, facts: {} }, 'seconds'],
  [`{"time":${MICROS / 1e3},"facts":{}}`, { timeMicros: MICROS, facts: {} }, 'milliseconds'],
  [`{"time":${MICROS},"facts":{}}`, { timeMicros: MICROS, facts: {} }, 'microseconds'],
  [
    ' { "http.host" : "a.test" , "unknown" : [ { "]" : "}" } ] , "ssl" : false } ',
    { timeMicros: undefined, facts: { 'http.host': 'a.test', ssl: false } },
    'facts beside the time, blanks, nested values that are not wanted',
  ],
  [
    '{"facts":{"http.request.headers":{"X-A":"1","ip.src":["9.9.9.9"]},"http.host":"b\\u002etest"}}',
    {
      timeMicros: undefined,
      facts: {
        'http.request.headers': new Map([
          ['x-a', ['1']],
          ['ip.src', ['9.9.9.9']],
        ]),
        'http.host': 'b.test',
      },
    },
    'a header that is called like a field is none; escapes are read',
  ],
  [
    '{"facts":{"tcp.dstport":"443","ssl":null}}',
    { timeMicros: undefined, facts: { 'tcp.dstport': undefined } },
    'misfits',
  ],
  [
    '{"facts":{"http.host":"\u20ac"}}',
    { timeMicros: undefined, facts: { 'http.host': '\xe2\x82\xac' } },
    'UTF-8 as bytes',
  ],
  ['{"facts":{"ssl":tru}}', undefined, 'no JSON'],
  ['{"facts":{"ssl":true}', undefined, 'cut off'],
  ['{"facts":[]}', undefined, 'facts are no object'],
  ['{"facts":{"ssl":true}} x', undefined, 'something behind the object'],
  ['[]', undefined, 'no object'],
  ['', undefined, 'nothing'],
]

test('lines of events', () => {
  for (const [line, expected, why] of LINES) assert.deepEqual(read(line), expected, why)
})

test('only what is wanted is read', () => {
  const row = read('{"facts":{"http.host":"a.test","ssl":true,"tcp.dstport":443}}', ['ssl'])
  assert.deepEqual(row?.facts, { ssl: true })
})

/** What a JSON parser makes of the same line. */
function parsed(line: string): FactRow['facts'] {
  const { time: _, facts, ...others } = JSON.parse(line) as { time: unknown; facts: Record<string, unknown> }
  const values: Record<string, FieldValue | undefined> = {}
  for (const [name, json] of [...Object.entries(others), ...Object.entries(facts)]) {
    const field = FIELD_BY_NAME.get(name)
    if (field !== undefined && json !== null) values[name] = factValue(json, field)
  }
  return values
}

const FACTS = fc.dictionary(
  fc.oneof(fc.constantFrom(...EVERY_FIELD, 'time', 'facts'), fc.string({ maxLength: 8 })),
  fc.oneof(
    fc.constantFrom(
      'a.test',
      'GET',
      '/\u00e9',
      '\u20ac',
      443,
      -0,
      1e300,
      true,
      false,
      null,
      '192.0.2.1',
      '2001:db8::1',
    ),
    fc.array(fc.string({ unit: 'binary' }), { maxLength: 3 }),
    fc.dictionary(fc.string(), fc.oneof(fc.string(), fc.array(fc.string()))),
    fc.jsonValue(),
  ),
)

/** Some characters of a text written as escapes, as other writers would. */
function escapedIn(text: string, every: number): string {
  return every === 0
    ? text
    : text.replaceAll(/[a-z.]/g, (sign, at: number) =>
        at % every === 0 ? `\\u00${sign.charCodeAt(0).toString(16)}` : sign,
      )
}

test('lines are read as a JSON parser reads them, one after the other by one reader', () => {
  const lines = fc.array(fc.tuple(FACTS, fc.constantFrom(undefined, 1, '\t'), fc.nat(3)), { maxLength: 12 })
  fc.assert(
    fc.property(lines, (made) => {
      const reader = new EventLineReader(EVERY_FIELD, true)
      for (const [facts, space, every] of made) {
        const names = Object.entries(facts).map(([name, value]) => {
          const written = escapedIn(JSON.stringify(name), every)
          return `${written}:${JSON.stringify(value, null, space)}`
        })
        const line = `{"time":1,"facts":{${names.join(' , ')}}}`
        const bytes = Buffer.from(`..${line}..`)
        assert.deepEqual(reader.read(bytes, 2, bytes.length - 2)?.facts, parsed(line), line)
      }
    }),
  )
})

test('of several members of one name the last one counts', () => {
  assert.deepEqual(read('{"facts":{"ssl":true,"http.host":"a","ssl":false}}')?.facts, {
    ssl: false,
    'http.host': 'a',
  })
  assert.deepEqual(read('{"facts":{"ssl":true,"ssl":null}}')?.facts, {})
})

test('no bytes make it throw or read beyond their end', () => {
  const pieces = fc.constantFrom('{', '}', '[', ']', '"', ':', ',', '\\', 'facts', 'time', 'ssl', 'true', '1', ' ')
  fc.assert(
    fc.property(fc.array(pieces, { maxLength: 40 }), fc.nat(40), (parts, cut) => {
      const bytes = Buffer.from(parts.join(''))
      new EventLineReader(EVERY_FIELD, true).read(bytes, 0, Math.max(0, bytes.length - cut))
    }),
  )
})
