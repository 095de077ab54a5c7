import assert from 'node:assert/strict'
import test from 'node:test'
import type { EventJson } from '#api'
import { eventTable } from './event-table.ts'

test('a flow says how many packets and bytes it stands for', () => {
  const event: EventJson = {
    ray: '1m81jksny000kzy1gha9',
    time: '2026-01-31T08:00:00.000000Z',
    kind: 'flow',
    point: 'flow-telemetry',
    policyVersion: '',
    decision: { verdict: 'allow', why: 'a flow that was exported', matches: [] },
    weight: 1,
    facts: {
      'ip.src': '192.0.2.1',
      'ip.dst': '192.0.2.2',
      'ip.proto': 6,
      'tcp.srcport': 80,
      'tcp.dstport': 54_026,
      'flow.packets': 5,
      'flow.bytes': 1256,
    },
  }
  assert.match(eventTable([event]), /tcp :80 > 192\.0\.2\.2:54026, 5 packets, 1256 bytes$/m)
})
