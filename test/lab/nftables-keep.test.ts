import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { skipWithout, skipWithoutRoot } from '../debian-tools.ts'
import { FirewallLab, SERVER } from './testing/firewall-lab.ts'

const skip = skipWithoutRoot() || skipWithout('ip', 'nft')

const RULES = `phase: packet_firewall
rules:
  - { id: silent, when: tcp.dstport == 24, action: drop }
  - { id: flood, when: udp.dstport == 99, action: drop }
  - { id: rate, when: udp.dstport == 98, action: { rate_limit: { per: [ip.src], packets: 10, period: 1h } } }
`
/** Longer than rules stay in force that are not to be kept. */
const LONGER_THAN_A_LEASE_MS = 6000

let lab: FirewallLab

before(async () => {
  if (skip !== false) return
  lab = new FirewallLab('backend: nftables\n  onExit: keep', RULES)
  await lab.start()
})

after(() => lab?.remove())

test('rules that are to be kept stay in force when everything was killed', { skip }, async () => {
  await lab.flood(98, 20)
  await lab.packets('rate', 20)
  lab.killAll()
  await sleep(LONGER_THAN_A_LEASE_MS)
  assert.equal(await lab.connect(SERVER.ipv4, 24), 'no answer')
})

test('the next process takes them over without a gap, and limits go on', { skip }, async () => {
  let isOver = false
  const answers: Promise<string>[] = []
  const knocking = (async () => {
    for (; !isOver; await sleep(50)) answers.push(lab.connect(SERVER.ipv4, 24))
  })()
  await lab.start()
  isOver = true
  await knocking
  assert.deepEqual([...new Set(await Promise.all(answers))], ['no answer'])
  const { counters } = await lab.firewall()
  const rate = counters.find(({ ruleId }) => ruleId === 'rate')
  assert.deepEqual([rate?.packets, rate?.over], [0, 0])
  await lab.flood(98, 5)
  await lab.packets('rate', 5)
  assert.equal((await lab.firewall()).counters.find(({ ruleId }) => ruleId === 'rate')?.over, 5)
})

test('they stay when it ends in good order, until an operator takes them off', { skip }, async () => {
  await lab.stop()
  assert.equal(await lab.connect(SERVER.ipv4, 24), 'no answer')
  assert.match(lab.command('firewall', 'off'), /table tidegate of nftables is gone/)
  assert.equal(await lab.connect(SERVER.ipv4, 24), 'ECONNREFUSED')
})
