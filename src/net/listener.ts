import { createServer, type Server, type Socket } from 'node:net'
import type { ServerHttp2Session } from 'node:http2'
import { Accept } from './accept.ts'
import type { CertificateStore, MinTlsVersion } from './certificates.ts'
import type { ConnectionFacts } from './connection-facts.ts'
import type { ConnectionFault } from './connection-fault.ts'
import type { Admission, ConnectionLimits } from './connection-limits.ts'
import type { Http2SessionLimits } from './http2-session.ts'
import { listenFailure, type SocketAddress } from './listen-failure.ts'

/** One listener as the configuration writes it. */
export interface ListenerOptions extends SocketAddress {
  readonly tls: boolean
  /** The peer must open each connection with a PROXY protocol v1 or v2 header. */
  readonly proxyProtocol: boolean
  readonly http2: boolean
  readonly minTlsVersion: MinTlsVersion
}

/** What all listeners of a worker share. */
export interface ListenContext {
  /** Needed by TLS listeners. */
  readonly certificates: CertificateStore | undefined
  /** Longest time from the accepted connection to the finished handshake. */
  readonly tlsHandshakeMs: number
  /** Bounds the connections of all listeners together. */
  readonly limits: ConnectionLimits
  /** Several workers listen on the same port and the kernel spreads connections (SO_REUSEPORT). */
  readonly reusePort: boolean
  readonly http2: Http2SessionLimits
}

/**
 * Who takes over connections. A handler attaches its listeners before it returns: bytes may follow at once. It tells the
 * admission when a request head has begun and when it is whole.
 */
export interface ConnectionHandlers {
  onHttp1(socket: Socket, facts: ConnectionFacts, admission: Admission): void
  onHttp2(session: ServerHttp2Session, facts: ConnectionFacts, admission: Admission): void
  onFault(fault: ConnectionFault): void
}

export interface Listener {
  readonly host: string
  readonly port: number
  readonly tls: boolean
  readonly openConnections: number
  /** Stops accepting; open connections go on. Resolves when the last one ended. */
  drain(): Promise<void>
  /** Stops accepting and destroys every connection. */
  close(): Promise<void>
}

const DROP_HEADROOM = 64

/** Starts a listener. Throws ERR_LISTEN_FAILED naming address and remedy when the address cannot be had. */
export async function listen(
  options: ListenerOptions,
  context: ListenContext,
  handlers: ConnectionHandlers,
): Promise<Listener> {
  const accept = new Accept(options, context, handlers)
  const server = createServer({ noDelay: true, allowHalfOpen: true }, (socket) => accept.take(socket))
  // Under a flood the library turns away what the limits would, for less; the room above them lets them choose first.
  server.maxConnections = context.limits.connections + DROP_HEADROOM
  server.on('drop', (peer) => accept.refuseOverLimit(peer))
  const port = await bind(server, options, context.reusePort)
  const ended = new Promise<void>((resolve) => server.once('close', resolve))
  return {
    host: options.host,
    port,
    tls: options.tls,
    get openConnections() {
      return accept.openConnections
    },
    drain: () => {
      server.close()
      return ended
    },
    close: () => {
      server.close()
      accept.destroyAll()
      return ended
    },
  }
}

async function bind(server: Server, address: SocketAddress, reusePort: boolean): Promise<number> {
  try {
    return await tryBind(server, address, reusePort)
  } catch (error) {
    // Systems without SO_REUSEPORT balancing (macOS, older kernels) say ENOTSUP: one worker can still listen.
    if (!reusePort || !(error instanceof Error) || !('code' in error) || error.code !== 'ENOTSUP') {
      throw error instanceof Error ? listenFailure(error, address) : error
    }
  }
  try {
    return await tryBind(server, address, false)
  } catch (error) {
    throw error instanceof Error ? listenFailure(error, address) : error
  }
}

function tryBind(server: Server, address: SocketAddress, reusePort: boolean): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen({ host: address.host, port: address.port, reusePort, backlog: 4096 }, () => {
      server.removeListener('error', reject)
      const bound = server.address()
      resolve(bound !== null && typeof bound === 'object' ? bound.port : address.port)
    })
  })
}
