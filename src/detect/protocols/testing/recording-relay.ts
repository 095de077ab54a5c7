import { once } from 'node:events'
import net, { type AddressInfo, type Server, type Socket } from 'node:net'
import type { Direction, StreamEnd } from '../../flows/contract.ts'

/** What passed between a client and a server, in the order in which it passed. */
export interface Recording {
  readonly pieces: readonly (readonly [Direction, Buffer])[]
  readonly endedBy: Direction | undefined
  readonly how: StreamEnd
  /** Secrets of the session, as text of a key log. */
  readonly keyLog: Buffer
}

/** Stands between clients and a server that listens on loopback, and records what passes. */
export class RecordingRelay {
  readonly #relay: Server
  readonly #pieces: [Direction, Buffer][] = []
  #endedBy: Direction | undefined = undefined
  #how: StreamEnd = 'fin'

  private constructor(serverPort: number) {
    this.#relay = net.createServer((inside) => {
      const outside = net.connect(serverPort, '127.0.0.1')
      this.#join(inside, outside, 0)
      this.#join(outside, inside, 1)
    })
  }

  static async start(serverPort: number): Promise<RecordingRelay> {
    const relay = new RecordingRelay(serverPort)
    relay.#relay.listen(0, '127.0.0.1')
    await once(relay.#relay, 'listening')
    return relay
  }

  get port(): number {
    return (this.#relay.address() as AddressInfo).port
  }

  /** Listens no more, and gives what was recorded. */
  async stop(keyLog: Buffer = Buffer.alloc(0)): Promise<Recording> {
    await new Promise((resolve) => void this.#relay.close(resolve))
    return { pieces: this.#pieces, endedBy: this.#endedBy, how: this.#how, keyLog }
  }

  #join(from: Socket, to: Socket, direction: Direction): void {
    from.on('data', (bytes: Buffer) => {
      this.#pieces.push([direction, bytes])
      to.write(bytes)
    })
    from.on('end', () => {
      this.#endedBy ??= direction
      to.end()
    })
    from.on('error', () => {
      if (this.#endedBy === undefined) this.#how = 'reset'
      this.#endedBy ??= direction
      to.destroy()
    })
    from.on('close', () => {
      this.#endedBy ??= direction
      to.destroy()
    })
  }
}
