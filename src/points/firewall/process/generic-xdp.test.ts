import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { type AddressInfo, connect, createServer } from 'node:net'
import test from 'node:test'
import type { FirewallConfig } from '#config'
import { bringUp } from '#net'
import { enterOwnNetwork } from '../../../net/bpf/testing/own-network.ts'
import { packetPolicy, type WrittenRule } from '../testing/packet-policy.ts'
import { XdpFirewall } from './xdp-firewall.ts'

const skip = process.getuid?.() === 0 ? false : 'needs root'
const SETTING = '/proc/sys/net/ipv4/tcp_syncookies'
/** The loopback device has no native XDP. */
const FIREWALL: FirewallConfig = {
  interfaces: [{ name: 'lo', directions: ['in'], protect: [] }],
  backend: 'xdp',
  onExit: 'open',
  management: [],
}
const LARGE = Buffer.alloc(300_000, 'x')

/** Everything that a server sends. */
async function received(host: string, port: number): Promise<number> {
  const socket = connect({ host, port })
  let bytes = 0
  socket.on('data', (chunk) => (bytes += chunk.length))
  await once(socket, 'end')
  return bytes
}

test('behind the driver, SYN cookies are given as well, and the stack takes them', { skip }, async () => {
  enterOwnNetwork()
  bringUp('lo')
  writeFileSync(SETTING, '1')
  const server = createServer((socket) => socket.end(LARGE)).listen(0, '::')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const rules: readonly WrittenRule[] = [{ id: 'web', when: `tcp.dstport == ${port}`, action: 'syn_cookie' }]
  const firewall = new XdpFirewall()
  const { interfaces, notes } = firewall.apply(packetPolicy(rules), FIREWALL, 0)
  assert.deepEqual(interfaces, [{ name: 'lo', direction: 'in', mode: 'generic' }])
  assert.match(notes.join(), /no native XDP/)
  assert.equal(readFileSync(SETTING, 'latin1').trim(), '2')
  for (const host of ['127.0.0.1', '::1']) assert.equal(await received(host, port), LARGE.length, host)
  const counted = firewall.counters().find(({ ruleId }) => ruleId === 'web')
  assert.equal(counted?.packets, 2)
  firewall.apply(packetPolicy([{ ...rules[0], mode: 'log' }]), FIREWALL, 0)
  assert.equal(readFileSync(SETTING, 'latin1').trim(), '1')
  firewall.release()
  server.close()
})
