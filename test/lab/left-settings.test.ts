import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { skipWithout, skipWithoutRoot } from '../debian-tools.ts'
import { FirewallLab } from './testing/firewall-lab.ts'

const skip = skipWithoutRoot() || skipWithout('ip', 'nft')

const COOKIES = '/proc/sys/net/ipv4/tcp_syncookies'
const LOOSE = '/proc/sys/net/netfilter/nf_conntrack_tcp_loose'
const WITH_COOKIES = policy('tcp.dstport == 7000', 'syn_cookie')
const WITH_PROXY = policy('tcp.dstport == 7000', 'synproxy')
const WITH_NEITHER = policy('udp.dstport == 9', 'drop')

let lab: FirewallLab

function policy(when: string, action: string): string {
  return `phase: packet_firewall\nrules:\n  - { id: only, when: ${when}, action: ${action} }\n`
}

function setting(path: string): string {
  return lab.run('cat', path).trim()
}

before(() => {
  if (skip !== false) return
  lab = new FirewallLab('backend: auto', WITH_COOKIES)
  lab.run('sysctl', '-qw', 'net.ipv4.tcp_syncookies=1')
})

after(() => lab?.remove())

test('what was changed for cookies is put back by the next start after everything was killed', { skip }, async () => {
  await lab.start()
  assert.equal(setting(COOKIES), '2')
  lab.killAll()
  assert.equal(setting(COOKIES), '2')
  lab.writePolicy(WITH_NEITHER)
  await lab.start()
  assert.equal(setting(COOKIES), '1')
  await lab.stop()
})

test('who needs them after that leaves them as they were before both', { skip }, async () => {
  lab.writePolicy(WITH_COOKIES)
  await lab.start()
  lab.killAll()
  await lab.start()
  assert.equal(setting(COOKIES), '2')
  await lab.stop()
  assert.equal(setting(COOKIES), '1')
})

test('an operator puts everything back without a start', { skip }, async () => {
  await lab.start()
  lab.killAll()
  assert.match(lab.command('firewall', 'off'), /net\.ipv4\.tcp_syncookies is as it was/)
  assert.equal(setting(COOKIES), '1')
})

test('the same for a proxy', { skip }, async () => {
  lab.writePolicy(WITH_PROXY)
  await lab.start()
  assert.deepEqual([setting(LOOSE), setting(COOKIES)], ['0', '1'])
  lab.killAll()
  assert.equal(setting(LOOSE), '0')
  lab.writePolicy(WITH_NEITHER)
  await lab.start()
  assert.equal(setting(LOOSE), '1')
})
