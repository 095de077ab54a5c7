import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { WafInspection } from '../inspection.ts'
import type { WafVerdict } from '../verdict.ts'
import { compileText, Judge, TEST_SETTINGS, withoutFilter } from './testing/judge-request.ts'
import { windowValues } from './window-values.ts'

const RULES =
  'SecRule ARGS|REQUEST_BODY|XML:/* "@contains evil" ' +
  '"id:1,phase:2,log,pass,setvar:tx.inbound_anomaly_score_pl1=+5,setvar:tx.sum=+5"\n' +
  'SecRule &ARGS "@gt 0" "id:2,phase:2,log,pass"\n' +
  'SecRule TX:sum "@ge 5" "id:3,phase:2,log,deny,status:403"\n' +
  'SecRule RESPONSE_BODY "@contains leak" "id:4,phase:4,log,deny,status:502"\n'

const LIMIT = 1024

/** Sends a body of which only the head is held, in pieces. */
function stream(contentType: string, body: string, filter = true): WafInspection {
  const compiled = compileText(RULES)
  const judge = new Judge(filter ? compiled : withoutFilter(compiled))
  const inspection = judge.begin({ contentType, body })
  const bytes = Buffer.from(body, 'latin1')
  inspection.head()
  inspection.body({ bytes: bytes.subarray(0, LIMIT), complete: false, totalBytes: bytes.length })
  for (let at = LIMIT; at < bytes.length; at += 10_000) {
    inspection.more(bytes.subarray(at, at + 10_000), at + 10_000 >= bytes.length)
  }
  return inspection
}

const PADDING = 'x'.repeat(200_000)
const FORM = 'application/x-www-form-urlencoded'

describe('a body beyond the limit', () => {
  for (const filter of [true, false]) {
    it(`is inspected while it streams, ${filter ? 'with' : 'without'} the filter`, () => {
      const inspection = stream('text/plain', `${PADDING}evil${PADDING}`, filter)
      assert.deepEqual(inspection.verdict.ruleIds, ['1', '3'])
      assert.equal(inspection.interruption?.status, 403)
      assert.equal(inspection.verdict.inboundAnomaly, 5)
    })
  }

  it('decodes forms', () => assert.deepEqual(stream(FORM, `a=1&b=${PADDING}%65vil`).verdict.ruleIds, ['2', '1', '3']))

  it('reads strings of JSON', () => {
    const json = JSON.stringify({ a: 'x'.repeat(150_000), b: '\u0065vil', c: ['"', 'x'] })
    assert.ok(stream('application/json', json.replace('evil', '\\u0065vil')).verdict.ruleIds.includes('1'))
  })

  it('finds what lies across two windows', () => {
    for (const at of [LIMIT - 2, 65_534, 65_536, 130_000]) {
      const body = `${'x'.repeat(at)}evil${'y'.repeat(100_000)}`
      assert.ok(stream('text/plain', body).verdict.ruleIds.includes('1'), `at ${at}`)
    }
  })

  it('says how much was inspected', () => {
    const { request }: WafVerdict = stream('text/plain', PADDING).verdict
    assert.deepEqual(request, { inspectedBytes: PADDING.length, totalBytes: PADDING.length, why: undefined })
  })

  it('says so when it is compressed, and only the head was looked at', () => {
    const judge = new Judge(compileText(RULES))
    const inspection = judge.begin({ contentType: FORM, headers: ['Content-Encoding', 'gzip'] })
    inspection.head()
    inspection.body({ bytes: Buffer.alloc(LIMIT), complete: false, totalBytes: 5000 })
    inspection.more(Buffer.alloc(5000 - LIMIT), true)
    assert.notEqual(inspection.verdict.request.why, undefined)
    assert.ok(inspection.verdict.request.inspectedBytes <= LIMIT)
  })

  it('lets answers stream as well', () => {
    const judge = new Judge(compileText(RULES))
    const inspection = judge.begin({})
    inspection.head()
    inspection.body({ bytes: Buffer.alloc(0), complete: true, totalBytes: 0 })
    assert.equal(
      inspection.response({ status: 200, reason: 'OK', version: 'HTTP/1.1', fields: ['Content-Type', 'text/html'] }),
      true,
    )
    inspection.responseBody({ bytes: Buffer.from('<p>'), complete: false, totalBytes: undefined })
    inspection.responseMore(Buffer.from(PADDING), false)
    inspection.responseMore(Buffer.from('a leak'), true)
    assert.deepEqual(inspection.interruption, { status: 502, ruleId: '4', why: '' })
  })
})

describe('windowValues', () => {
  it('takes what is between quotes, whether or not the window begins inside a string', () => {
    const texts = windowValues('JSON', 'ddle of","next":"a\\"b",1,true').map(({ text }) => text)
    assert.deepEqual(texts, ['ddle of', 'next', 'a"b'])
  })

  it('takes text and attributes of markup', () => {
    const values = windowValues('XML', 'tail</a><b c="d">e').map(({ name, text }) => `${name} ${text}`)
    assert.deepEqual(values, ['/* taile', '//@* d'])
  })
})

describe('the budget', () => {
  const settings = { ...TEST_SETTINGS, budgetMs: 0, onBudget: 'closed' as const }
  const rules = Array.from({ length: 40 }, (_, id) => `SecRule ARGS "!@streq x" "id:${id + 1},phase:1,log,pass"`).join(
    '\n',
  )

  it('refuses when it is used up and the site says closed', () => {
    const { interruption, verdict } = new Judge(compileText(rules, settings), settings).judge({ target: '/?q=1' })
    assert.equal(interruption?.ruleId, 'waf-budget')
    assert.equal(verdict.budgetExceeded, true)
    assert.equal(verdict.request.why, 'the CPU budget ran out')
    assert.ok(verdict.ruleIds.length < 40)
  })

  it('lets pass when the site says open', () => {
    const open = { ...settings, onBudget: 'open' as const }
    assert.equal(new Judge(compileText(rules, open), open).judge({ target: '/?q=1' }).interruption, undefined)
  })
})
