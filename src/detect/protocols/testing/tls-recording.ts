import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import tls, { type ConnectionOptions, type TlsOptions } from 'node:tls'
import { type Recording, RecordingRelay } from './recording-relay.ts'
import type { StreamTalk } from './traffic.ts'

/**
 * Records a TLS connection of Node's own client and server over loopback. When the client is connected it sends `words`; the
 * server sends its answer, or the words without one, and closes.
 */
export async function recordTls(
  serverOptions: TlsOptions,
  clientOptions: ConnectionOptions,
  words: string = 'hello',
  answer?: string,
): Promise<Recording> {
  const server = tls.createServer(serverOptions, (socket) => {
    socket.on('error', () => undefined)
    socket.once('data', (data: Buffer) => socket.end(answer ?? data))
  })
  server.on('tlsClientError', () => undefined)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const relay = await RecordingRelay.start((server.address() as AddressInfo).port)
  const client = tls.connect({ ...clientOptions, port: relay.port, host: '127.0.0.1' })
  client.on('error', () => undefined)
  const keyLog: Buffer[] = []
  client.on('keylog', (line: Buffer) => keyLog.push(line))
  client.once('secureConnect', () => client.write(words))
  client.resume()
  await new Promise<void>((resolve) => void client.once('close', () => resolve()))
  await new Promise((resolve) => void server.close(resolve))
  return relay.stop(Buffer.concat(keyLog))
}

/** Says a recording again. `size` cuts each piece into smaller ones. */
export function replay(talk: StreamTalk, { pieces, how, endedBy }: Recording, size: number = Infinity): void {
  for (const [direction, bytes] of pieces) {
    for (let at = 0; at < bytes.length; at += size) talk.say(direction, bytes.subarray(at, at + size))
  }
  talk.end(how, endedBy)
}
