import { type MessagePort, parentPort, workerData } from 'node:worker_threads'
import { TidegateError } from '#kernel'
import type { AnalysisMessage, AnalysisSource } from './analysis-messages.ts'
import { analyzeBytes, analyzeCapture } from './analyze-capture.ts'
import type { CaptureReport } from './capture-report.ts'

/** Pieces between two messages: more of them would only wake the other thread. */
const PIECES_A_MESSAGE = 16

// The body of the thread that `analyzeCaptureApart` and `analyzeBytesApart` start.
await answer(parentPort!, workerData as AnalysisSource)

async function answer(port: MessagePort, source: AnalysisSource): Promise<void> {
  const say = (message: AnalysisMessage): void => port.postMessage(message)
  try {
    say({ kind: 'report', report: await analyze(source, say) })
  } catch (error) {
    if (!(error instanceof TidegateError) || error.code !== 'ERR_USAGE') throw error
    say({ kind: 'refusal', message: error.message, remedy: error.remedy })
  }
}

function analyze(source: AnalysisSource, say: (message: AnalysisMessage) => void): Promise<CaptureReport> {
  if ('bytes' in source) {
    const { buffer, byteOffset, byteLength } = source.bytes
    return analyzeBytes(Buffer.from(buffer, byteOffset, byteLength))
  }
  let pieces = 0
  return analyzeCapture(source.path, {
    onPiece: (reading, packets) => {
      if (pieces++ % PIECES_A_MESSAGE === 0) say({ kind: 'progress', reading, packets })
    },
  })
}
