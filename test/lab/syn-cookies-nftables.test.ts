import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { after, before, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { ethernet, ipv4, synOptions, tcp, TCP_FLAG } from '../../src/wire/packet/testing/index.ts'
import { skipWithoutRoot, toolPath } from '../debian-tools.ts'
import { type Client, client, whileClientsAsk } from './testing/clients.ts'
import { FirewallLab, SERVER } from './testing/firewall-lab.ts'
import { FloodSender } from './testing/flood-sender.ts'

const skip = skipWithoutRoot() || (toolPath('nft') === undefined ? 'needs nft (Debian: nftables)' : false)

const PORT = 8443
const ECHO_PORT = 8444
const SETTING = '/proc/sys/net/ipv4/tcp_syncookies'
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

function windowScale(): number {
  const largest = ['ipv4/tcp_rmem', 'core/rmem_max'].map((name) =>
    Number(readFileSync(`/proc/sys/net/${name}`, 'latin1').trim().split(/\s+/).at(-1)),
  )
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

function setting(): string {
  return lab.run('cat', SETTING).trim()
}

function halfOpen(): number {
  return lab.run('ss', '-Htn', 'state', 'syn-recv', 'sport', '=', `:${PORT}`).split('\n').filter(Boolean).length
}

interface Mitigation {
  readonly step: string
  readonly when: string
  readonly active: boolean
}

test(
  'a flood that looks like good clients is answered by the network stack, and nobody is cut off',
  { skip },
  async (t) => {
    assert.deepEqual((await whileClientsAsk(CLIENTS, () => sleep(12_000))).failures, [])
    const sender = synFlood()
    let seen: readonly Mitigation[] = []
    const { asked, failures } = await whileClientsAsk(CLIENTS, async () => {
      const sending = sender.send(10_000, 8000)
      await lab.until('a rule gives cookies', async () => {
        const answer = (await lab.api('GET', '/api/v1/firewall/mitigations')) as { mitigations: readonly Mitigation[] }
        seen = answer.mitigations
        return seen.some(({ step, active }) => step === 'synCookie' && active)
      })
      await sending
    })
    sender.close()
    t.diagnostic(`${asked} asked; ${seen.map(({ step, when }) => `${step}: ${when}`).join(' | ')}`)
    assert.deepEqual(failures, [])
    assert.equal(setting(), '2')
    assert.equal(await connection.missing(), 0)
  },
)

test(
  'by hand too: forged attempts leave nothing behind, and everything is as before afterwards',
  { skip },
  async () => {
    await lab.stop()
    assert.equal(setting(), '1')
    lab.writePolicy(BY_HAND)
    await lab.start()
    assert.equal(setting(), '2')
    const sender = synFlood()
    const waiting: number[] = []
    const { failures } = await whileClientsAsk(CLIENTS, async () => {
      const sending = sender.send(5000, 3000)
      for (let look = 0; look < 5; look++) {
        await sleep(500)
        waiting.push(halfOpen())
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
    assert.equal(setting(), '1')
  },
)
