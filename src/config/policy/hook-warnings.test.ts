import assert from 'node:assert/strict'
import test from 'node:test'
import { archivedSources } from './policy-sources.ts'
import { parsePolicy } from './parse-policy.ts'

const INTERFACES = [
  { name: 'eth0', directions: ['in', 'out'], protect: [] },
  { name: 'eth1', directions: ['in'], protect: [] },
] as const

function warningsOf(when: string, action: string = 'drop'): string[] {
  const text = `phase: packet_firewall\nrules:\n  - { id: r, when: '${when}', action: ${action} }\n`
  const sources = archivedSources(new Map([['packets.yaml', text]]))
  const { warnings } = parsePolicy(sources, {
    siteNames: undefined,
    nowMs: 0,
    hasFirewall: true,
    interfaces: INTERFACES,
  })
  return warnings.map(({ place, message }) => `${place.line}:${place.column} ${message}`)
}

const WARNED: readonly (readonly [when: string, action: string, message: RegExp])[] = [
  ['packet.interface == "eth9"', 'drop', /^3:\d+ rule r: interface eth9 is not in `firewall\.interfaces`.*eth[01]/],
  ['not packet.interface in {"eth0" "eth2"}', 'drop', /interface eth2 is not/],
  [
    'packet.interface == "eth1" and packet.direction == "out"',
    'drop',
    /no packet meets it.*eth0 in, eth0 out, eth1 in/,
  ],
  ['packet.direction == "sideways"', 'drop', /no packet meets it/],
  ['packet.direction == "out" and tcp.dstport == 443', 'syn_cookie', /no packet meets it/],
]

test('rules that no filtered packet meets are warned of at their place', () => {
  for (const [when, action, message] of WARNED) {
    const warnings = warningsOf(when, action)
    assert.equal(warnings.length, 1, when)
    assert.match(warnings[0], message)
  }
})

test('rules about what is filtered are not', () => {
  for (const when of [
    'tcp.dstport == 1',
    'packet.direction == "out"',
    'packet.interface == "eth1" and packet.direction == "in"',
    'starts_with(packet.interface, "eth")',
    'packet.interface == "eth0" xor packet.direction == "in"',
  ]) {
    assert.deepEqual(warningsOf(when), [], when)
  }
})
