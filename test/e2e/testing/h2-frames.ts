import { connect, type TLSSocket } from 'node:tls'

/** Frame types (RFC 9113 section 6). */
export const FRAME = { data: 0, headers: 1, rstStream: 3, settings: 4, ping: 6, goaway: 7, continuation: 9 } as const

export const END_STREAM = 1
export const END_HEADERS = 4

const PREFACE = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 'latin1')
const FRAME_HEAD_BYTES = 9

/** Bytes of one frame (RFC 9113 section 4.1). */
export function frame(type: number, flags: number, stream: number, payload: Uint8Array = Buffer.alloc(0)): Buffer {
  const head = Buffer.alloc(FRAME_HEAD_BYTES)
  head.writeUIntBE(payload.length, 0, 3)
  head[3] = type
  head[4] = flags
  head.writeUInt32BE(stream, 5)
  return Buffer.concat([head, payload])
}

/** A header block of literal fields, none of them indexed or Huffman-coded (RFC 7541 section 6.2.2); values up to 126 bytes. */
function headerBlock(fields: Readonly<Record<string, string>>): Buffer {
  const literal = (text: string): Buffer => Buffer.concat([Buffer.from([text.length]), Buffer.from(text, 'latin1')])
  return Buffer.concat(
    Object.entries(fields).flatMap(([name, value]) => [Buffer.from([0]), literal(name), literal(value)]),
  )
}

/** The block of a GET for a path. */
export function getBlock(path: string): Buffer {
  return headerBlock({ ':method': 'GET', ':scheme': 'https', ':authority': 'a.test', ':path': path })
}

/** The RST_STREAM payload of an error code, also of any other frame that holds one number. */
export function number32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(value)
  return bytes
}

/** A client that writes whatever frames it likes over TLS. */
export class FrameClient {
  readonly #socket: TLSSocket
  #received = Buffer.alloc(0)
  /** Settles when the server has closed the connection. */
  readonly closed: Promise<void>

  private constructor(socket: TLSSocket) {
    this.#socket = socket
    socket.on('data', (bytes: Buffer) => {
      this.#received = Buffer.concat([this.#received, bytes])
    })
    socket.on('error', () => socket.destroy())
    this.closed = new Promise((resolve) => socket.once('close', () => resolve()))
  }

  /** Connects and sends preface and SETTINGS. */
  static async open(port: number): Promise<FrameClient> {
    const socket = connect({ port, host: '127.0.0.1', ALPNProtocols: ['h2'], rejectUnauthorized: false })
    const client = new FrameClient(socket)
    await new Promise((resolve, reject) => socket.once('secureConnect', resolve).once('error', reject))
    client.send(PREFACE, frame(FRAME.settings, 0, 0), frame(FRAME.settings, 1, 0))
    return client
  }

  send(...parts: readonly Uint8Array[]): void {
    if (!this.#socket.destroyed) this.#socket.write(Buffer.concat(parts))
  }

  close(): void {
    this.#socket.destroy()
  }

  /** Types of the frames that came. */
  get frameTypes(): number[] {
    const types: number[] = []
    for (let at = 0; at + FRAME_HEAD_BYTES <= this.#received.length;) {
      types.push(this.#received[at + 3])
      at += FRAME_HEAD_BYTES + this.#received.readUIntBE(at, 3)
    }
    return types
  }
}
