import { connect, type Socket } from 'node:net'
import { type MessageSink, type ResponseHead, ResponseReader } from '#wire'
import type { MeasuredRequest } from './waf-requests.ts'

const LIMITS = { headBytes: 65_536, fieldCount: 200, trailerBytes: 8192, chunkExtensionBytes: 4096 }
const CONNECTIONS = 8

/** The bytes of a request as a browser sends them on a connection that it keeps; `prefix` goes before the target. */
export function rawBytes({ request, body }: MeasuredRequest, prefix: string): Buffer {
  let head = `${request.method} ${prefix}${request.target} HTTP/1.1\r\n`
  for (let at = 0; at < request.fields.length; at += 2) head += `${request.fields[at]}: ${request.fields[at + 1]}\r\n`
  return Buffer.concat([Buffer.from(`${head}\r\n`, 'latin1'), body])
}

/** What a whole request is answered with, and one that the rules of one peer block by a word that the other's let pass. */
const EXPECTED: readonly number[] = [200, 403]

/**
 * Sends each request once, over a few kept connections, the next on each when the answer is whole.
 * @throws Error at the first answer with another status
 */
export async function sendAll(port: number, requests: readonly Buffer[]): Promise<void> {
  let next = 0
  const take = (): Buffer | undefined => requests[next++]
  await Promise.all(Array.from({ length: CONNECTIONS }, () => serve(port, take)))
}

function serve(port: number, take: () => Buffer | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true })
    const client = new Client(socket, take, resolve, reject)
    const reader = new ResponseReader(LIMITS, client)
    socket.on('connect', () => client.send())
    socket.on('error', reject)
    socket.on('close', () => reject(new Error('the server closed a connection in use')))
    socket.on('data', (bytes: Buffer) => {
      for (let at = 0; at >= 0 && at < bytes.length;) at = reader.feed(bytes, at)
      if (reader.refusal !== undefined) reject(new Error(reader.refusal.detail))
    })
  })
}

class Client implements MessageSink<ResponseHead> {
  readonly #socket: Socket
  readonly #take: () => Buffer | undefined
  readonly #done: () => void
  readonly #failed: (error: Error) => void

  constructor(socket: Socket, take: () => Buffer | undefined, done: () => void, failed: (error: Error) => void) {
    this.#socket = socket
    this.#take = take
    this.#done = done
    this.#failed = failed
  }

  send(): void {
    const request = this.#take()
    if (request !== undefined) this.#socket.write(request)
    else {
      this.#done()
      this.#socket.destroy()
    }
  }

  onHead({ status }: ResponseHead): void {
    if (EXPECTED.includes(status)) return
    this.#failed(new Error(`status ${status} instead of ${EXPECTED.join(' or ')}`))
    this.#socket.destroy()
  }

  onBody(): void {}

  onEnd(): void {
    this.send()
  }
}
