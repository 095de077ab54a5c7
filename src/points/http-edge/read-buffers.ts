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

  /** Called after each read: `heldBytes` above 0 means that somebody still writes from what was read. */
  replaceIfHeld(heldBytes: number): void {
    if (heldBytes > 0) {
      this.#held.push(this.#current)
      this.#current = this.#spare.pop() ?? Buffer.allocUnsafeSlow(BUFFER_BYTES)
    } else if (this.#held.length > 0) {
      this.#spare = this.#held
      this.#held = []
    }
  }
}
