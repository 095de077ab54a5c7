import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { listenFailure, type SocketAddress } from './listen-failure.ts'

const HEAD_BYTES = 16_384
const HEAD_TIMEOUT_MS = 10_000
const REQUEST_TIMEOUT_MS = 30_000
const IDLE_TIMEOUT_MS = 30_000
const CONNECTIONS = 256

/** Answers one request of the API or the console. An exception is answered with 500. */
export type ControlHandler = (request: IncomingMessage, response: ServerResponse) => void | Promise<void>

export interface ControlServer {
  readonly host: string
  readonly port: number
  /** Stops accepting, ends idle connections and resolves when the last answer was sent or `graceMs` have passed. */
  close(graceMs?: number): Promise<void>
}

/**
 * Starts the server of the control plane: few clients, generous semantics, tight limits. Bodies are the handler's to bound.
 * Throws ERR_LISTEN_FAILED when the address cannot be had. `onError` hears of exceptions of the handler.
 */
export async function createControlServer(
  handler: ControlHandler,
  address: SocketAddress,
  onError: (error: unknown) => void,
): Promise<ControlServer> {
  const server = createServer(
    {
      maxHeaderSize: HEAD_BYTES,
      headersTimeout: HEAD_TIMEOUT_MS,
      requestTimeout: REQUEST_TIMEOUT_MS,
      keepAliveTimeout: IDLE_TIMEOUT_MS,
      noDelay: true,
    },
    (request, response) => void run(handler, request, response, onError),
  )
  server.maxConnections = CONNECTIONS
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => reject(listenFailure(error, address)))
    server.listen(address.port, address.host, resolve)
  })
  server.on('error', onError)
  const bound = server.address()
  return {
    host: address.host,
    port: bound !== null && typeof bound === 'object' ? bound.port : address.port,
    close: (graceMs = 2000) =>
      new Promise<void>((resolve) => {
        const force = setTimeout(() => server.closeAllConnections(), graceMs)
        server.close(() => {
          clearTimeout(force)
          resolve()
        })
        server.closeIdleConnections()
      }),
  }
}

async function run(
  handler: ControlHandler,
  request: IncomingMessage,
  response: ServerResponse,
  onError: (error: unknown) => void,
): Promise<void> {
  // A client that goes away mid-answer is ordinary; without a listener it would end the process.
  request.on('error', () => response.destroy())
  response.on('error', () => request.destroy())
  try {
    await handler(request, response)
  } catch (error) {
    onError(error)
    if (response.headersSent) response.destroy()
    else response.writeHead(500, { 'content-type': 'application/json' }).end('{"error":{"code":"ERR_INVARIANT"}}')
  }
}
