import { messageOf, TidegateError } from '#kernel'
import { openPieces } from '../../capture/reading/capture-pieces.ts'
import { CaptureFile } from './capture-population.ts'
import { EventFile } from './event-file.ts'
import type { Population } from './population.ts'
import type { TimeWindow } from './time-window.ts'

const OPEN_BRACE = 0x7b
const BYTE_ORDER_MARK = Buffer.from([0xef, 0xbb, 0xbf])

/**
 * A file as one side of a comparison: a capture (pcap, pcapng), or events, one JSON object a line. Both may be packed with
 * gzip.
 * @throws TidegateError ERR_USAGE when the file cannot be read
 */
export async function openPopulation(path: string, window: TimeWindow = {}): Promise<Population> {
  if (path === '-') {
    throw new TidegateError('ERR_USAGE', 'a side of a comparison is read more than once', {
      source: 'client',
      remedy: 'Write standard input to a file first.',
    })
  }
  return (await beginsWithBrace(path)) ? new EventFile(path, window) : new CaptureFile(path, window)
}

async function beginsWithBrace(path: string): Promise<boolean> {
  try {
    const { pieces } = openPieces(path)
    for await (const piece of pieces) {
      const start = piece.indexOf(BYTE_ORDER_MARK) === 0 ? BYTE_ORDER_MARK.length : 0
      const first = piece.subarray(start).find((byte) => byte > 0x20)
      if (first !== undefined) return first === OPEN_BRACE
    }
    // An empty file holds no events.
    return true
  } catch (error) {
    throw new TidegateError('ERR_USAGE', `${path} cannot be read: ${messageOf(error)}`, {
      source: 'environment',
      remedy: 'Name a file of events or a capture, or give an expression of the rules language.',
      cause: error,
    })
  }
}
