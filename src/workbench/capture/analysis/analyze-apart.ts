import type { AnalysisSource } from './analysis-messages.ts'
import type { AnalyzeOptions } from './analyze-capture.ts'
import { askAnalysisThread } from './ask-analysis-thread.ts'
import type { CaptureReport } from './capture-report.ts'

/**
 * The engine lets garbage grow to these limits, so they hold the memory of a large capture down; what an analysis keeps
 * is bounded by counts and needs about half of it.
 */
const LIMITS = { maxOldGenerationSizeMb: 192, maxYoungGenerationSizeMb: 8 } as const

/**
 * Analyses a capture file, or standard input for `-`, in a thread of its own, as `analyzeCapture` does.
 *
 * @throws TidegateError ERR_USAGE when the file cannot be read or is no capture, ERR_WORKER_DIED when the thread ended
 * without an answer
 */
export function analyzeCaptureApart(path: string, { onPiece, keyLog }: AnalyzeOptions = {}): Promise<CaptureReport> {
  return analyzeApart({ path, ...(keyLog !== undefined && { keyLog }) }, onPiece)
}

/** Analyses a source in a thread of its own. @throws TidegateError as `analyzeCaptureApart` */
export function analyzeApart(source: AnalysisSource, onPiece?: AnalyzeOptions['onPiece']): Promise<CaptureReport> {
  return askAnalysisThread({ kind: 'analyze', source }, LIMITS, onPiece)
}
