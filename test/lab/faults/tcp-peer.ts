import { connect, createServer, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import type { PeerStep } from './peer-step.ts'

/**
 * One side of TCP connections, told step by step what to do:
 * `tcp-peer.ts listen PORT STEPS` or `tcp-peer.ts connect HOST PORT STEPS [CONNECTIONS]`, STEPS as JSON.
 */
const [mode, ...rest] = process.argv.slice(2)

class Conversation {
  readonly #socket: Socket
  #received = ''
  #isOver = false
  /** The other side went away before it said what was waited for. */
  #isAbandoned = false
  #wake: () => void = () => {}

  constructor(socket: Socket) {
    this.#socket = socket
    socket.setNoDelay(true)
    socket.on('data', (bytes: Buffer) => {
      this.#received += bytes.toString('latin1')
      this.#wake()
    })
    for (const event of ['close', 'end', 'error']) {
      socket.on(event, () => {
        this.#isOver = true
        this.#wake()
      })
    }
  }

  async play(steps: readonly PeerStep[]): Promise<void> {
    for (const step of steps) {
      if (this.#isAbandoned) return
      if ('waitMs' in step) await sleep(step.waitMs)
      else if ('send' in step) this.#socket.write(step.send, 'latin1')
      else if ('sendBytes' in step) this.#socket.write(Buffer.alloc(step.sendBytes, 'tide'))
      else if ('until' in step) await this.#receive(step.until)
      else if ('repeat' in step) await this.#repeat(step.repeat, step.times)
      else this.#control(step.control)
    }
  }

  async #repeat(steps: readonly PeerStep[], times: number): Promise<void> {
    for (let turn = 0; turn < times && !this.#isOver; turn++) await this.play(steps)
  }

  #control(control: 'end' | 'reset' | 'pause' | 'resume'): void {
    if (control === 'end') this.#socket.end()
    else if (control === 'reset') this.#socket.resetAndDestroy()
    else if (control === 'pause') this.#socket.pause()
    else this.#socket.resume()
  }

  /** Waits for a text, and takes everything up to it; a number waits for that many bytes. */
  async #receive(until: string | number): Promise<void> {
    for (;;) {
      const at = typeof until === 'number' ? this.#received.length - until : this.#received.indexOf(until)
      if (at >= 0) {
        this.#received =
          typeof until === 'number' ? this.#received.slice(until) : this.#received.slice(at + until.length)
        return
      }
      if (this.#isOver) {
        this.#isAbandoned = true
        return
      }
      await new Promise<void>((resolve) => (this.#wake = resolve))
    }
  }
}

if (mode === 'listen') {
  const [port, steps] = rest
  const script = JSON.parse(steps) as PeerStep[]
  const server = createServer({ allowHalfOpen: true }, (socket) => void new Conversation(socket).play(script))
  server.listen(Number(port), '::', 128, () => process.stdout.write('ready\n'))
} else {
  const [host, port, steps, connections = '1'] = rest
  const script = JSON.parse(steps) as PeerStep[]
  const one = (): Promise<void> => {
    const socket = connect({ host, port: Number(port), allowHalfOpen: true })
    return new Conversation(socket).play(script)
  }
  await Promise.all(Array.from({ length: Number(connections) }, one))
  process.exit(0)
}
