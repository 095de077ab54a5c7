import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { constants, createGunzip } from 'node:zlib'
import { pipeline } from 'node:stream'

/** Small enough to be read again from the cache that the kernel copied it to. */
const PIECE_BYTES = 262_144
const PIECES_A_TURN = 16
const GZIP_MAGIC = 0x1f8b

/** Bytes of a file as they come; `readBytes` counts them before they are unpacked. */
export interface CapturePieces {
  /** A piece is valid until the next one is asked for. */
  readonly pieces: AsyncIterable<Buffer>
  /** Undefined for what has no length: standard input, a pipe. */
  readonly sizeBytes: number | undefined
  readonly readBytes: () => number
}

/**
 * Opens a capture file, or standard input for `-`, and unpacks it when it begins as gzip does. A gzip file that is cut off
 * gives what it holds.
 *
 * @throws Error of the operating system when there is no such file or it cannot be read
 */
export function openPieces(path: string): CapturePieces {
  let readBytes = 0
  const count = async function* (source: AsyncIterable<Buffer>): AsyncIterable<Buffer> {
    for await (const piece of source) {
      readBytes += piece.length
      yield piece
    }
  }
  if (path === '-') return { pieces: unpacked(count(process.stdin)), sizeBytes: undefined, readBytes: () => readBytes }
  const file = openSync(path, 'r')
  const status = fstatSync(file)
  const pieces = unpacked(count(filePieces(file)))
  return { pieces, sizeBytes: status.isFile() ? status.size : undefined, readBytes: () => readBytes }
}

/**
 * One buffer is read into again and again, so that a large file leaves nothing to collect. Reading in this thread leaves
 * the bytes in the cache of the processor that looks at them; now and then others get their turn.
 */
async function* filePieces(file: number): AsyncIterable<Buffer> {
  const buffer = Buffer.allocUnsafeSlow(PIECE_BYTES)
  try {
    for (let count = 1; ; count++) {
      const bytesRead = readSync(file, buffer, 0, PIECE_BYTES, null)
      if (bytesRead === 0) return
      yield bytesRead === PIECE_BYTES ? buffer : buffer.subarray(0, bytesRead)
      if (count % PIECES_A_TURN === 0) await nextTurn()
    }
  } finally {
    closeSync(file)
  }
}

async function* unpacked(source: AsyncIterable<Buffer>): AsyncIterable<Buffer> {
  const iterator = source[Symbol.asyncIterator]()
  const first = await iterator.next()
  if (first.done === true) return
  const rest = resumed(first.value, iterator)
  if (first.value.length < 2 || first.value.readUInt16BE(0) !== GZIP_MAGIC) {
    yield* rest
    return
  }
  const unpacker = createGunzip({ chunkSize: PIECE_BYTES, finishFlush: constants.Z_SYNC_FLUSH })
  // The unpacker holds on to what it is given: the one buffer of a file must not change under it.
  pipeline(copies(rest), unpacker, () => {})
  yield* unpacker as AsyncIterable<Buffer>
}

async function* resumed(first: Buffer, iterator: AsyncIterator<Buffer>): AsyncIterable<Buffer> {
  try {
    let piece: Buffer | undefined = first
    while (piece !== undefined) {
      yield piece
      const next = await iterator.next()
      piece = next.done === true ? undefined : next.value
    }
  } finally {
    await iterator.return?.()
  }
}

async function* copies(source: AsyncIterable<Buffer>): AsyncIterable<Buffer> {
  for await (const piece of source) yield Buffer.from(piece)
}
