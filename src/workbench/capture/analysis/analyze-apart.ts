import { pipeline } from 'node:stream'
import { Worker } from 'node:worker_threads'
import { messageOf, TidegateError } from '#kernel'
import type { AnalysisMessage, AnalysisSource } from './analysis-messages.ts'
import { type AnalyzeOptions, analyzeBytes } from './analyze-capture.ts'
import type { CaptureReport } from './capture-report.ts'

/**
 * The engine lets garbage grow to these limits, so they hold the memory of a large capture down; what an analysis keeps
 * is bounded by counts and needs about half of it.
 */
const LIMITS = { maxOldGenerationSizeMb: 192, maxYoungGenerationSizeMb: 8 } as const
/** Of what is not packed so much is analysed sooner than a thread has started. */
const AT_HAND_BYTES = 1_048_576
const GZIP_MAGIC = 0x1f8b

/**
 * Analyses a capture file, or standard input for `-`, in a thread of its own, as `analyzeCapture` does.
 *
 * @throws TidegateError ERR_USAGE when the file cannot be read or is no capture, ERR_WORKER_DIED when the thread ended
 * without an answer
 */
export function analyzeCaptureApart(path: string, { onPiece }: AnalyzeOptions = {}): Promise<CaptureReport> {
  return analyzeApart({ path }, onPiece)
}

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

function analyzeApart(source: AnalysisSource, onPiece?: AnalyzeOptions['onPiece']): Promise<CaptureReport> {
  const readsInput = 'path' in source && source.path === '-'
  const worker = new Worker(new URL('analysis-thread.ts', import.meta.url), {
    workerData: source,
    resourceLimits: LIMITS,
    stdin: readsInput,
  })
  // Whoever reads no more is told by the answer, not by the broken pipe.
  if (readsInput) pipeline(process.stdin, worker.stdin!, () => {})
  const { promise, resolve, reject } = Promise.withResolvers<CaptureReport>()
  worker.on('message', (message: AnalysisMessage) => {
    if (message.kind === 'progress') void onPiece?.(message.reading, message.packets)
    else if (message.kind === 'report') resolve(message.report)
    else reject(refusal(message.message, message.remedy))
  })
  worker.on('error', (error) => reject(death(error)))
  worker.on('exit', () => reject(death(new Error('it ended without an answer'))))
  return promise.finally(() => {
    if (readsInput) process.stdin.destroy()
    void worker.terminate()
  })
}

function refusal(message: string, remedy: string | undefined): TidegateError {
  return new TidegateError('ERR_USAGE', message, { source: 'environment', ...(remedy !== undefined && { remedy }) })
}

function death(error: unknown): TidegateError {
  return new TidegateError('ERR_WORKER_DIED', `the analysis did not come to its end: ${messageOf(error)}`, {
    source: 'internal',
    remedy: 'Cut the capture into parts, for example with editcap -c, and analyse each.',
    cause: error,
  })
}
