import type { Socket } from 'node:net'

// Pieces up to this size together are copied into one buffer: one write call costs more than copying this much.
const MERGE_BYTES = 16_384
/** A single piece up to this size is copied too, so that whoever read it can use its buffer again at once. */
const COPY_BYTES = 4096

/** Collects what one turn of the event loop has to say on a socket, and says it in one write where that pays. */
export class OutputBatch {
  #pieces: (string | Uint8Array)[] = []
  #sizeBytes = 0
  #lent = false

  get empty(): boolean {
    return this.#sizeBytes === 0
  }

  /**
   * Bytes that were given to `bytes`, not copied, and are not written yet: their buffers may not be used again. TLS sockets
   * write later than they say, so counting everything that a socket has pending would hold a buffer for every answer.
   */
  lentBytes(socket: Socket): number {
    if (!this.#lent) return 0
    const pendingBytes = socket.writableLength
    if (pendingBytes === 0) this.#lent = false
    return pendingBytes
  }

  /** Adds latin1 text. */
  text(text: string): void {
    this.#pieces.push(text)
    this.#sizeBytes += text.length
  }

  /** Adds bytes; they must stay as they are until `flush` returned and the socket has taken them. */
  bytes(bytes: Uint8Array): void {
    this.#pieces.push(bytes)
    this.#sizeBytes += bytes.length
  }

  clear(): void {
    this.#pieces = []
    this.#sizeBytes = 0
  }

  /** Writes everything. False when the socket asks to wait for `drain`. */
  flush(socket: Socket): boolean {
    const pieces = this.#pieces
    const sizeBytes = this.#sizeBytes
    if (sizeBytes === 0) return !socket.writableNeedDrain
    if (pieces.length === 1) {
      const only = pieces[0]
      this.clear()
      if (typeof only === 'string') return socket.write(only, 'latin1')
      if (sizeBytes <= COPY_BYTES) return socket.write(Buffer.from(only))
      this.#lent = true
      return socket.write(only)
    }
    this.clear()
    if (sizeBytes <= MERGE_BYTES) return socket.write(merge(pieces, sizeBytes))
    this.#lent = true
    return writeEach(pieces, socket)
  }
}

function merge(pieces: readonly (string | Uint8Array)[], sizeBytes: number): Buffer {
  const merged = Buffer.allocUnsafe(sizeBytes)
  let at = 0
  for (const piece of pieces) {
    if (typeof piece === 'string') at += merged.write(piece, at, 'latin1')
    else {
      merged.set(piece, at)
      at += piece.length
    }
  }
  return merged
}

function writeEach(pieces: readonly (string | Uint8Array)[], socket: Socket): boolean {
  socket.cork()
  for (const piece of pieces) {
    if (typeof piece === 'string') socket.write(piece, 'latin1')
    else socket.write(piece)
  }
  socket.uncork()
  return !socket.writableNeedDrain
}
