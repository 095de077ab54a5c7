import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import path from 'node:path'
import { after, before, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { skipWithout, skipWithoutRoot } from '../../debian-tools.ts'
import { FirewallLab, SERVER } from './firewall-lab.ts'

const CLIENT = '10.77.0.2'
const OTHER = { server: '10.78.0.1', client: '10.78.0.2' } as const
const [WEB, FORBIDDEN_WEB, NAMES, FORBIDDEN_NAMES] = [8001, 8002, 5301, 5302]

/** It takes the whole header of TCP to find the payload, which nftables does not for every packet. */
const SECRET = `  - { id: secret, when: 'packet.direction == "out" and starts_with(l4.payload, "GET /secret")', action: drop }
`

const rulesFor = (backend: 'xdp' | 'nftables'): string => `lists: { forbidden: [192.0.2.0/24] }
---
phase: packet_ddos
rules:
  - { id: super, when: 'packet.direction == "out" and frame.len > 1600', action: log }
---
phase: packet_firewall
rules:
  - { id: other-cable, when: 'packet.interface == "fw1" and packet.direction == "in" and tcp.dstport == 24', action: drop }
  - { id: web, when: 'packet.direction == "out" and tcp.dstport == ${FORBIDDEN_WEB}', action: drop }
${backend === 'nftables' ? '' : SECRET}  - { id: names, when: 'packet.direction == "out" and udp.dstport == ${FORBIDDEN_NAMES}', action: drop }
  - { id: listed, when: ip.dst in $forbidden, action: drop }
  - { id: flood, when: 'packet.direction == "out" and udp.dstport == 99', action: drop }
  - { id: outside-in, when: 'packet.direction == "in" and udp.dstport == 99', action: drop }
`

const INTERFACES = 'directions: [in, out] }, { name: fw1, directions: [in, out]'
const run = promisify(execFile)

/** What a program on the server's host gives, or how it failed. */
async function there(lab: FirewallLab, ...command: readonly string[]): Promise<string> {
  try {
    return (await run('ip', ['netns', 'exec', lab.space, ...command], { env: lab.environment, timeout: 20_000 })).stdout
  } catch (error) {
    return `failed: ${String(error)}`
  }
}

/** Answers a question about names with itself; returns what ends it. */
function startNames(port: number): () => void {
  const socket = createSocket('udp4')
  socket.on('message', (question, { port: back, address }) => {
    question[2] |= 0x80
    socket.send(question, back, address)
  })
  socket.bind(port, CLIENT)
  return () => void socket.close()
}

function startWeb(port: number): () => void {
  const server = createServer((request, response) => {
    request.resume().on('end', () => response.end('well'))
  })
  server.listen(port, CLIENT)
  return () => {
    server.close()
    // Of clients whose packets were dropped.
    server.closeAllConnections()
  }
}

/** Real clients on the server's host, whose packets go out by two interfaces that are filtered in both directions. */
export function testDirections(backend: 'xdp' | 'nftables', onExit: 'open' | 'keep'): void {
  const skip =
    skipWithoutRoot() || skipWithout('ip', 'curl', 'dig', 'ping', ...(backend === 'nftables' ? (['nft'] as const) : []))
  const stops: (() => void)[] = []
  const rules = rulesFor(backend)
  let lab: FirewallLab

  const web = (port: number, route: string = '/', ...more: readonly string[]): Promise<string> =>
    there(lab, 'curl', '-s', '--max-time', '2', ...more, `http://${CLIENT}:${port}${route}`)

  before(async () => {
    if (skip !== false) return
    lab = new FirewallLab(`backend: ${backend}\n  onExit: ${onExit}`, rules, INTERFACES)
    lab.addCable('fw1', 'cl1', 78)
    stops.push(startWeb(WEB), startWeb(FORBIDDEN_WEB), startNames(NAMES), startNames(FORBIDDEN_NAMES))
    await lab.start()
  })

  after(async () => {
    for (const stop of stops) stop()
    await lab?.remove()
  })

  test('a rule about one interface leaves the other alone', { skip }, async () => {
    assert.equal(await lab.connect(OTHER.server, 24), 'no answer')
    assert.equal(await lab.connect(SERVER.ipv4, 24), 'ECONNREFUSED')
    assert.ok((await lab.packets('other-cable', 1)) >= 1)
  })

  test('what curl and dig send is dropped where rules say so, and nothing else is', { skip }, async () => {
    assert.equal(await web(WEB), 'well')
    assert.match(await web(FORBIDDEN_WEB), /failed/)
    assert.ok((await lab.packets('web', 1)) >= 1)
    const dig = (port: number): Promise<string> =>
      there(lab, 'dig', `@${CLIENT}`, '-p', String(port), '+tries=1', '+time=1', 'example.com')
    assert.match(await dig(NAMES), /status: NOERROR/)
    assert.doesNotMatch(await dig(FORBIDDEN_NAMES), /status: NOERROR/)
    assert.ok((await lab.packets('names', 1)) >= 1)
    assert.match(await there(lab, 'ping', '-c', '1', '-W', '1', CLIENT), / 0% packet loss/)
  })

  // nftables knows of no rule about it.
  if (backend === 'xdp')
    test('the payload of what goes out is read, wherever its bytes lie', { skip }, async () => {
      assert.equal(await web(WEB, '/open'), 'well')
      assert.match(await web(WEB, '/secret'), /failed/)
      assert.ok((await lab.packets('secret', 1)) >= 1)
    })

  test('a packet that the card is to cut up is one packet', { skip }, async () => {
    const big = path.join(lab.home, 'big')
    writeFileSync(big, Buffer.alloc(2_000_000))
    assert.equal(await web(WEB, '/', '--data-binary', `@${big}`, '-H', 'Expect:'), 'well')
    assert.ok((await lab.packets('super', 5)) >= 5)
  })

  test('30 changes of the rules under load lose no packet in either direction', { skip }, async () => {
    const count = 6000
    const script = `const s=require('dgram').createSocket('udp4');let n=0;(function f(){if(n>=${count})return s.close();
      let left=20;for(let i=0;i<20;i++,n++)s.send('x',99,'${CLIENT}',()=>{if(--left===0)setTimeout(f,5)})})()`
    const sending = Promise.all([there(lab, process.execPath, '-e', script), lab.flood(99, count)])
    for (let change = 0; change < 30; change++) {
      lab.writePolicy(`${rules}  - { id: other, when: udp.dstport == ${1000 + change}, action: drop }\n`)
      await lab.api('POST', '/api/v1/policy/reload')
    }
    await sending
    assert.equal(await lab.packets('outside-in', count), count)
    assert.equal(await lab.packets('flood', count), count)
  })

  test(`killed, it leaves both directions ${onExit === 'open' ? 'open' : 'filtered'}`, { skip }, async () => {
    assert.match(await web(FORBIDDEN_WEB), /failed/)
    lab.killAll()
    // The rules of nftables outlive whoever is killed by some seconds.
    await sleep(backend === 'nftables' ? 6000 : 200)
    const isOpen = onExit === 'open'
    assert[isOpen ? 'equal' : 'notEqual'](await web(FORBIDDEN_WEB), 'well')
    assert.equal(await lab.connect(OTHER.server, 24), isOpen ? 'ECONNREFUSED' : 'no answer')
    if (isOpen) return
    await lab.start()
    assert.match(await web(FORBIDDEN_WEB), /failed/)
    lab.command('firewall', 'off')
    assert.equal(await web(FORBIDDEN_WEB), 'well')
  })
}
