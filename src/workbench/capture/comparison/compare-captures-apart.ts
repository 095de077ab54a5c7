import { askAnalysisThread, type ReadingWatcher } from '../analysis/ask-analysis-thread.ts'
import type { CaptureComparison } from './compare-captures.ts'

/** What is known of the first capture stays while the second one is analysed. */
const LIMITS = { maxOldGenerationSizeMb: 320, maxYoungGenerationSizeMb: 8 } as const

/**
 * Says what differs between two capture files, as `compareCaptures` does, in a thread of its own. `keyLog` has secrets of TLS
 * sessions of both, beside those that they have themselves.
 *
 * @throws TidegateError ERR_USAGE when a file cannot be read or is no capture, ERR_WORKER_DIED when the thread ended
 * without an answer
 */
export function compareCapturesApart(
  a: string,
  b: string,
  { onPiece, keyLog }: { readonly onPiece?: ReadingWatcher; readonly keyLog?: Buffer } = {},
): Promise<CaptureComparison> {
  return askAnalysisThread({ kind: 'compare', paths: [a, b], ...(keyLog !== undefined && { keyLog }) }, LIMITS, onPiece)
}
