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
  let rest = Buffer.alloc(0)
  try {
    const { pieces } = openPieces(path)
    for await (const piece of pieces) {
      const bytes = rest.length === 0 ? piece : Buffer.concat([rest, piece])
      const used = visitLines(bytes, visit)
      // The piece is written over by the next one.
      rest = Buffer.from(bytes.subarray(used))
      if (rest.length > LINE_BYTES) throw unreadable(path, 'a line is longer than 64 MiB')
    }
  } catch (error) {
    if (error instanceof TidegateError) throw error
    throw unreadable(path, messageOf(error), error)
  }
  if (!isBlank(rest, 0, rest.length)) visit(rest, 0, rest.length)
}

function visitLines(bytes: Buffer, visit: LineVisitor): number {
  let start = 0
  for (let end = bytes.indexOf(NEWLINE); end >= 0; end = bytes.indexOf(NEWLINE, start)) {
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
