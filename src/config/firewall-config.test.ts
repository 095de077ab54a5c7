import assert from 'node:assert/strict'
import test from 'node:test'
import { parseCidr } from '#wire'
import { parseConfig } from './load-config.ts'

test('a machine that only filters packets needs no edge', () => {
  const { edge, firewall } = parseConfig('firewall: { interfaces: [{ name: eth0 }] }', 'c.yaml')
  assert.deepEqual([edge.workers, edge.listeners, edge.sites], [0, [], []])
  assert.deepEqual(firewall, {
    interfaces: [{ name: 'eth0' }],
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

const REFUSED: readonly (readonly [text: string, message: RegExp])[] = [
  ['firewall: { interfaces: [] }', /at least 1 element/],
  ['firewall: { interfaces: [{ name: "eth0; ls" }] }', /name of a network interface/],
  ['firewall: { interfaces: [{ name: a }, { name: a }] }', /interface a is named twice/],
  ['firewall: { interfaces: [{ name: a }], backend: pf }', /expected auto or xdp/],
]

test('what makes no sense is refused', () => {
  for (const [text, message] of REFUSED) assert.throws(() => parseConfig(text, 'c.yaml'), message, text)
})
