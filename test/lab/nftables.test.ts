import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { connect, type Socket } from 'node:net'
import { after, before, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { skipWithout, skipWithoutRoot } from '../debian-tools.ts'
import { FirewallLab, SERVER } from './testing/firewall-lab.ts'

const skip = skipWithoutRoot() || skipWithout('ip', 'nft')

const RULES = `phase: packet_firewall
rules:
  - { id: telnet, when: tcp.dstport == 23, action: reset }
  - { id: silent, when: tcp.dstport == 24, action: drop }
  - { id: flood, when: udp.dstport == 99 and not ip.src in $friends, action: drop }
  - { id: rate, when: udp.dstport == 98, action: { rate_limit: { per: [ip.src], packets: 10, period: 1h } } }
`
const LISTS = 'lists:\n  friends: [192.0.2.0/24, "2001:db8::/32"]\n---\n'

const skipFlood = skip || skipWithout('hping3')

let lab: FirewallLab

before(async () => {
  if (skip !== false) return
  lab = new FirewallLab('backend: nftables\n  confirmWithin: 5s', LISTS + RULES)
  await lab.start()
  await lab.api('POST', '/api/v1/firewall/confirm')
})

after(async () => {
  for (const server of servers) server.kill('SIGKILL')
  await lab?.remove()
})

const servers: ChildProcess[] = []

/** Starts a server on the other host; gives what ends it. */
function listenOn7000(): () => void {
  const server = lab.spawn('nc', '-6', '-lk', '-p', '7000')
  servers.push(server)
  return () => server.kill('SIGKILL')
}

/** Loads rules and keeps them. */
async function load(policy: string): Promise<void> {
  lab.writePolicy(policy)
  await lab.api('POST', '/api/v1/policy/reload')
  await lab.api('POST', '/api/v1/firewall/confirm')
}

test('a reset ends an attempt to connect, and a drop leaves it without an answer', { skip }, async () => {
  assert.equal(await lab.connect(SERVER.ipv4, 23), 'ECONNREFUSED')
  assert.equal(await lab.connect(SERVER.ipv6, 23), 'ECONNREFUSED')
  assert.equal(await lab.packets('telnet', 2), 2)
  assert.equal(await lab.connect(SERVER.ipv4, 24), 'no answer')
  assert.equal(await lab.connect(SERVER.ipv4, 9090), 'connected')
})

test('a flood is dropped to the last packet, and good clients go on', { skip }, async () => {
  const flood = lab.flood(99, 20_000)
  for (let request = 0; request < 20; request++) assert.ok((await lab.firewall()).policyVersion)
  await flood
  assert.equal(await lab.packets('flood', 20_000), 20_000)
})

test('samples say who sends most, with weights that make up what was counted', { skip }, async () => {
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
  assert.ok(Math.abs(Number(packets) - 20_000) < 200, String(packets))
  assert.equal(Math.round(Number(bytes) / Number(packets)), 43)
})

test('what is above a rate is dropped', { skip }, async () => {
  await lab.flood(98, 100)
  assert.equal(await lab.packets('rate', 100), 100)
  const { counters } = await lab.firewall()
  assert.equal(counters.find(({ ruleId }) => ruleId === 'rate')?.over, 90)
})

test(
  '100 changes of the rules under load lose no packet, disturb nobody, and limits go on counting',
  { skip },
  async () => {
    const before = await lab.packets('flood', 0)
    const sending = lab.keepSending(99)
    const ping = run('ping', '-i', '0.05', '-w', '60', '-c', '200', SERVER.ipv4)
    const pages = visits(30)
    try {
      for (let change = 0; change < 100; change++) {
        const other = `  - { id: other, when: udp.dstport == ${1000 + change}, action: drop }\n`
        lab.writePolicy(LISTS + RULES + other)
        await lab.api('POST', '/api/v1/policy/reload')
      }
    } finally {
      await lab.api('POST', '/api/v1/firewall/confirm')
    }
    const sent = await sending.stop()
    assert.equal((await lab.packets('flood', before + sent)) - before, sent)
    assert.ok(sent > 0)
    assert.match(await ping, / 0% packet loss/)
    assert.deepEqual([...new Set(await pages)], ['200'])
    await lab.flood(98, 10)
    await lab.packets('rate', 110)
    assert.equal((await lab.firewall()).counters.find(({ ruleId }) => ruleId === 'rate')?.over, 100)
  },
)

test('lists change under load, and no packet is judged by half of one', { skip }, async () => {
  const before = await lab.packets('flood', 0)
  const sending = lab.keepSending(99)
  for (let change = 0; change < 30; change++) {
    const others = Array.from({ length: change % 7 }, (_, index) => `198.51.${index}.0/24`)
    await load(`lists:\n  friends: [${['192.0.2.0/24', ...others].join(', ')}]\n---\n${RULES}`)
  }
  const sent = await sending.stop()
  assert.equal((await lab.packets('flood', before + sent)) - before, sent)
  await load(`lists:\n  friends: [10.77.0.0/24]\n---\n${RULES}`)
  const friendly = await lab.packets('flood', 0)
  await lab.flood(99, 100)
  await lab.flood(98, 1)
  await lab.packets('rate', 111)
  assert.equal(await lab.packets('flood', 0), friendly)
  await load(LISTS + RULES)
})

test('connections that were there go on, and new ones are refused', { skip }, async () => {
  const stop = listenOn7000()
  await lab.until('somebody listens', async () => (await lab.connect(SERVER.ipv4, 7000)) === 'connected')
  const socket = connect(7000, SERVER.ipv4)
  await new Promise((resolve) => socket.once('connect', resolve))
  await load(`${LISTS}${RULES}  - { id: strangers, when: 'ct.state == "new" and tcp.dstport == 7000', action: drop }\n`)
  assert.equal(await lab.connect(SERVER.ipv4, 7000), 'no answer')
  assert.ok(await isAlive(socket))
  assert.equal(await lab.connect(SERVER.ipv4, 23), 'ECONNREFUSED')
  await lab.packets('strangers', 1)
  socket.destroy()
  await load(LISTS + RULES)
  assert.equal(await lab.connect(SERVER.ipv4, 7000), 'connected')
  stop()
})

test(
  'a proxy answers in place of the server, and forged attempts to connect leave nothing behind',
  { skip: skipFlood },
  async () => {
    const stop = listenOn7000()
    await lab.until('somebody listens', async () => (await lab.connect(SERVER.ipv4, 7000)) === 'connected')
    await load(`${LISTS}${RULES}  - { id: proxy, when: tcp.dstport == 7000, action: synproxy }\n`)
    for (const host of [SERVER.ipv4, SERVER.ipv6]) assert.equal(await lab.connect(host, 7000), 'connected')
    const tracked = (): number => Number(lab.run('cat', '/proc/sys/net/netfilter/nf_conntrack_count'))
    const before = tracked()
    await run('hping3', '-q', '-S', '--rand-source', '-p', '7000', '-i', 'u200', '-c', '2000', SERVER.ipv4)
    await lab.packets('proxy', 2000)
    assert.ok(tracked() < before + 50, `${tracked()} connections are tracked`)
    assert.equal(await lab.connect(SERVER.ipv4, 7000), 'connected')
    const socket = connect(7000, SERVER.ipv4)
    await new Promise((resolve) => socket.once('connect', resolve))
    assert.ok(await isAlive(socket))
    socket.destroy()
    assert.equal(lab.run('cat', '/proc/sys/net/netfilter/nf_conntrack_tcp_loose').trim(), '0')
    await load(LISTS + RULES)
    assert.equal(lab.run('cat', '/proc/sys/net/netfilter/nf_conntrack_tcp_loose').trim(), '1')
    stop()
  },
)

test('rules that lock everybody out are taken back', { skip }, async () => {
  lab.writePolicy(`${LISTS}${RULES}  - { id: mistake, when: ip.proto == 6, action: drop }\n`)
  await lab.until('nobody is let in', async () => (await lab.connect(SERVER.ipv4, 9090)) === 'no answer')
  await lab.until('the rules before are back', async () => (await lab.connect(SERVER.ipv4, 9090)) === 'connected')
  const { counters, revertsAt } = await lab.firewall()
  assert.equal(revertsAt, undefined)
  assert.ok(!counters.some(({ ruleId }) => ruleId === 'mistake'))
  await load(LISTS + RULES)
})

test('when its process dies, it comes back by itself', { skip }, async () => {
  lab.killFirewall()
  await lab.until('it runs again', async () => {
    const { deaths, policyVersion } = await lab.firewall()
    return deaths === 1 && policyVersion !== undefined
  })
  const before = await lab.packets('flood', 0)
  await lab.flood(99, 10)
  assert.equal(await lab.packets('flood', before + 10), before + 10)
})

test('an operator takes it off without a server or a network', { skip }, async () => {
  assert.match(lab.command('firewall', 'off'), /packets pass the table tidegate of nftables is gone/)
  assert.equal(lab.run('nft', 'list', 'tables'), '')
  assert.match(lab.command('firewall', 'off'), /no packet rule/)
  assert.equal(await lab.connect(SERVER.ipv4, 24), 'ECONNREFUSED')
})

test('packets pass soon after everything was killed', { skip }, async () => {
  await lab.stop()
  await lab.start()
  assert.equal(await lab.connect(SERVER.ipv4, 24), 'no answer')
  lab.killAll()
  await lab.until('packets pass', async () => (await lab.connect(SERVER.ipv4, 24)) === 'ECONNREFUSED')
})

/** What a program of the client's host says; it need not succeed. */
function run(program: string, ...args: readonly string[]): Promise<string> {
  const child: ChildProcess = spawn(program, args, { stdio: ['ignore', 'pipe', 'ignore'] })
  let output = ''
  child.stdout?.setEncoding('utf8').on('data', (text: string) => (output += text))
  return new Promise((resolve) => child.on('close', () => resolve(output)))
}

/** The status of pages that are fetched one after the other. */
async function visits(count: number): Promise<readonly string[]> {
  const statuses: string[] = []
  const url = `http://${SERVER.ipv4}:9090/api/v1/health`
  for (let visit = 0; visit < count; visit++) {
    statuses.push(await run('curl', '-s', '-m', '10', '-o', '/dev/null', '-w', '%{http_code}', url))
  }
  return statuses
}

/** Whether the other end acknowledges what is sent. */
async function isAlive(socket: Socket): Promise<boolean> {
  await new Promise((resolve) => socket.write('still there\n', resolve))
  await sleep(300)
  return !socket.destroyed
}
