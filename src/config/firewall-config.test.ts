import assert from 'node:assert/strict'
import test from 'node:test'
import { parseCidr } from '#wire'
import { parseConfig } from './load-config.ts'

test('a machine that only filters packets needs no edge', () => {
  const { edge, firewall } = parseConfig('firewall: { interfaces: [{ name: eth0 }] }', 'c.yaml')
  assert.deepEqual([edge.workers, edge.listeners, edge.sites], [0, [], []])
  assert.deepEqual(firewall, {
    interfaces: [{ name: 'eth0', directions: ['in'], protect: [] }],
    backend: 'auto',
    onExit: 'open',
    management: [],
  })
})

test('the settings of the firewall are read', () => {
  const { firewall } = parseConfig(
    'firewall: { interfaces: [{ name: eth0 }], onExit: keep, management: [192.0.2.0/24], confirmWithin: 60s }',
    'c.yaml',
  )
  assert.equal(firewall?.onExit, 'keep')
  assert.equal(firewall?.confirmWithinMs, 60_000)
  assert.deepEqual(firewall?.management, [parseCidr('192.0.2.0/24')])
})

test('prefixes are protected as a word or with a profile, and floods have settings', () => {
  const { firewall } = parseConfig(
    `firewall:
  interfaces:
    - name: eth0
      protect: [192.0.2.0/24, 198.51.100.7, { prefix: 2001:db8:10::/48, mode: log, thresholds: { udp: 5000 } }]
  floods: { mode: mitigate, learn: 1m }
`,
    'c.yaml',
  )
  assert.deepEqual(firewall?.interfaces[0].protect, [
    { prefix: '192.0.2.0/24' },
    { prefix: '198.51.100.7/32' },
    { prefix: '2001:db8:10::/48', mode: 'log', thresholds: { udp: 5000 } },
  ])
  assert.deepEqual(firewall.floods, { mode: 'mitigate', learnMs: 60_000, sensitivity: 'medium', thresholds: {} })
})

const REFUSED: readonly (readonly [text: string, message: RegExp])[] = [
  ['firewall: { interfaces: [] }', /at least 1 element/],
  ['firewall: { interfaces: [{ name: "eth0; ls" }] }', /name of a network interface/],
  ['firewall: { interfaces: [{ name: a }, { name: a }] }', /interface a is named twice/],
  ['firewall: { interfaces: [{ name: a, directions: [in, out, in] }] }', /c\.yaml:1:\d+.*direction in is named twice/],
  ['firewall: { interfaces: [{ name: a, directions: [up] }] }', /expected in or out/],
  ['firewall: { interfaces: [{ name: a, directions: [] }] }', /at least 1/],
  ['firewall: { interfaces: [{ name: a, protect: [10.0.0.1/8] }] }', /without host bits/],
  ['firewall: { interfaces: [{ name: a, protect: [{ prefix: 10.0.0.0/8, limit: 3 }] }] }', /unknown key `limit`/],
  ['firewall: { interfaces: [{ name: a }], floods: { mode: on } }', /expected off or log or mitigate/],
  ['firewall: { interfaces: [{ name: a }], floods: { thresholds: { syn: 0 } } }', /at least 1/],
  ['firewall: { interfaces: [{ name: a }], backend: pf }', /expected auto or xdp/],
]

test('what makes no sense is refused', () => {
  for (const [text, message] of REFUSED) assert.throws(() => parseConfig(text, 'c.yaml'), message, text)
})
