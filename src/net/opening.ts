import type { Socket } from 'node:net'
import { readProxyHeader, type ProxiedConnection } from '#wire'
import { ByteCollector } from './byte-collector.ts'
import type { ConnectionFacts } from './connection-facts.ts'
import type { ConnectionFaultName } from './connection-fault.ts'

/** The outcome of reading the first bytes of a connection. */
export type Step<T> =
  | { readonly state: 'complete'; readonly value: T; readonly usedBytes: number }
  | { readonly state: 'incomplete'; readonly needBytes: number }
  | { readonly state: 'refused'; readonly fault: ConnectionFaultName; readonly detail: string }

/** Reads something from everything received so far. */
type StepReader<T> = (bytes: Buffer) => Step<T>

/**
 * Reads from a socket until `read` has what it wants, then puts unread bytes back and leaves the socket paused.
 * `done` hears the value or the refusal; neither when the socket closes before.
 */
export function readOpening<T>(
  socket: Socket,
  read: StepReader<T>,
  done: (step: Exclude<Step<T>, { state: 'incomplete' }>) => void,
): void {
  const collector = new ByteCollector()
  let needBytes = 1
  const onData = (segment: Buffer): void => {
    collector.push(segment)
    const bytes = collector.bytes
    if (bytes.length < needBytes) return
    const step = read(bytes)
    if (step.state === 'incomplete') {
      needBytes = step.needBytes
      return
    }
    socket.pause()
    socket.removeListener('data', onData)
    if (step.state === 'complete' && step.usedBytes < bytes.length) socket.unshift(bytes.subarray(step.usedBytes))
    done(step)
  }
  socket.on('data', onData)
  socket.resume()
}

/** Reads the PROXY protocol header that a listener requires. */
export function proxyStep(bytes: Buffer): Step<ProxiedConnection | undefined> {
  const header = readProxyHeader(bytes)
  if (header.state === 'complete') return { state: 'complete', value: header.connection, usedBytes: header.sizeBytes }
  if (header.state === 'incomplete') return header
  if (header.state === 'malformed') return { state: 'refused', fault: 'proxy-header-malformed', detail: header.detail }
  const detail = 'the peer sent no PROXY protocol header, which this listener requires'
  return { state: 'refused', fault: 'proxy-header-missing', detail }
}

/** The facts after the peer said for whom it speaks. */
export function withProxied(facts: ConnectionFacts, connection: ProxiedConnection | undefined): ConnectionFacts {
  if (connection === undefined) return facts
  return {
    remoteAddress: connection.sourceAddress,
    remotePort: connection.sourcePort,
    localAddress: connection.destinationAddress,
    localPort: connection.destinationPort,
    peerAddress: facts.peerAddress,
    tls: facts.tls,
  }
}
