import { once } from 'node:events'
import net, { type AddressInfo, type Socket } from 'node:net'
import tls, { type ConnectionOptions, type TlsOptions } from 'node:tls'
import type { Direction, StreamEnd } from '../../flows/contract.ts'
import type { StreamTalk } from './traffic.ts'

/** What passed between a client and a server, in the order in which it passed. */
export interface Recording {
  readonly pieces: readonly (readonly [Direction, Buffer])[]
  readonly endedBy: Direction | undefined
  readonly how: StreamEnd
}

/**
 * Records a TLS connection of Node's own client and server over loopback. When the client is connected it sends `words`; the
 * server sends them back and closes.
 */
export async function recordTls(
  serverOptions: TlsOptions,
  clientOptions: ConnectionOptions,
  words: string = 'hello',
): Promise<Recording> {
  const server = tls.createServer(serverOptions, (socket) => {
    socket.on('error', () => undefined)
    socket.once('data', (data: Buffer) => socket.end(data))
  })
  server.on('tlsClientError', () => undefined)
  const pieces: [Direction, Buffer][] = []
  const end: { by: Direction | undefined; how: StreamEnd } = { by: undefined, how: 'fin' }
  const relay = net.createServer((inside) => {
    const outside = net.connect((server.address() as AddressInfo).port, '127.0.0.1')
    join(inside, outside, 0)
    join(outside, inside, 1)
  })
  function join(from: Socket, to: Socket, direction: Direction): void {
    from.on('data', (bytes: Buffer) => {
      pieces.push([direction, bytes])
      to.write(bytes)
    })
    from.on('end', () => {
      end.by ??= direction
      to.end()
    })
    from.on('error', () => {
      if (end.by === undefined) end.how = 'reset'
      end.by ??= direction
      to.destroy()
    })
    from.on('close', () => {
      end.by ??= direction
      to.destroy()
    })
  }
  for (const listener of [server, relay]) {
    listener.listen(0, '127.0.0.1')
    await once(listener, 'listening')
  }
  const client = tls.connect({ ...clientOptions, port: (relay.address() as AddressInfo).port, host: '127.0.0.1' })
  client.on('error', () => undefined)
  client.once('secureConnect', () => client.write(words))
  client.resume()
  await new Promise<void>((resolve) => void client.once('close', () => resolve()))
  await Promise.all([server, relay].map(async (listener) => new Promise((resolve) => void listener.close(resolve))))
  return { pieces, endedBy: end.by, how: end.how }
}

/** Says a recording again. `size` cuts each piece into smaller ones. */
export function replay(talk: StreamTalk, { pieces, how, endedBy }: Recording, size: number = Infinity): void {
  for (const [direction, bytes] of pieces) {
    for (let at = 0; at < bytes.length; at += size) talk.say(direction, bytes.subarray(at, at + size))
  }
  talk.end(how, endedBy)
}
