import type { Socket } from 'node:net'
import { type IpAddress, parseIp } from '#wire'
import type { ConnectionFacts } from './connection-facts.ts'

type SocketEnds = Pick<Socket, 'remoteAddress' | 'remotePort' | 'localAddress' | 'localPort'>

/** The facts of a plain connection, before any PROXY protocol header. */
export function socketFacts(socket: Partial<SocketEnds>): ConnectionFacts {
  const peer = addressOf(socket.remoteAddress)
  return {
    remoteAddress: peer,
    remotePort: socket.remotePort ?? 0,
    localAddress: addressOf(socket.localAddress),
    localPort: socket.localPort ?? 0,
    peerAddress: peer,
    tls: undefined,
  }
}

function addressOf(text: string | undefined): IpAddress {
  if (text === undefined) return 0
  // Link-local peers carry their interface as a zone: fe80::1%eth0.
  const zone = text.indexOf('%')
  return parseIp(zone < 0 ? text : text.slice(0, zone)) ?? 0
}
