import type { ConnectionFacts } from '../connection-facts.ts'
import type { ConnectionFault } from '../connection-fault.ts'
import { type ConnectionLimitOptions, ConnectionLimits } from '../connection-limits.ts'
import { listen, type ListenContext, type Listener, type ListenerOptions } from '../listener.ts'

const HTTP2 = {
  concurrentStreams: 10,
  resetsPerSecond: 10,
  headerListBytes: 8192,
  fieldCount: 50,
  sessionMemoryBytes: 1e7,
}
export const ANSWER = 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok'

export function limitsOf(changes: Partial<ConnectionLimitOptions>): ConnectionLimits {
  return new ConnectionLimits({ connections: 100, headsPerAddress: 100, isExempt: () => false, ...changes })
}

/** A listener that answers every HTTP/1 connection and records what it was told. */
export class Recorder {
  readonly facts: ConnectionFacts[] = []
  readonly faults: ConnectionFault[] = []
  listener: Listener | undefined

  get port(): number {
    return this.listener!.port
  }

  async start(options: Partial<ListenerOptions>, context: Partial<ListenContext> = {}): Promise<void> {
    const defaults = {
      host: '127.0.0.1',
      port: 0,
      tls: false,
      proxyProtocol: false,
      http2: true,
      minTlsVersion: 'TLSv1.2',
    } as const
    const shared = {
      certificates: undefined,
      tlsHandshakeMs: 2000,
      limits: limitsOf({}),
      reusePort: false,
      http2: HTTP2,
    }
    this.listener = await listen(
      { ...defaults, ...options },
      { ...shared, ...context },
      {
        onHttp1: (socket, facts, admission) => {
          this.facts.push(facts)
          socket.on('error', () => socket.destroy())
          socket.on('data', () => {
            admission.headDone()
            socket.write(ANSWER)
          })
          socket.on('end', () => socket.end())
        },
        onHttp2: (session, facts) => {
          this.facts.push(facts)
          session.on('error', () => {})
        },
        onFault: (fault) => this.faults.push(fault),
      },
    )
  }
}
