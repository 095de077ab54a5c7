import { createSocket, type Socket } from 'node:dgram'
import { createServer as createHttpServer, get } from 'node:http'
import { connect, createServer, type Socket as TcpSocket } from 'node:net'
import { performance } from 'node:perf_hooks'

/** Services of the host, and those who use them: `floods-lab-people.ts serve` there, `floods-lab-people.ts use HOST` here. */
export const PORTS = { web: 80, shell: 22, media: 10_000 } as const
/** Clients have addresses of this network. */
export const PEOPLE = { network: '10.88.0.0/16', prefix: '10.88' } as const
const PAGE = 'x'.repeat(6000)
const PATIENCE_MS = 3000
const REPORT_MS = 250

/** What was tried so far, and what of it failed. */
export type Uses = Readonly<Record<'web' | 'shell' | 'media', { readonly tried: number; readonly failed: number }>>

const uses = { web: { tried: 0, failed: 0 }, shell: { tried: 0, failed: 0 }, media: { tried: 0, failed: 0 } }

function serve(): void {
  createHttpServer((_, response) => response.end(PAGE)).listen(PORTS.web)
  createServer((socket) => void socket.on('error', () => {}).pipe(socket)).listen(PORTS.shell)
  const media = createSocket('udp4').bind(PORTS.media)
  media.on('message', (bytes, { port, address }) => media.send(bytes, port, address))
}

function somebody(): string {
  return `${PEOPLE.prefix}.${1 + Math.floor(Math.random() * 4)}.${1 + Math.floor(Math.random() * 250)}`
}

/** A visit: a connection of its own, a question and its answer. */
function visit(host: string): void {
  uses.web.tried++
  let isOver = false
  const end = (isGood: boolean): void => {
    if (!isOver && !isGood) uses.web.failed++
    isOver = true
  }
  const request = get({ host, port: PORTS.web, localAddress: somebody(), agent: false, timeout: PATIENCE_MS })
  request.on('timeout', () => request.destroy()).on('error', () => end(false))
  request.on('response', (response) => {
    let received = 0
    response.on('data', (chunk: Buffer) => (received += chunk.length)).on('error', () => end(false))
    response.on('end', () => end(received === PAGE.length))
  })
}

/** A long connection on which each key comes back. */
function openShell(host: string): void {
  const waiting: number[] = []
  const socket: TcpSocket = connect({ host, port: PORTS.shell, localAddress: somebody() })
  socket.setNoDelay(true)
  socket.on('data', (bytes) => {
    for (const sentAt of waiting.splice(0, bytes.length)) {
      if (performance.now() - sentAt > PATIENCE_MS) uses.shell.failed++
    }
  })
  socket.on('error', () => {
    uses.shell.failed += Math.max(1, waiting.length)
  })
  setInterval(() => {
    if (socket.destroyed) return
    uses.shell.tried++
    waiting.push(performance.now())
    socket.write('k')
  }, 100)
}

/** A call: 50 datagrams a second that come back. */
function call(host: string): void {
  const socket: Socket = createSocket('udp4')
  const waiting = new Map<number, number>()
  let sequence = 0
  socket.bind(0, somebody())
  socket.on('message', (bytes) => waiting.delete(bytes.readUInt32BE(4)))
  setInterval(() => {
    const packet = Buffer.alloc(172)
    packet.writeUInt16BE(0x8000, 0)
    packet.writeUInt32BE(sequence, 4)
    uses.media.tried++
    waiting.set(sequence++, performance.now())
    socket.send(packet, PORTS.media, host)
    for (const [number, sentAt] of waiting) {
      if (performance.now() - sentAt < PATIENCE_MS) break
      uses.media.failed++
      waiting.delete(number)
    }
  }, 20)
}

function use(host: string): void {
  for (let shell = 0; shell < 5; shell++) openShell(host)
  for (let caller = 0; caller < 10; caller++) call(host)
  setInterval(() => visit(host), 50)
  setInterval(() => process.stdout.write(`${JSON.stringify(uses)}\n`), REPORT_MS)
}

const [role, host] = process.argv.slice(2)
if (role === 'serve') serve()
if (role === 'use') use(host)
