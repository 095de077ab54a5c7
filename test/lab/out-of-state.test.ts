import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { after, before, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { ethernet, ipv4, tcp, TCP_FLAG } from '../../src/wire/packet/testing/index.ts'
import { skipWithout, skipWithoutRoot } from '../debian-tools.ts'
import { type Client, client, whileClientsAsk } from './testing/clients.ts'
import { FirewallLab, SERVER } from './testing/firewall-lab.ts'
import { FloodSender } from './testing/flood-sender.ts'

const skip = skipWithoutRoot() || skipWithout('ip')

const PORT = 8444
/** Connections are learnt for a minute. */
const LEARNING_MS = 64_000

const ECHO_PROGRAM = `
require('node:net').createServer((socket) => socket.pipe(socket)).listen({ port: ${PORT}, host: '::' })
`

const RULES = `phase: packet_firewall
rules:
  - { id: lost, when: tcp.out_of_state, action: drop }
`

let lab: FirewallLab
let old: Socket
const CLIENTS = [
  client('curl', ['-sS', '--max-time', '8', `http://${SERVER.ipv4}:9090/api/v1/health`], /"status":"ok"/),
]

/** The connection that was there before anything else. */
const oldClient: Client = async () => {
  old.write('x')
  try {
    await once(old, 'data', { signal: AbortSignal.timeout(8000) })
    return undefined
  } catch (error) {
    return `the old connection: ${String(error)}`
  }
}

before(async () => {
  if (skip !== false) return
  lab = new FirewallLab('backend: xdp', RULES)
  lab.startThere(process.execPath, '-e', ECHO_PROGRAM)
  await lab.until('somebody listens', async () => (await lab.connect(SERVER.ipv4, PORT)) === 'connected')
  old = connect({ host: SERVER.ipv4, port: PORT, noDelay: true })
  await once(old, 'connect')
  await lab.start()
})

after(async () => {
  old?.destroy()
  await lab?.remove()
})

test('a flood of acknowledgements is dropped, and connections old and new go on', { skip }, async (t) => {
  const all = [...CLIENTS, oldClient]
  assert.deepEqual((await whileClientsAsk(all, () => sleep(LEARNING_MS))).failures, [])
  const segment = tcp({ sourcePort: 0, destinationPort: PORT, flags: TCP_FLAG.ack, sequence: 0, acknowledgement: 7 })
  const frame = ethernet(ipv4({ source: '0.0.0.0', destination: SERVER.ipv4 }, segment), {
    source: lab.cable.client,
    destination: lab.cable.server,
  })
  const sender = new FloodSender(frame, ['source', 'sourcePort', 'sequence'], lab.cable.clientIndex)
  const { failures, asked } = await whileClientsAsk(all, async () => {
    const sending = sender.send(10_000, 4000)
    for (let change = 0; change < 10; change++) {
      lab.writePolicy(`${RULES}  - { id: other, when: udp.dstport == ${1000 + change}, action: drop }\n`)
      await lab.api('POST', '/api/v1/policy/reload')
    }
    await sending
  })
  sender.close()
  const dropped = await lab.packets('lost', 10_000)
  t.diagnostic(`${dropped} dropped, ${asked} questions`)
  assert.deepEqual(failures, [])
  assert.ok(asked > 10)
})
