import type { OnReadOpts } from 'node:net'

const BUFFER_BYTES = 65_536

/**
 * The read buffers of one socket. A socket has always taken its next buffer already, so buffers are never shared between
 * sockets, and one that a slow writer still reads from is put aside until that writer has finished.
 */
export class ReadBuffers {
  readonly onread: OnReadOpts
  #current = Buffer.allocUnsafeSlow(BUFFER_BYTES)
  #held: Buffer<ArrayBuffer>[] = []
  #spare: Buffer<ArrayBuffer>[] = []

  constructor(read: (bytes: Buffer) => boolean) {
    this.onread = {
      buffer: () => this.#current,
      callback: (sizeBytes, buffer) => read(Buffer.from(buffer.buffer, buffer.byteOffset, sizeBytes)),
    }
  }

  /** Called before what was read is passed on: with nothing held, earlier buffers can be filled again. */
  reuseIfFree(heldBytes: number): void {
    if (heldBytes > 0 || this.#held.length === 0) return
    this.#spare = this.#held
    this.#held = []
  }

  /** Called after what was read was passed on: `heldBytes` above 0 means that somebody still writes from it. */
  replaceIfHeld(heldBytes: number): void {
    if (heldBytes === 0) return
    this.#held.push(this.#current)
    this.#current = this.#spare.pop() ?? Buffer.allocUnsafeSlow(BUFFER_BYTES)
  }
}
