import { analyzeApart } from './analyze-apart.ts'
import { analyzeBytes } from './analyze-capture.ts'
import type { CaptureReport } from './capture-report.ts'

/** Of what is not packed so much is analysed sooner than a thread has started. */
const AT_HAND_BYTES = 1_048_576
const GZIP_MAGIC = 0x1f8b

/**
 * Analyses a capture that is in memory, packed with gzip or not; large ones in a thread of their own, so that others can
 * work meanwhile.
 *
 * @throws TidegateError as `analyzeCaptureApart`
 */
export function analyzeBytesApart(bytes: Buffer): Promise<CaptureReport> {
  const isPacked = bytes.length > 1 && bytes.readUInt16BE(0) === GZIP_MAGIC
  return !isPacked && bytes.length <= AT_HAND_BYTES ? analyzeBytes(bytes) : analyzeApart({ bytes })
}
