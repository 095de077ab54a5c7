import { messageOf, TidegateError } from '#kernel'
import { openPieces } from '../../capture/reading/capture-pieces.ts'

const LINE_BYTES = 64 * 1024 * 1024
const NEWLINE = 0x0a

/** Is given where a line stands. The bytes are valid during the call only. */
export type LineVisitor = (bytes: Buffer, start: number, end: number) => void

/**
 * Lines of a file, packed with gzip or not, or of standard input for `-`; blank ones are left out.
 * @throws TidegateError ERR_USAGE when the file cannot be read, or a line is longer than 64 MiB
 */
export async function readLines(path: string, visit: LineVisitor): Promise<void> {
  // The beginning of a line whose end has not come; its pieces are joined once.
  let begun: Buffer[] = []
  let begunBytes = 0
  const visitWhole = (line: Buffer): void => {
    if (!isBlank(line, 0, line.length)) visit(line, 0, line.length)
  }
  try {
    const { pieces } = openPieces(path)
    for await (const piece of pieces) {
      let from = 0
      const end = begunBytes > 0 ? piece.indexOf(NEWLINE) : -1
      if (end >= 0) {
        visitWhole(Buffer.concat([...begun, piece.subarray(0, end)]))
        begun = []
        begunBytes = 0
        from = end + 1
      }
      const used = begunBytes > 0 ? 0 : visitLines(piece, from, visit)
      // The piece is written over by the next one.
      begun.push(Buffer.from(piece.subarray(used)))
      begunBytes += piece.length - used
      if (begunBytes > LINE_BYTES) throw unreadable(path, 'a line is longer than 64 MiB')
    }
  } catch (error) {
    if (error instanceof TidegateError) throw error
    throw unreadable(path, messageOf(error), error)
  }
  visitWhole(Buffer.concat(begun))
}

function visitLines(bytes: Buffer, from: number, visit: LineVisitor): number {
  let start = from
  for (let end = bytes.indexOf(NEWLINE, start); end >= 0; end = bytes.indexOf(NEWLINE, start)) {
    if (!isBlank(bytes, start, end)) visit(bytes, start, end)
    start = end + 1
  }
  return start
}

function isBlank(bytes: Buffer, start: number, end: number): boolean {
  for (let at = start; at < end; at++) if (bytes[at] > 0x20) return false
  return true
}

function unreadable(path: string, why: string, cause?: unknown): TidegateError {
  return new TidegateError('ERR_USAGE', `${path} cannot be read: ${why}`, {
    source: 'environment',
    remedy: 'Give a file of events, one JSON object { "time": ..., "facts": { ... } } a line, or a capture.',
    cause,
  })
}
