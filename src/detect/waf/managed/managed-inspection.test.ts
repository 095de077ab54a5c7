import assert from 'node:assert/strict'
import test from 'node:test'
import { RequestParts } from '../parts/request-parts.ts'
import { ResponseParts } from '../parts/response-parts.ts'
import type { WafException, WafSettings } from '../settings.ts'
import { settingsAt } from '../testing/settings-at.ts'
import { createManagedRules } from './managed-rules.ts'
import type { ManagedInspection } from './managed-inspection.ts'
import type { Sample } from './sample.ts'
import { sampleRequest, sampleResponse } from './sample-request.ts'

const rules = createManagedRules()
const never = (): boolean => false

interface Options {
  readonly settings?: WafSettings
  readonly exceptions?: readonly WafException[]
  readonly isSpent?: () => boolean
}

function inspect(sample: Sample, options: Options = {}): ManagedInspection {
  const { request, body } = sampleRequest(sample)
  const parts = new RequestParts(request)
  const { settings = settingsAt('medium'), exceptions = [], isSpent = never } = options
  const inspection = rules.inspection(parts, settings, exceptions, isSpent)
  inspection.head()
  parts.setBody(body)
  inspection.body()
  return inspection
}

const idsOf = (inspection: ManagedInspection): readonly string[] => inspection.matches.map((match) => match.ruleId)

const ESCAPED = '%3Cscript%3Ealert(1)%3C/script%3E'

test('a match says where it was found, by which decodings, and shows the bytes', () => {
  const { matches, interruption } = inspect({ target: `/?a=1&q=x%2520${ESCAPED.replaceAll('%', '%25')}` })
  assert.equal(matches.length, 1)
  const [match] = matches
  assert.equal(match.variable, 'ARGS:q')
  assert.deepEqual(match.trail, ['urlDecodeUni'])
  assert.equal(match.finding, 'script-element')
  assert.equal(match.value, 'x <script>alert(1)</script>')
  assert.ok(match.value.slice(match.matchOffset).startsWith('<script'))
  assert.equal(match.phase, 1)
  assert.equal(interruption?.status, 403)
  assert.equal(interruption?.ruleId, 'xss-script')
})

test('long values are cut around what matched', () => {
  const { matches } = inspect({
    body: `q ${'word '.repeat(9_000)}<script>alert(1)</script>`,
    contentType: 'text/plain',
  })
  const [match] = matches
  assert.ok(match.value.length <= 512)
  assert.ok(match.value.slice(match.matchOffset, match.matchOffset + match.matchLength).startsWith('<script'))
  assert.equal(match.valueOffset + match.matchOffset, 45_002)
})

test('each variable of a body is looked at once, under its own name', () => {
  const attack = "1' or 1=1-- -"
  const form = inspect({
    contentType: 'application/x-www-form-urlencoded',
    body: `a=x&b=${encodeURIComponent(attack)}`,
  })
  assert.deepEqual(
    form.matches.map((match) => [match.variable, match.phase]),
    [['ARGS:b', 2]],
  )
  const json = inspect({ contentType: 'application/json', body: JSON.stringify({ user: { name: attack } }) })
  assert.deepEqual(
    json.matches.map((match) => match.variable),
    ['ARGS:json.user.name'],
  )
  const cookie = inspect({ headers: ['Cookie', `a=${encodeURIComponent(attack)}`] })
  assert.deepEqual(
    cookie.matches.map((match) => match.variable),
    ['REQUEST_COOKIES:a'],
  )
  const header = inspect({ headers: ['X-Filter', attack] })
  assert.deepEqual(
    header.matches.map((match) => match.variable),
    ['REQUEST_HEADERS:x-filter'],
  )
})

const SENSITIVITIES: readonly (readonly [Sample, 'off' | 'low' | 'medium' | 'high', boolean])[] = [
  ['<script>alert(1)</script>', 'off', false],
  ['<script>alert(1)</script>', 'low', true],
  ['127.0.0.1; id', 'low', false],
  ['127.0.0.1; id', 'medium', true],
  ['http://10.0.0.1/', 'medium', false],
  ['http://10.0.0.1/', 'high', true],
]

test('sensitivity decides which rules are in force', () => {
  for (const [sample, sensitivity, blocked] of SENSITIVITIES) {
    const { interruption } = inspect(sample, { settings: settingsAt(sensitivity) })
    assert.equal(interruption !== undefined, blocked, `${JSON.stringify(sample)} at ${sensitivity}`)
  }
})

test('small weights block together, within one class only', () => {
  const probe = inspect({ target: '/phpmyadmin/index.php' })
  assert.deepEqual(idsOf(probe), ['probe-admin-tool'])
  assert.equal(probe.interruption, undefined)
  const two = inspect({ method: 'POST', target: '/a/%253c/b', contentType: 'application', body: 'x' })
  assert.deepEqual([...idsOf(two)].sort(), ['content-type-malformed', 'double-encoded-path'])
  assert.match(two.interruption?.why ?? '', /with what was found before 6; 5 blocks/)
})

const EXCEPTIONS: readonly (readonly [rules: string, parameters: readonly string[], applies: boolean])[] = [
  ['*', [], true],
  ['sqli-tautology', [], true],
  ['sqli-*', [], true],
  ['class:sqli', [], true],
  ['class:xss', [], false],
  ['942100', [], false],
  ['tag:attack-sqli', [], false],
  ['*', ['q'], true],
  ['*', ['Q'], true],
  ['*', ['ARGS:q'], true],
  ['*', ['ARGS'], true],
  ['*', ['ARGS:/^q|r$/'], true],
  ['*', ['other', '/^[pq]$/'], true],
  ['*', ['REQUEST_COOKIES:q'], false],
  ['*', ['qq'], false],
]

test('exceptions take rules out, or variables from rules', () => {
  for (const [ruleText, parameters, applies] of EXCEPTIONS) {
    const exceptions = [{ id: 'mine', rules: [ruleText], parameters }]
    const inspection = inspect("' or 1=1-- -", { exceptions })
    assert.equal(inspection.interruption === undefined, applies, `${ruleText} ${parameters.join(' ')}`)
    assert.deepEqual(inspection.exceptionIds, applies ? ['mine'] : [])
  }
})

test('windows of a body that streams by are taken apart as the body would have been', () => {
  const cases: readonly (readonly [contentType: string, window: string, ruleId: string])[] = [
    [
      'application/x-www-form-urlencoded',
      `rest&name=x&cmd=%3B+cat+%2Fetc%2Fpasswd&b=${'a'.repeat(99)}`,
      'shell-command',
    ],
    ['application/json', 'cut off","n":5,"url":"http:\\/\\/169.254.169.254\\/","x":"y', 'ssrf-certain'],
    ['text/plain', 'some text and then <script>alert(1)</script>', 'xss-script'],
  ]
  for (const [contentType, window, ruleId] of cases) {
    const { request } = sampleRequest({ method: 'POST', contentType, body: 'x' })
    const inspection = rules.inspection(new RequestParts(request), settingsAt('medium'), [], never)
    inspection.window(window)
    assert.ok(idsOf(inspection).includes(ruleId), `${contentType}: ${idsOf(inspection).join(' ')}`)
  }
})

test('answers are looked at in windows too', () => {
  const { request } = sampleRequest({})
  const inspection = rules.inspection(new RequestParts(request), settingsAt('medium'), [], never)
  const { response, body } = sampleResponse({ body: `${'<p>hello</p>'.repeat(4_000)}root:x:0:0:root:/root:/bin/sh` })
  const parts = new ResponseParts(response)
  parts.setBody(body)
  inspection.responseBody(parts)
  const [match] = inspection.matches
  assert.equal(match.ruleId, 'leak-system-file')
  assert.equal(match.variable, 'RESPONSE_BODY')
  assert.equal(match.phase, 4)
  assert.equal(match.valueOffset + match.matchOffset, 48_000)
})

test('a body with a thousand attacks gives a bounded number of matches and counts the rest', () => {
  const items = Array.from({ length: 200 }, () => '<script>alert(1)</script>')
  const inspection = inspect({ contentType: 'application/json', body: JSON.stringify(items) })
  assert.equal(inspection.matches.length, 64)
  assert.equal(inspection.matchesOmitted, 136)
})

test('nothing more is looked at once the time is up', () => {
  const inspection = inspect("' or 1=1-- -", { isSpent: () => true })
  assert.deepEqual(inspection.matches, [])
})

test('a header value that was clean is not clean in another header because of that', () => {
  const value = '() { :;}; id'
  assert.equal(inspect({ headers: ['X-A', 'plain value'] }).interruption, undefined)
  assert.equal(inspect({ headers: ['X-A', 'plain value'] }).interruption, undefined)
  assert.ok(inspect({ headers: ['X-A', value] }).interruption !== undefined)
  assert.ok(inspect({ headers: ['X-B', value] }).interruption !== undefined)
})
