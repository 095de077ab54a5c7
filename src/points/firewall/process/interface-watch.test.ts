import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { test } from 'node:test'
import type { FirewallConfig } from '#config'
import { enterOwnNetwork, makeCable } from '../../../net/bpf/testing/own-network.ts'
import { InterfaceWatch } from './interface-watch.ts'

const skip = process.getuid?.() === 0 ? false : 'needs root'
const CONFIG: FirewallConfig = {
  interfaces: ['watch0', 'other0'].map((name) => ({ name, directions: ['in'], protect: [] })),
  backend: 'auto',
  onExit: 'open',
  management: [],
}

if (skip === false) enterOwnNetwork()

function removeCable(name: string): void {
  const env = { ...process.env, PATH: `${process.env['PATH']}:/usr/sbin:/sbin` }
  execFileSync('ip', ['link', 'del', name], { env })
}

function namesHere(watch: InterfaceWatch): readonly string[] {
  return watch.present(CONFIG).interfaces.map(({ name }) => name)
}

test('an interface that goes away is left out until it is back', { skip }, () => {
  makeCable('watch0', 'watch1')
  makeCable('other0', 'other1')
  const watch = new InterfaceWatch()
  watch.follow(CONFIG)
  assert.equal(watch.look(), undefined)
  removeCable('watch0')
  assert.deepEqual(watch.look(), { gone: ['watch0'], back: [] })
  assert.equal(watch.look(), undefined)
  watch.follow(CONFIG)
  assert.deepEqual(namesHere(watch), ['other0'])
  makeCable('watch0', 'watch1')
  assert.deepEqual(watch.look(), { gone: [], back: ['watch0'] })
  watch.follow(CONFIG)
  assert.deepEqual(namesHere(watch), ['watch0', 'other0'])
})

test('another interface of the same name is gone at first, then back', { skip }, () => {
  const watch = new InterfaceWatch()
  watch.follow(CONFIG)
  removeCable('watch0')
  makeCable('watch0', 'watch1')
  assert.deepEqual(watch.look(), { gone: ['watch0'], back: [] })
  watch.follow(CONFIG)
  assert.deepEqual(watch.look(), { gone: [], back: ['watch0'] })
})

test('who is not asked for any more is not waited for', { skip }, () => {
  const watch = new InterfaceWatch()
  watch.follow(CONFIG)
  removeCable('watch0')
  watch.look()
  watch.follow({ interfaces: CONFIG.interfaces.filter(({ name }) => name === 'other0') })
  assert.equal(watch.gone.size, 0)
})
