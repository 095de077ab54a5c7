import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { ethernet, ipv4, tcp, TCP_FLAG } from '../../src/wire/packet/testing/index.ts'
import { skipWithout, skipWithoutRoot } from '../debian-tools.ts'
import { type Client, client, whileClientsAsk } from './testing/clients.ts'
import { FirewallLab, SERVER } from './testing/firewall-lab.ts'
import { FloodSender } from './testing/flood-sender.ts'
import { cookieSetting, halfOpen, synFloodLikeClients, untilCookies } from './testing/syn-cookies.ts'

const skip = skipWithoutRoot() || skipWithout('ip', 'sysctl')

const PORT = 8443
const DOWNLOAD_BYTES = 3_000_000

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

function counted(name: string): number {
  const [, value] = new RegExp(`${name}\\s+(\\d+)`).exec(lab.run('nstat', '-asz', name)) ?? []
  return Number(value)
}

test('clients come through a flood of forged senders, of which the stack sees nothing', { skip }, async (t) => {
  assert.equal(cookieSetting(lab), '2')
  const sender = synFloodLikeClients(lab, PORT)
  const waiting: number[] = []
  const { asked, failures } = await whileClientsAsk(CLIENTS, async () => {
    const sending = sender.send(20_000, 5000)
    for (let look = 0; look < 10; look++) {
      await sleep(400)
      waiting.push(halfOpen(lab, PORT))
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
  assert.equal(cookieSetting(lab), '1')
})

test('a flood that looks like good clients is answered with cookies by itself', { skip }, async (t) => {
  // Something is usual before the flood comes.
  assert.deepEqual((await whileClientsAsk(CLIENTS, () => sleep(12_000))).failures, [])
  const sender = synFloodLikeClients(lab, PORT)
  let seen = ''
  const { failures } = await whileClientsAsk(CLIENTS, async () => {
    const sending = sender.send(20_000, 6000)
    seen = await untilCookies(lab)
    await sending
  })
  sender.close()
  t.diagnostic(seen)
  assert.deepEqual(failures, [])
  assert.equal(cookieSetting(lab), '2')
  await lab.stop()
  assert.equal(cookieSetting(lab), '1')
})
