import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http'
import { createServer as createHttpsServer, type ServerOptions } from 'node:https'
import { createServer as createTcpServer, type Socket } from 'node:net'
import type { TestContext } from 'node:test'

/** A real origin on loopback. */
export interface Origin {
  readonly port: number
  readonly url: string
  close(): Promise<void>
}

function portOf(address: unknown): number {
  return typeof address === 'object' && address !== null && 'port' in address ? Number(address.port) : 0
}

/** A node:http server; it is closed when the test ends. */
export function startHttpOrigin(
  t: TestContext,
  listener: RequestListener,
): Promise<Origin & { readonly server: Server }> {
  const server = createServer({ keepAliveTimeout: 60_000 }, listener)
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const port = portOf(server.address())
      const close = (): Promise<void> =>
        new Promise((done) => {
          server.close(() => done())
          server.closeAllConnections()
        })
      t.after(close)
      resolve({ port, url: `http://127.0.0.1:${port}`, close, server })
    })
  })
}

/** A node:https server; it is closed when the test ends. */
export function startHttpsOrigin(t: TestContext, options: ServerOptions, listener: RequestListener): Promise<Origin> {
  const server = createHttpsServer({ keepAliveTimeout: 60_000, ...options }, listener)
  server.on('tlsClientError', () => {}) // a client that does not trust us says so by going away
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const port = portOf(server.address())
      const close = (): Promise<void> =>
        new Promise((done) => {
          server.close(() => done())
          server.closeAllConnections()
        })
      t.after(close)
      resolve({ port, url: `https://127.0.0.1:${port}`, close })
    })
  })
}

/** A TCP server that speaks whatever the test wants, to see or say exact bytes. */
export function startRawOrigin(t: TestContext, onSocket: (socket: Socket) => void): Promise<Origin> {
  const sockets = new Set<Socket>()
  const server = createTcpServer({ noDelay: true, allowHalfOpen: true }, (socket) => {
    sockets.add(socket)
    socket.on('error', () => socket.destroy()).on('close', () => sockets.delete(socket))
    onSocket(socket)
  })
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const port = portOf(server.address())
      const close = (): Promise<void> =>
        new Promise((done) => {
          server.close(() => done())
          for (const socket of sockets) socket.destroy()
        })
      t.after(close)
      resolve({ port, url: `http://127.0.0.1:${port}`, close })
    })
  })
}

/** The whole body of a request as bytes. */
export async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks)
}
