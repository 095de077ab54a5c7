import assert from 'node:assert/strict'
import { connect, type Socket } from 'node:net'
import { after, before, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { skipWithout, skipWithoutRoot } from '../debian-tools.ts'
import { type Client, client, whileClientsAsk } from './testing/clients.ts'
import { FirewallLab, SERVER } from './testing/firewall-lab.ts'
import { cookieSetting, halfOpen, synFloodLikeClients, untilCookies } from './testing/syn-cookies.ts'

const skip = skipWithoutRoot() || skipWithout('ip', 'nft')

const PORT = 8443
const ECHO_PORT = 8444
const SERVER_PROGRAM = `
require('node:http').createServer((request, response) => response.end('welcome')).listen(${PORT}, '::')
require('node:net').createServer((socket) => socket.pipe(socket)).listen(${ECHO_PORT}, '::')
`
const NO_RULES = 'phase: packet_firewall\nrules:\n  - { id: other, when: udp.dstport == 9, action: drop }\n'
const BY_HAND = `phase: packet_ddos\nrules:\n  - { id: web, when: tcp.dstport == ${PORT}, action: syn_cookie }\n`

const visit = (host: string): Client =>
  client('curl', ['-sS', '--max-time', '8', `http://${host}:${PORT}/`], /^welcome$/)
const CLIENTS = [visit(SERVER.ipv4), visit(`[${SERVER.ipv6}]`)]

let lab: FirewallLab
let connection: Echo

before(async () => {
  if (skip !== false) return
  lab = new FirewallLab(
    'backend: nftables\n  floods: { mode: mitigate, learn: 10s }',
    NO_RULES,
    'protect: [10.77.0.0/24, fd77::/64]',
  )
  lab.openCable()
  lab.run('sysctl', '-qw', 'net.ipv4.tcp_syncookies=1')
  lab.startThere(process.execPath, '-e', SERVER_PROGRAM)
  await lab.start()
  await lab.until('the server listens', async () => (await lab.connect(SERVER.ipv4, ECHO_PORT)) === 'connected')
  connection = new Echo()
})

after(async () => {
  connection?.close()
  await lab?.remove()
})

/** A connection that is there all the time, and says something now and then. */
class Echo {
  readonly #socket: Socket = connect(ECHO_PORT, SERVER.ipv4)
  #sent = 0
  #heard = 0
  readonly #timer = setInterval(() => {
    this.#sent++
    this.#socket.write('x')
  }, 100)

  constructor() {
    this.#socket.on('data', (data) => (this.#heard += data.length))
  }

  /** How much of what was sent did not come back after a while. */
  async missing(): Promise<number> {
    const sent = this.#sent
    for (let waited = 0; waited < 100 && this.#heard < sent; waited++) await sleep(50)
    return sent - Math.min(sent, this.#heard)
  }

  close(): void {
    clearInterval(this.#timer)
    this.#socket.destroy()
  }
}

test(
  'a flood that looks like good clients is answered by the network stack, and nobody is cut off',
  { skip },
  async (t) => {
    assert.deepEqual((await whileClientsAsk(CLIENTS, () => sleep(12_000))).failures, [])
    const sender = synFloodLikeClients(lab, PORT)
    let seen = ''
    const { asked, failures } = await whileClientsAsk(CLIENTS, async () => {
      const sending = sender.send(10_000, 8000)
      seen = await untilCookies(lab)
      await sending
    })
    sender.close()
    t.diagnostic(`${asked} asked; ${seen}`)
    assert.deepEqual(failures, [])
    assert.equal(cookieSetting(lab), '2')
    assert.equal(await connection.missing(), 0)
  },
)

test(
  'by hand too: forged attempts leave nothing behind, and everything is as before afterwards',
  { skip },
  async () => {
    await lab.stop()
    assert.equal(cookieSetting(lab), '1')
    lab.writePolicy(BY_HAND)
    await lab.start()
    assert.equal(cookieSetting(lab), '2')
    const sender = synFloodLikeClients(lab, PORT)
    const waiting: number[] = []
    const { failures } = await whileClientsAsk(CLIENTS, async () => {
      const sending = sender.send(5000, 3000)
      for (let look = 0; look < 5; look++) {
        await sleep(500)
        waiting.push(halfOpen(lab, PORT))
      }
      await sending
    })
    sender.close()
    assert.deepEqual(failures, [])
    assert.deepEqual(new Set(waiting), new Set([0]))
    assert.ok((await lab.packets('web', 3000)) >= 3000)
    assert.equal(await connection.missing(), 0)
    lab.writePolicy(NO_RULES)
    await lab.api('POST', '/api/v1/policy/reload')
    assert.equal(cookieSetting(lab), '1')
  },
)
