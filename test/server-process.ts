import type { ChildProcess } from 'node:child_process'
import { connect, createServer } from 'node:net'

/** A port that is free now. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().on('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(address !== null && typeof address === 'object' ? address.port : 0))
    })
  })
}

const PATIENCE_ATTEMPTS = 600
const ATTEMPT_MS = 50

/**
 * Waits until an HTTP server answers. An open port is not enough: who starts may try its address and let go of it again.
 * @throws Error when the program ends, or nothing answers after half a minute
 */
export async function waitUntilAnswering(
  port: number,
  child: ChildProcess,
  messages = (): string => '',
): Promise<void> {
  for (let attempt = 0; attempt < PATIENCE_ATTEMPTS; attempt++) {
    if (child.exitCode !== null) throw new Error(`the server ended with exit code ${child.exitCode}\n${messages()}`)
    if (await answers(port)) return
    await new Promise((resolve) => setTimeout(resolve, ATTEMPT_MS))
  }
  throw new Error(`nothing answers on port ${port} after ${(PATIENCE_ATTEMPTS * ATTEMPT_MS) / 1000} s`)
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.on('connect', () => socket.write('GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n'))
    socket.on('data', () => {
      resolve(true)
      socket.destroy()
    })
    socket.on('error', () => resolve(false)).on('close', () => resolve(false))
  })
}

const STOP_MS = 15_000

/** Asks a program to end, and waits until it has. */
export function stopped(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    if (child.exitCode !== null) return resolve()
    child.once('exit', () => resolve())
    child.kill('SIGTERM')
    setTimeout(() => child.kill('SIGKILL'), STOP_MS).unref()
  })
}
