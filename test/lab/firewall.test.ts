import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { skipWithout, skipWithoutRoot } from '../debian-tools.ts'
import { FirewallLab, SERVER } from './testing/firewall-lab.ts'

const skip = skipWithoutRoot() || skipWithout('ip')

const RULES = `phase: packet_firewall
rules:
  - { id: telnet, when: tcp.dstport == 23, action: reset }
  - { id: flood, when: udp.dstport == 99, action: drop }
  - { id: rate, when: udp.dstport == 98, action: { rate_limit: { per: [ip.src], packets: 10, period: 1h } } }
`

let lab: FirewallLab

before(async () => {
  if (skip !== false) return
  lab = new FirewallLab('confirmWithin: 5s', RULES)
  await lab.start()
})

after(() => lab?.remove())

test('rules that a good connection confirmed stay', { skip }, async () => {
  assert.notEqual((await lab.firewall()).revertsAt, undefined)
  assert.deepEqual(await lab.api('POST', '/api/v1/firewall/confirm'), { confirmed: true })
  assert.equal((await lab.firewall()).revertsAt, undefined)
  assert.deepEqual(await lab.api('POST', '/api/v1/firewall/confirm'), { confirmed: false })
})

test('a reset ends an attempt to connect, over both families', { skip }, async () => {
  assert.equal(await lab.connect(SERVER.ipv4, 23), 'ECONNREFUSED')
  assert.equal(await lab.connect(SERVER.ipv6, 23), 'ECONNREFUSED')
  assert.equal(await lab.packets('telnet', 2), 2)
  assert.equal(await lab.connect(SERVER.ipv4, 9090), 'connected')
})

test('a flood is dropped to the last packet, and good clients go on', { skip }, async () => {
  const flood = lab.flood(99, 20_000)
  for (let request = 0; request < 20; request++) assert.ok((await lab.firewall()).policyVersion)
  await flood
  assert.equal(await lab.packets('flood', 20_000), 20_000)
})

test('the heaviest flows are named', { skip }, async () => {
  const { flows } = (await lab.api('GET', '/api/v1/firewall/top')) as { flows: Record<string, unknown>[] }
  const { packets, bytes, ...flow } = flows[0]
  assert.deepEqual(flow, {
    source: '10.77.0.2',
    destination: SERVER.ipv4,
    protocol: 17,
    destinationPort: 99,
    interface: 'fw0',
    direction: 'in',
    verdict: 'drop',
    ruleId: 'flood',
  })
  assert.ok(Number(packets) > 1000 && Number(bytes) > Number(packets))
})

test('what is above a rate is dropped', { skip }, async () => {
  await lab.flood(98, 100)
  assert.equal(await lab.packets('rate', 100), 100)
  const { counters } = await lab.firewall()
  assert.equal(counters.find(({ ruleId }) => ruleId === 'rate')?.over, 90)
})

test('100 changes of the rules under load lose no packet', { skip }, async () => {
  const before = await lab.packets('flood', 0)
  let isOver = false
  let sent = 0
  const load = async (): Promise<void> => {
    while (!isOver) {
      await lab.flood(99, 200)
      sent += 200
      // The sender shares its processor with everything else here.
      await sleep(20)
    }
  }
  const loaded = load()
  try {
    for (let change = 0; change < 100; change++) {
      lab.writePolicy(`${RULES}  - { id: other, when: udp.dstport == ${1000 + change}, action: drop }\n`)
      await lab.api('POST', '/api/v1/policy/reload')
    }
  } finally {
    isOver = true
  }
  await loaded
  await lab.api('POST', '/api/v1/firewall/confirm')
  assert.equal((await lab.packets('flood', before + sent)) - before, sent)
  assert.ok(sent > 0)
})

test('rules that lock everybody out are taken back', { skip }, async () => {
  lab.writePolicy(
    `${RULES}  - { id: mistake, when: tcp, action: drop }\n`.replace('when: tcp,', 'when: ip.proto == 6,'),
  )
  await lab.until('nobody is let in', async () => (await lab.connect(SERVER.ipv4, 9090)) === 'no answer')
  await lab.until('the rules before are back', async () => (await lab.connect(SERVER.ipv4, 9090)) === 'connected')
  const { counters, revertsAt } = await lab.firewall()
  assert.equal(revertsAt, undefined)
  assert.ok(!counters.some(({ ruleId }) => ruleId === 'mistake'))
})

test(
  'when its process dies, packets pass, and it comes back by itself; what was counted stays counted',
  {
    skip,
  },
  async () => {
    const before = await lab.packets('flood', 1)
    lab.killFirewall()
    await lab.until('it runs again', async () => (await lab.firewall()).deaths === 1 && lab.isFiltered)
    await lab.flood(99, 10)
    assert.equal(await lab.packets('flood', before + 10), before + 10)
  },
)

test('an operator takes it off without a server or a network', { skip }, async () => {
  assert.match(lab.command('firewall', 'off'), /packets pass on fw0/)
  assert.equal(lab.isFiltered, false)
  assert.match(lab.command('firewall', 'off'), /no packet rule/)
  await lab.stop()
})
