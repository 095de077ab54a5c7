import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { after, before, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { ethernet, ipv4, synOptions, tcp, TCP_FLAG } from '../../src/wire/packet/testing/index.ts'
import { type Client, client, whileClientsAsk } from './testing/clients.ts'
import { FirewallLab, SERVER } from './testing/firewall-lab.ts'
import { FloodSender } from './testing/flood-sender.ts'

const skip = process.getuid?.() === 0 ? false : 'needs root'

const PORT = 8443
const DOWNLOAD_BYTES = 3_000_000
const SETTING = '/proc/sys/net/ipv4/tcp_syncookies'

/** A program that knows nothing of all this, and has room for few who have not answered yet. */
const SERVER_PROGRAM = `
require('node:http').createServer((request, response) => response.end('x'.repeat(${DOWNLOAD_BYTES})))
  .listen({ port: ${PORT}, host: '::', backlog: 16 })
`

const RULES = `phase: packet_firewall
rules:
  - { id: web, when: tcp.dstport == ${PORT}, action: syn_cookie }
`
const NO_RULES = `phase: packet_firewall
rules:
  - { id: other, when: udp.dstport == 9, action: drop }
`

let lab: FirewallLab
const download = (host: string): Client =>
  client(
    'curl',
    ['-sS', '--max-time', '8', '-o', '/dev/null', '-w', '%{size_download}', `http://${host}:${PORT}/`],
    new RegExp(`^${DOWNLOAD_BYTES}$`),
  )
const CLIENTS = [download(SERVER.ipv4), download(`[${SERVER.ipv6}]`)]

before(async () => {
  if (skip !== false) return
  lab = new FirewallLab('floods: { mode: mitigate, learn: 10s }', RULES, 'protect: [10.77.0.0/24, fd77::/64]')
  lab.run('sysctl', '-qw', 'net.ipv4.tcp_syncookies=1')
  lab.startThere(process.execPath, '-e', SERVER_PROGRAM)
  await lab.start()
})

after(() => lab?.remove())

/** What the network stack of this machine offers: as much as scales a byte count of 16 bits to its largest buffer. */
function windowScale(): number {
  const largest = ['ipv4/tcp_rmem', 'core/rmem_max'].map((name) => {
    const text = readFileSync(`/proc/sys/net/${name}`, 'latin1')
    return Number(text.trim().split(/\s+/).at(-1))
  })
  return Math.min(14, Math.max(0, Math.floor(Math.log2(Math.max(...largest))) - 15))
}

/** Attempts to connect from everywhere that look like those of the clients. */
function synFlood(): FloodSender {
  const options = synOptions(1460, windowScale())
  const segment = tcp({ sourcePort: 0, destinationPort: PORT, flags: TCP_FLAG.syn, sequence: 0, options })
  const packet = ipv4({ source: '0.0.0.0', destination: SERVER.ipv4, dontFragment: true }, segment)
  const frame = ethernet(packet, { source: lab.cable.client, destination: lab.cable.server })
  return new FloodSender(frame, ['source', 'id', 'sourcePort', 'sequence'], lab.cable.clientIndex)
}

/** How many wait in the network stack of the server for the last segment of their handshake. */
function halfOpen(): number {
  return lab.run('ss', '-Htn', 'state', 'syn-recv', 'sport', '=', `:${PORT}`).split('\n').filter(Boolean).length
}

function counted(name: string): number {
  const [, value] = new RegExp(`${name}\\s+(\\d+)`).exec(lab.run('nstat', '-asz', name)) ?? []
  return Number(value)
}

test('clients come through a flood of forged senders, of which the stack sees nothing', { skip }, async (t) => {
  assert.equal(lab.run('cat', SETTING).trim(), '2')
  const sender = synFlood()
  const waiting: number[] = []
  const { asked, failures } = await whileClientsAsk(CLIENTS, async () => {
    const sending = sender.send(20_000, 5000)
    for (let look = 0; look < 10; look++) {
      await sleep(400)
      waiting.push(halfOpen())
    }
    await sending
  })
  sender.close()
  const answered = await lab.packets('web', 20_000)
  const heard = counted('TcpExtSyncookiesRecv')
  t.diagnostic(`${answered} answered, ${heard} heard, ${asked} downloads, waiting: ${waiting.join(' ')}`)
  assert.deepEqual(failures, [])
  assert.ok(asked > 5 && heard >= asked, `${asked} questions, ${heard} answers to cookies`)
  assert.deepEqual(new Set(waiting), new Set([0]))
  assert.equal(counted('TcpExtSyncookiesFailed'), 0)
})

test('acknowledgements of nothing are thrown away', { skip }, async () => {
  const before = await lab.packets('web', 0)
  const segment = tcp({ sourcePort: 0, destinationPort: PORT, flags: TCP_FLAG.ack, sequence: 0, acknowledgement: 7 })
  const frame = ethernet(ipv4({ source: '0.0.0.0', destination: SERVER.ipv4 }, segment), {
    source: lab.cable.client,
    destination: lab.cable.server,
  })
  const sender = new FloodSender(frame, ['source', 'sourcePort', 'sequence'], lab.cable.clientIndex)
  const failed = counted('TcpExtSyncookiesFailed')
  const { failures } = await whileClientsAsk(CLIENTS, () => sender.send(10_000, 1500))
  sender.close()
  assert.deepEqual(failures, [])
  assert.ok((await lab.packets('web', before + 5000)) >= before + 5000)
  assert.equal(counted('TcpExtSyncookiesFailed'), failed)
})

test('without such a rule the stack is as it was', { skip }, async () => {
  lab.writePolicy(NO_RULES)
  await lab.api('POST', '/api/v1/policy/reload')
  assert.equal(lab.run('cat', SETTING).trim(), '1')
})

interface Mitigation {
  readonly class: string
  readonly step: string
  readonly when: string
  readonly active: boolean
}

test('a flood that looks like good clients is answered with cookies by itself', { skip }, async (t) => {
  // Something is usual before the flood comes.
  assert.deepEqual((await whileClientsAsk(CLIENTS, () => sleep(12_000))).failures, [])
  const sender = synFlood()
  let seen: readonly Mitigation[] = []
  const { failures } = await whileClientsAsk(CLIENTS, async () => {
    const sending = sender.send(20_000, 6000)
    await lab.until('a rule gives cookies', async () => {
      const answer = (await lab.api('GET', '/api/v1/firewall/mitigations')) as { mitigations: readonly Mitigation[] }
      seen = answer.mitigations
      return seen.some(({ step, active }) => step === 'synCookie' && active)
    })
    await sending
  })
  sender.close()
  t.diagnostic(seen.map(({ step, when }) => `${step}: ${when}`).join(' | '))
  assert.deepEqual(failures, [])
  assert.equal(lab.run('cat', SETTING).trim(), '2')
  await lab.stop()
  assert.equal(lab.run('cat', SETTING).trim(), '1')
})
