import assert from 'node:assert/strict'
import test from 'node:test'
import { droppedBefore } from './dropped-before.ts'

test('a capture says on which of its interfaces packets are dropped before it sees them', () => {
  const interfaces = [
    { name: 'eth0', xdpPrograms: [7] },
    { name: 'eth1', xdpPrograms: [] },
    { name: 'eth2', xdpPrograms: [7] },
  ]
  assert.deepEqual(droppedBefore(['eth1'], interfaces), [])
  const [note, ...others] = droppedBefore(['eth0', 'eth1'], interfaces)
  assert.match(note, /XDP program on eth0/)
  assert.deepEqual(others, [])
})
