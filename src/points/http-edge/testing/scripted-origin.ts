import { createServer, type Server, type Socket } from 'node:net'
import { closeServer, listenOn } from './edge.ts'

/** What a scripted origin does when bytes came; `text` is what came since the last whole head. */
export type OriginScript = (socket: Socket, text: string, connection: number) => void

export interface ScriptedOrigin {
  readonly port: number
  readonly connections: readonly Socket[]
  close(): Promise<void>
}

/** An origin that says exactly what a test wants, byte for byte. */
export async function scriptedOrigin(script: OriginScript): Promise<ScriptedOrigin> {
  const connections: Socket[] = []
  const server: Server = createServer({ allowHalfOpen: true }, (socket) => {
    const index = connections.push(socket) - 1
    let text = ''
    socket.on('error', () => socket.destroy())
    socket.on('data', (bytes) => {
      text += bytes.toString('latin1')
      const seen = text
      if (text.includes('\r\n\r\n')) text = ''
      script(socket, seen, index)
    })
  })
  const port = await listenOn(server)
  const close = async () => {
    for (const socket of connections) socket.destroy()
    await closeServer(server)
  }
  return { port, connections, close }
}

export const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'
export const GET = 'GET /a HTTP/1.1\r\nHost: a.test\r\n\r\n'
