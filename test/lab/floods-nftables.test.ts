import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { skipWithout, skipWithoutRoot } from '../debian-tools.ts'
import { FirewallLab, SERVER } from './testing/firewall-lab.ts'
import { synFlood } from './testing/flood-frames.ts'

const skip = skipWithoutRoot() || skipWithout('ip', 'nft', 'ethtool')

const RULES = `phase: packet_firewall
rules:
  - { id: telnet, when: tcp.dstport == 23, action: drop }
`

let lab: FirewallLab

before(async () => {
  if (skip !== false) return
  lab = new FirewallLab('backend: nftables\n  floods: { mode: mitigate }', RULES)
  lab.openCable()
  await lab.start()
})

after(() => lab?.remove())

test('where nftables filters, a flood is stopped as well', { skip }, async (t) => {
  const sender = synFlood(lab.cable, SERVER.ipv4, 9090, 777)
  await sender.send(10_000, 3000)
  sender.close()
  await sleep(1500)
  const { counters } = await lab.firewall()
  const dropped = counters.filter(({ phase }) => phase === 'packet_ddos').reduce((sum, each) => sum + each.packets, 0)
  const all = counters.reduce((sum, { packets }) => sum + packets, 0)
  t.diagnostic(`${dropped} of ${all} dropped`)
  assert.ok(all > 5000 && dropped > 0.4 * all, `${dropped} of ${all}`)
  assert.match(lab.command('firewall', 'mitigations'), /in force +drop/)
})
