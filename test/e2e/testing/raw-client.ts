import { connect } from 'node:net'

/** Sends bytes on a fresh connection and returns everything that came back until the peer closed, or `idleMs` of silence. */
export function exchangeRaw(
  port: number,
  bytes: string | Buffer | readonly (string | Buffer)[],
  idleMs = 1_000,
): Promise<{ readonly answer: string; readonly closed: boolean }> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = []
    const socket = connect({ port, host: '127.0.0.1', noDelay: true, allowHalfOpen: true })
    const finish = (closed: boolean): void => {
      socket.destroy()
      resolve({ answer: Buffer.concat(chunks).toString('latin1'), closed })
    }
    socket.setTimeout(idleMs, () => finish(false))
    socket.on('data', (chunk) => chunks.push(chunk))
    socket.on('end', () => finish(true))
    socket.on('error', () => finish(true))
    socket.on('connect', () => {
      for (const part of Array.isArray(bytes) ? bytes : [bytes as string | Buffer]) {
        socket.write(typeof part === 'string' ? Buffer.from(part, 'latin1') : part)
      }
    })
  })
}

/** The value of a header in a raw answer, undefined when absent. */
export function headerOf(answer: string, name: string): string | undefined {
  const head = answer.split('\r\n\r\n', 1)[0]
  const line = head.split('\r\n').find((entry) => entry.toLowerCase().startsWith(`${name.toLowerCase()}:`))
  return line?.slice(name.length + 1).trim()
}
