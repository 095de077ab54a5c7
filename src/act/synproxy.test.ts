import assert from 'node:assert/strict'
import test from 'node:test'
import { parseAction } from './parse-action.ts'

const nothing = (): never => assert.fail('no operand stands here')

test('a proxy offers what servers usually do, or what is written', () => {
  assert.deepEqual(parseAction('synproxy', 'packet_firewall', nothing), {
    ok: true,
    action: { type: 'synproxy', terminating: true, segmentBytes: 1460, windowScale: 7 },
  })
  const written = { synproxy: { segmentBytes: 1440, windowScale: 10 } }
  assert.deepEqual(parseAction(written, 'packet_firewall', nothing), {
    ok: true,
    action: { type: 'synproxy', terminating: true, segmentBytes: 1440, windowScale: 10 },
  })
})

test('a proxy stands in its phase only, and offers what TCP can say', () => {
  for (const [written, phase] of [
    ['synproxy', 'packet_ddos'],
    ['synproxy', 'firewall_custom'],
    [{ synproxy: { windowScale: 15 } }, 'packet_firewall'],
    [{ synproxy: { segmentBytes: 10 } }, 'packet_firewall'],
  ] as const) {
    assert.equal(parseAction(written, phase, nothing).ok, false)
  }
})
