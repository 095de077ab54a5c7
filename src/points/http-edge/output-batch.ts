import type { Socket } from 'node:net'

// Pieces up to this size together are copied into one buffer: one write call costs more than copying this much.
const MERGE_BYTES = 16_384

/** Collects what one turn of the event loop has to say on a socket, and says it in one write where that pays. */
export class OutputBatch {
  #pieces: (string | Uint8Array)[] = []
  #sizeBytes = 0

  get empty(): boolean {
    return this.#sizeBytes === 0
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
      return typeof only === 'string' ? socket.write(only, 'latin1') : socket.write(only)
    }
    this.clear()
    return sizeBytes <= MERGE_BYTES ? socket.write(merge(pieces, sizeBytes)) : writeEach(pieces, socket)
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
