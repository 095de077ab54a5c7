import assert from 'node:assert/strict'
import { test } from 'node:test'
import { compileWaf, createWaf, type WafInspection, type WafRequest, type WafSettings } from '#detect'
import { BodyMemory } from './body-memory.ts'
import { WAF_OFF } from './testing/edge.ts'
import { WafLeg } from './waf-leg.ts'

const WAF = createWaf(compileWaf({ profiles: [] }))
const REQUEST: WafRequest = {
  ray: '01hgw2bqxn0004zj7k2p',
  method: 'POST',
  target: '/',
  version: 'HTTP/1.1',
  fields: ['Host', 'a.test', 'Content-Type', 'application/x-www-form-urlencoded'],
  remoteAddress: 0,
  remotePort: 1,
  localAddress: 0,
  localPort: 2,
  secure: false,
  receivedMs: 0,
}

/** A leg over a real inspection, with what `change` does to it. */
function legOf(settings: Partial<WafSettings>, change: (inspection: WafInspection) => void = () => {}) {
  const wanted: WafSettings = { ...WAF_OFF, mode: 'block', ...settings }
  const inspection = WAF.inspect(REQUEST, wanted, [])
  change(inspection)
  const faults: unknown[] = []
  const memory = new BodyMemory(100_000)
  const onFault = (error: unknown): void => void faults.push(error)
  const leg = new WafLeg({ inspection, settings: wanted, sealer: undefined, memory, declaredBytes: undefined, onFault })
  return { leg, faults, memory }
}

/** A fault as a bug of ours would be one. */
function broken(inspection: WafInspection): void {
  inspection.body = () => {
    throw new RangeError('a fault of ours')
  }
}

test('a fault of our own while inspecting is reported once, and ends as the budget would: closed or open', () => {
  for (const [onBudget, ruleId, outcome] of [
    ['closed', 'waf-fault', 'block'],
    ['open', undefined, 'pass'],
  ] as const) {
    const { leg, faults, memory } = legOf({ onBudget }, broken)
    leg.head()
    leg.requestBytes(Buffer.from('a=1'))
    leg.requestEnd(true)
    assert.equal(leg.interruption?.ruleId, ruleId)
    assert.equal(leg.facts.outcome, outcome)
    leg.finish()
    assert.equal(faults.length, 1)
    assert.equal(memory.heldBytes, 0)
  }
})

test('the steps that were not taken are taken at the end, with what there is', () => {
  const { leg } = legOf({})
  leg.requestBytes(Buffer.from("q=1' or 1=1-- "))
  assert.equal(leg.interruption, undefined)
  leg.finish()
  assert.equal(leg.facts.outcome, 'block')
  assert.equal(leg.facts.verdict.class, 'sqli')
  leg.finish()
})

test('an answer before the end of the request is left alone', () => {
  const { leg } = legOf({})
  const answer = {
    status: 200,
    reason: 'OK',
    version: 'HTTP/1.1',
    fields: ['Content-Type', 'text/html'],
    framing: 'length',
    contentLength: 5,
    keepAlive: true,
    connectionNames: undefined,
    upgrade: undefined,
  } as const
  leg.head()
  leg.requestBytes(Buffer.from('a=1'))
  assert.equal(leg.answerHead(answer), false)
  leg.requestEnd(true)
  assert.equal(leg.answerHead(answer), true)
})
