import { createServer, type Socket } from 'node:net'
import { reflectedAnswer } from '#workbench'
import { type MessageSink, type RequestHead, RequestReader } from '#wire'

const LIMITS = { headBytes: 256 * 1024, fieldCount: 1000, trailerBytes: 64 * 1024, chunkExtensionBytes: 4096 }

/** An origin that answers as the tests of CRS describe it in their requests to `/reflect`, and 200 to anything else. */
export async function startReflectingOrigin(): Promise<{ readonly port: number; stop(): void }> {
  const sockets = new Set<Socket>()
  const server = createServer({ noDelay: true }, (socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket)).on('error', () => socket.destroy())
    const reader = new RequestReader(LIMITS, new Reflection(socket))
    socket.on('data', (bytes: Buffer) => {
      for (let at = 0; at >= 0 && at < bytes.length;) at = reader.feed(bytes, at)
      if (reader.refusal !== undefined) socket.destroy()
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    stop: () => {
      server.close()
      for (const socket of sockets) socket.destroy()
    },
  }
}

class Reflection implements MessageSink<RequestHead> {
  readonly #socket: Socket
  #head: RequestHead | undefined = undefined
  #body = ''

  constructor(socket: Socket) {
    this.#socket = socket
  }

  onHead(head: RequestHead): void {
    this.#head = head
    this.#body = ''
  }

  onBody(bytes: Buffer): void {
    this.#body += bytes.toString('latin1')
  }

  onEnd(): void {
    const { method = '', target = '' } = this.#head ?? {}
    const { status, fields, body } = reflectedAnswer(target, this.#body)
    const own = fields.filter(([name]) => name.toLowerCase() !== 'content-length')
    const lines = [...own, ['Content-Length', String(body.length)]].map(([name, value]) => `${name}: ${value}\r\n`)
    const head = `HTTP/1.1 ${status} Reflected\r\n${lines.join('')}\r\n`
    this.#socket.write(Buffer.from(method === 'HEAD' ? head : head + body, 'latin1'))
  }
}
