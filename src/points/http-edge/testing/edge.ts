import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import type { Action } from '#act'
import type { EdgeConfig, SiteConfig } from '#config'
import type { Policy, Decision } from '#decide'
import { WAF_CLASSES, type WafSettings } from '#detect'
import { Logger } from '#kernel'
import { ConnectionLimits } from '#net'
import { parseIp } from '#wire'
import { EdgePolicy } from '../edge-policy.ts'
import type { EdgeWaf } from '../edge-waf.ts'
import { Engine } from '../engine.ts'
import type { ExchangeFacts } from '../facts.ts'
import { H1Connection } from '../h1-connection.ts'
import { createOriginHealth } from '../origin-health.ts'

/** An event as a test looks at it. */
interface SeenEvent {
  readonly decision: Decision
  readonly facts: ExchangeFacts
}

export interface TestEdge {
  readonly port: number
  readonly engine: Engine
  readonly events: SeenEvent[]
  readonly health: SharedArrayBuffer
  close(): Promise<void>
}

export const EMPTY_POLICY: Policy<Action> = { version: 'test', rulesets: [], lists: [] }

/** A site with one host `*` and the given origins. */
export function testSite(ports: readonly number[], changes: Partial<SiteConfig> = {}): SiteConfig {
  return {
    name: 'site',
    hosts: ['*'],
    origins: ports.map((port) => ({
      url: `http://127.0.0.1:${port}`,
      secure: false,
      host: '127.0.0.1',
      port,
      verify: true,
      maxConnections: 256,
    })),
    balance: 'round-robin',
    health: { maxFailures: 3, ejectMs: 10_000 },
    preserveHost: true,
    bodyLimitBytes: 1_073_741_824,
    upgrade: ['websocket'],
    retries: 1,
    waf: WAF_OFF,
    ...changes,
  }
}

/** Settings of a site without WAF; tests change what they are about. */
export const WAF_OFF: WafSettings = {
  mode: 'off',
  ruleSets: ['tidegate'],
  paranoia: 1,
  inboundThreshold: 5,
  outboundThreshold: 4,
  sensitivity: Object.fromEntries(WAF_CLASSES.map((name) => [name, 'medium'])) as WafSettings['sensitivity'],
  bodyLimitBytes: 1_048_576,
  responseBodyLimitBytes: 131_072,
  budgetMs: 250,
  onBudget: 'closed',
}

export function testConfig(sites: readonly SiteConfig[], changes: Partial<EdgeConfig> = {}): EdgeConfig {
  return {
    workers: 1,
    listeners: [],
    certificates: [],
    sites,
    trustedProxies: [],
    limits: {
      headBytes: 32_768,
      fieldCount: 128,
      trailerBytes: 8192,
      chunkExtensionBytes: 1024,
      requestsPerConnection: 100_000,
      connections: 10_000,
      headsPerAddress: 100,
    },
    timeouts: {
      headMs: 10_000,
      bodyIdleMs: 60_000,
      idleMs: 60_000,
      tlsHandshakeMs: 5000,
      originConnectMs: 5000,
      originResponseMs: 60_000,
      originIdleMs: 30_000,
      drainMs: 10_000,
    },
    http2: { concurrentStreams: 100, resetsPerSecond: 50, headerListBytes: 32_768, sessionMemoryBytes: 10_000_000 },
    waf: { ruleSets: {} },
    ...changes,
  }
}

/** The engine behind a real server on loopback, with its events in an array. */
export async function startEdge(
  edge: EdgeConfig,
  policy: Policy<Action> = EMPTY_POLICY,
  more: { readonly waf?: EdgeWaf | undefined; readonly testToken?: string } = {},
): Promise<TestEdge> {
  const events: SeenEvent[] = []
  const health = createOriginHealth(edge)
  const engine = new Engine({
    edge,
    policy: new EdgePolicy(policy, more.waf),
    events: { record: ({ decision }, facts) => void events.push({ decision, facts }) },
    geo: undefined,
    health,
    logger: new Logger('error'),
    testToken: more.testToken,
  })
  const sockets = new Set<Socket>()
  const { connections, headsPerAddress } = edge.limits
  const limits = new ConnectionLimits({ connections, headsPerAddress, isExempt: () => false })
  const server = createServer({ noDelay: true, allowHalfOpen: true }, (socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
    const peer = parseIp(socket.remoteAddress!)!
    const local = parseIp(socket.localAddress!)!
    const admission = limits.admit(() => socket.destroy(), peer)!
    socket.once('close', () => admission.close())
    const facts = {
      remoteAddress: peer,
      remotePort: socket.remotePort!,
      localAddress: local,
      localPort: socket.localPort!,
      peerAddress: peer,
      tls: undefined,
    }
    new H1Connection(engine, socket, facts, admission)
  })
  const port = await listenOn(server)
  const close = async () => {
    engine.close()
    for (const socket of sockets) socket.destroy()
    await closeServer(server)
  }
  return { port, engine, events, health, close }
}

/** Listens on a free port of loopback. */
export async function listenOn(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return (server.address() as AddressInfo).port
}

export async function closeServer(server: Server): Promise<void> {
  if (!server.listening) return
  const closed = once(server, 'close')
  server.close()
  if ('closeAllConnections' in server) (server.closeAllConnections as () => void).call(server)
  await closed
}

/** Sends bytes and gives everything that came back until the peer ended or `idleMs` passed without a byte. */
export async function dialogue(
  port: number,
  pieces: readonly (string | Buffer)[],
  { idleMs = 300, end = false }: { idleMs?: number; end?: boolean } = {},
): Promise<{ text: string; ended: boolean }> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true, allowHalfOpen: true })
  const chunks: Buffer[] = []
  let ended = false
  await new Promise<void>((resolve) => {
    let timer = setTimeout(resolve, idleMs)
    const again = () => {
      clearTimeout(timer)
      timer = setTimeout(resolve, idleMs)
    }
    socket.on('error', () => resolve())
    socket.on('close', () => resolve())
    socket.on('end', () => {
      ended = true
      clearTimeout(timer)
      resolve()
    })
    socket.on('data', (bytes: Buffer) => {
      chunks.push(bytes)
      again()
    })
    void sendPieces(socket, pieces, end, again)
  })
  socket.destroy()
  return { text: Buffer.concat(chunks).toString('latin1'), ended }
}

async function sendPieces(socket: Socket, pieces: readonly (string | Buffer)[], end: boolean, again: () => void) {
  for (const piece of pieces) {
    if (socket.destroyed) return
    socket.write(typeof piece === 'string' ? Buffer.from(piece, 'latin1') : piece)
    await new Promise((resolve) => setImmediate(resolve))
    again()
  }
  if (end) socket.end()
}
