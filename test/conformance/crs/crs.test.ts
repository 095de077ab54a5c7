import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type CompiledWaf, compileWaf, createWaf, type Waf, WAF_CLASSES, type WafSettings } from '#detect'
import { parseIp } from '#wire'
import { rawRequest, reflectedAnswer, runRegression, type StageInput, TEST_SETUP } from '#workbench'
import { crsDirectory, crsTests, NO_CRS } from '../../../src/detect/waf/testing/crs.ts'
import { readRequest } from '../../../src/workbench/waf/regression/read-request.ts'
import { Random } from '../random.ts'
import { EXCEPTIONS } from './exceptions.ts'
import { readTests } from './read-tests.ts'

const SETTINGS: WafSettings = {
  mode: 'log',
  ruleSets: ['crs'],
  paranoia: 4,
  inboundThreshold: 5,
  outboundThreshold: 4,
  sensitivity: Object.fromEntries(WAF_CLASSES.map((name) => [name, 'off'])) as WafSettings['sensitivity'],
  bodyLimitBytes: 1024 * 1024,
  responseBodyLimitBytes: 1024 * 1024,
  budgetMs: 60_000,
  onBudget: 'open',
}

const LOOPBACK = parseIp('127.0.0.1')!
const directory = crsDirectory()
const folder = crsTests()

describe('the tests of CRS', { skip: directory === undefined || folder === undefined ? NO_CRS : false }, () => {
  if (directory === undefined || folder === undefined) return
  const tests = readTests(folder)

  it('pass, but for those that are listed with a reason', () => {
    const { total, failures } = runRegression(directory, tests)
    assert.ok(total > 4000)
    assert.deepEqual(
      failures.filter(({ id }) => EXCEPTIONS[id] === undefined),
      [],
    )
  })

  it('lead to the same with and without the literal filter and its cache', () => {
    const { filtered, naive } = bothForms(directory)
    for (const { id, stages } of tests) {
      for (const { input } of stages) {
        const expected = story(naive, input)
        assert.equal(story(filtered, input), expected, id)
        // What the cache knows from the first time must not change anything.
        assert.equal(story(filtered, input), expected, `${id}, again`)
      }
    }
  })

  it('and so do random pieces of their payloads in random places', () => {
    const { filtered, naive } = bothForms(directory)
    const pieces = tests.flatMap(({ stages }) => stages.flatMap(({ input }) => piecesOf(input)))
    const random = new Random(20_260)
    for (let round = 0; round < 400; round++) {
      const input = randomInput(() => random.pick(pieces), random)
      assert.equal(story(filtered, input), story(naive, input), JSON.stringify(input))
    }
  })
})

/** The rules as they run, and without the literal filter: every rule for every value. */
function bothForms(directory: string): { filtered: Waf; naive: Waf } {
  const source = { crs: { directory, before: [{ file: 'test set-up', text: TEST_SETUP }] }, profiles: [SETTINGS] }
  const compiled: CompiledWaf = compileWaf(source)
  const { crs } = compiled
  assert.ok(crs !== undefined)
  return { filtered: createWaf(compiled), naive: createWaf({ ...compiled, crs: { ...crs, tables: new Map() } }) }
}

/**
 * All that a judgement says, but for the time it took, and where in a value a pattern matched: patterns that are not warm yet
 * may leave that open.
 */
function story(waf: Waf, input: StageInput): string {
  const { body, ...request } = readRequest(rawRequest(input))
  const answer = reflectedAnswer(request.target, body)
  const place = { remoteAddress: LOOPBACK, remotePort: 40_000, localAddress: LOOPBACK, localPort: 80, secure: false }
  const inspection = waf.inspect({ ray: 'test', receivedMs: 1_760_000_000_000, ...place, ...request }, SETTINGS, [])
  inspection.head()
  inspection.body(wholeBody(body))
  const head = { status: answer.status, reason: '', version: 'HTTP/1.1', fields: answer.fields.flat() }
  if (inspection.response(head)) inspection.responseBody(wholeBody(answer.body))
  inspection.finish()
  const { verdict, interruption } = inspection
  const matches = verdict.matches.map(({ ruleId, variable, trail, score }) => [ruleId, variable, trail, score])
  return JSON.stringify({ ...verdict, matches, spentMs: 0, interruption })
}

function wholeBody(text: string): { bytes: Uint8Array; complete: true; totalBytes: number } {
  const bytes = Buffer.from(text, 'latin1')
  return { bytes, complete: true, totalBytes: bytes.length }
}

/** Cuts what a stage sends into texts of some bytes. */
function piecesOf({ uri, data }: StageInput): string[] {
  return `${uri ?? ''}&${String(data ?? '')}`.match(/[^]{1,24}/g) ?? []
}

/** A request with some pieces in its path, query, cookie, header and body. */
function randomInput(piece: () => string, random: Random): StageInput {
  const text = (): string => [piece(), ...random.list(3, piece)].join('').toWellFormed()
  const inHead = (): string => encodeURI(text()).replaceAll('#', '%23')
  const isJson = random.chance(30)
  return {
    method: 'POST',
    uri: `/${inHead()}?a=${inHead()}&b=${inHead()}`,
    headers: {
      Host: 'localhost',
      Cookie: `c=${inHead()}`,
      'User-Agent': inHead(),
      'Content-Type': isJson ? 'application/json' : 'application/x-www-form-urlencoded',
    },
    data: isJson
      ? JSON.stringify({ a: text(), b: [text(), { c: text() }] })
      : `a=${text()}&b=${encodeURIComponent(text())}`,
  }
}
