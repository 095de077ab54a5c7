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
  /**
   * Pieces by turns, between which others get theirs: a promise for each piece would be felt. A piece is valid until the
   * next one is asked for.
   */
  readonly turns: AsyncIterable<Iterable<Buffer>>
  /** The same one by one; whoever takes these takes no turns. */
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
  const count = (piece: Buffer): Buffer => {
    readBytes += piece.length
    return piece
  }
  const file = path === '-' ? undefined : openSync(path, 'r')
  const status = file === undefined ? undefined : fstatSync(file)
  const turns = unpacked(file === undefined ? streamTurns(process.stdin, count) : fileTurns(file, count))
  const sizeBytes = status?.isFile() === true ? status.size : undefined
  return { turns, pieces: oneByOne(turns), sizeBytes, readBytes: () => readBytes }
}

type Count = (piece: Buffer) => Buffer

async function* streamTurns(stream: AsyncIterable<Buffer>, count: Count): AsyncIterable<readonly Buffer[]> {
  for await (const piece of stream) yield [count(piece)]
}

/**
 * One buffer is read into again and again, so that a large file leaves nothing to collect. Reading in this thread leaves
 * the bytes in the cache of the processor that looks at them. The first turn is an array of one piece: it can be looked at
 * and taken all the same.
 */
async function* fileTurns(file: number, count: Count): AsyncIterable<Iterable<Buffer>> {
  const buffer = Buffer.allocUnsafeSlow(PIECE_BYTES)
  let isOver = false
  const next = (): Buffer => {
    const bytesRead = readSync(file, buffer, 0, PIECE_BYTES, null)
    isOver = bytesRead === 0
    return count(bytesRead === PIECE_BYTES ? buffer : buffer.subarray(0, bytesRead))
  }
  const turn = function* (): Iterable<Buffer> {
    for (let left = PIECES_A_TURN; left > 0; left--) {
      const piece = next()
      if (isOver) return
      yield piece
    }
  }
  try {
    yield [next()]
    while (!isOver) {
      yield turn()
      await nextTurn()
    }
  } finally {
    closeSync(file)
  }
}

async function* unpacked(source: AsyncIterable<Iterable<Buffer>>): AsyncIterable<Iterable<Buffer>> {
  const iterator = source[Symbol.asyncIterator]()
  const first = await iterator.next()
  if (first.done === true) return
  const rest = resumed(first.value, iterator)
  const [piece] = first.value
  if (piece.length < 2 || piece.readUInt16BE(0) !== GZIP_MAGIC) {
    yield* rest
    return
  }
  const unpacker = createGunzip({ chunkSize: PIECE_BYTES, finishFlush: constants.Z_SYNC_FLUSH })
  // The unpacker holds on to what it is given: the one buffer of a file must not change under it.
  pipeline(copies(rest), unpacker, () => {})
  for await (const unpackedPiece of unpacker as AsyncIterable<Buffer>) yield [unpackedPiece]
}

async function* resumed<Turn>(first: Turn, iterator: AsyncIterator<Turn>): AsyncIterable<Turn> {
  try {
    let turn: Turn | undefined = first
    while (turn !== undefined) {
      yield turn
      const next = await iterator.next()
      turn = next.done === true ? undefined : next.value
    }
  } finally {
    await iterator.return?.()
  }
}

async function* oneByOne(turns: AsyncIterable<Iterable<Buffer>>): AsyncIterable<Buffer> {
  for await (const turn of turns) yield* turn
}

async function* copies(source: AsyncIterable<Iterable<Buffer>>): AsyncIterable<Buffer> {
  for await (const piece of oneByOne(source)) yield Buffer.from(piece)
}
