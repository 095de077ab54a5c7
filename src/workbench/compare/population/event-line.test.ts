import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import { FIELDS } from '#fields'
import { parseIp } from '#wire'
import { EventLineReader } from './event-line.ts'
import type { FactRow } from './fact-row.ts'
import { scanMembers } from './json-scan.ts'

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

test('members are found where a JSON parser finds them', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue()), fc.constantFrom(undefined, 1, '\t'), (object, space) => {
      const bytes = Buffer.from(JSON.stringify(object, null, space))
      const found: string[] = []
      const end = scanMembers(bytes, 0, bytes.length, (nameStart, nameEnd) => {
        found.push(JSON.parse(bytes.toString('utf8', nameStart - 1, nameEnd + 1)) as string)
        return 0
      })
      assert.equal(end, bytes.length)
      assert.deepEqual(found, Object.keys(object))
    }),
  )
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
