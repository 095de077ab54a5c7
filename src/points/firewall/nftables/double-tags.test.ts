import assert from 'node:assert/strict'
import test from 'node:test'
import type { NetworkInterface } from '#net'
import { doubleTagNotes } from './double-tags.ts'

const link = (index: number, name: string, kind?: string, parent?: number): NetworkInterface => ({
  index,
  name,
  hardwareType: 1,
  mtuBytes: 1500,
  kind,
  otherEnd: parent === undefined ? undefined : { index: parent, network: undefined },
  xdpPrograms: [],
})

const INTERFACES = [
  link(2, 'eth0'),
  link(3, 'eth0.100', 'vlan', 2),
  link(4, 'eth0.100.7', 'vlan', 3),
  link(5, 'eth0.200', 'vlan', 2),
  link(6, 'upper', 'macvlan', 5),
]

test('VLANs within VLANs are told of, unless the outer one is filtered by itself', () => {
  const notes = (...names: readonly string[]): readonly string[] =>
    doubleTagNotes(
      names.map((name) => ({ name, directions: ['in'], protect: [] })),
      INTERFACES,
    )
  assert.equal(notes('eth0').length, 1)
  assert.match(notes('eth0')[0], /^eth0: packets of eth0\.100\.7 .* add eth0\.100 to firewall\.interfaces/)
  assert.deepEqual(notes('eth0', 'eth0.100'), [])
  assert.deepEqual(notes('eth0.100', 'eth0.200'), [])
})
