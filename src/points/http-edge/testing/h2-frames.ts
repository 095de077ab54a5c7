import { connect, type TLSSocket } from 'node:tls'

export const FRAME = {
  data: 0,
  headers: 1,
  priority: 2,
  rstStream: 3,
  settings: 4,
  ping: 6,
  goaway: 7,
  windowUpdate: 8,
  continuation: 9,
} as const

export const END_STREAM = 1
export const END_HEADERS = 4

const PREFACE = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 'latin1')

export interface Frame {
  readonly type: number
  readonly flags: number
  readonly stream: number
  readonly payload: Buffer
}

/** Bytes of one frame (RFC 9113 section 4.1). */
export function frame(type: number, flags: number, stream: number, payload: Uint8Array = Buffer.alloc(0)): Buffer {
  const head = Buffer.alloc(9)
  head.writeUIntBE(payload.length, 0, 3)
  head[3] = type
  head[4] = flags
  head.writeUInt32BE(stream, 5)
  return Buffer.concat([head, payload])
}

/** A header block of literal fields without indexing and without Huffman (RFC 7541 section 6.2.2). */
export function block(fields: readonly (readonly [name: string, value: string])[]): Buffer {
  const parts = fields.flatMap(([name, value]) => [Buffer.from([0]), literal(name), literal(value)])
  return Buffer.concat(parts)
}

function literal(text: string): Buffer {
  const bytes = Buffer.from(text, 'latin1')
  if (bytes.length < 127) return Buffer.concat([Buffer.from([bytes.length]), bytes])
  const rest: number[] = []
  let left = bytes.length - 127
  for (; left >= 128; left >>>= 7) rest.push((left & 127) | 128)
  return Buffer.concat([Buffer.from([127, ...rest, left]), bytes])
}

export const GET: readonly (readonly [string, string])[] = [
  [':method', 'GET'],
  [':scheme', 'https'],
  [':authority', 'edge.test'],
  [':path', '/'],
]

export function u32(...values: number[]): Buffer {
  const bytes = Buffer.alloc(values.length * 4)
  values.forEach((value, i) => bytes.writeUInt32BE(value, i * 4))
  return bytes
}

/** A client that writes frames as it likes over TLS and collects what comes back. */
export class FrameClient {
  readonly socket: TLSSocket
  readonly frames: Frame[] = []
  #rest = Buffer.alloc(0)
  readonly closed: Promise<void>

  private constructor(socket: TLSSocket) {
    this.socket = socket
    socket.on('data', (bytes: Buffer) => this.#take(bytes))
    socket.on('error', () => socket.destroy())
    this.closed = new Promise((resolve) => socket.once('close', () => resolve()))
  }

  /** Connects, sends the preface and SETTINGS, and acknowledges those of the server. */
  static async open(port: number, settings: Uint8Array = Buffer.alloc(0)): Promise<FrameClient> {
    const socket = connect({
      port,
      host: '127.0.0.1',
      servername: 'edge.test',
      ALPNProtocols: ['h2'],
      rejectUnauthorized: false,
    })
    const client = new FrameClient(socket)
    await new Promise((resolve) => socket.once('secureConnect', resolve))
    client.send(PREFACE, frame(FRAME.settings, 0, 0, settings))
    // The limits of the server hold from the moment in which it knows that they are known.
    await client.wait((one) => one.type === FRAME.settings && one.flags === 0)
    client.send(frame(FRAME.settings, 1, 0))
    return client
  }

  send(...parts: readonly Uint8Array[]): void {
    if (!this.socket.destroyed) this.socket.write(Buffer.concat(parts))
  }

  /** The first frame that fits, waiting for it; undefined when the connection closes before. */
  async wait(fits: (frame: Frame) => boolean): Promise<Frame | undefined> {
    for (;;) {
      const found = this.frames.find(fits)
      if (found !== undefined || this.socket.destroyed) return found
      await new Promise<void>((resolve) => {
        const wake = (): void => {
          this.socket.removeListener('data', wake)
          this.socket.removeListener('close', wake)
          resolve()
        }
        this.socket.once('data', wake)
        this.socket.once('close', wake)
      })
    }
  }

  /** Error codes of the GOAWAY frames so far. */
  get goaways(): number[] {
    return this.frames.filter((one) => one.type === FRAME.goaway).map((one) => one.payload.readUInt32BE(4))
  }

  #take(bytes: Buffer): void {
    this.#rest = Buffer.concat([this.#rest, bytes])
    while (this.#rest.length >= 9) {
      const end = 9 + this.#rest.readUIntBE(0, 3)
      if (this.#rest.length < end) return
      this.frames.push({
        type: this.#rest[3],
        flags: this.#rest[4],
        stream: this.#rest.readUInt32BE(5) & 0x7fffffff,
        payload: this.#rest.subarray(9, end),
      })
      this.#rest = this.#rest.subarray(end)
    }
  }
}
