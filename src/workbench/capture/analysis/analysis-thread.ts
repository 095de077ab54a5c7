import { type MessagePort, parentPort, workerData } from 'node:worker_threads'
import { TidegateError } from '#kernel'
import { compareCaptures } from '../comparison/compare-captures.ts'
import type { AnalysisAnswers, AnalysisMessage, AnalysisSource, AnalysisTask } from './analysis-messages.ts'
import { analyzeBytes, analyzeCapture, type AnalyzeOptions, gatherEvidence } from './analyze-capture.ts'
import type { CaptureReport } from './capture-report.ts'

type Answer = AnalysisAnswers[keyof AnalysisAnswers]
type Say = (message: AnalysisMessage<Answer>) => void

/** Pieces between two messages: more of them would only wake the other thread. */
const PIECES_A_MESSAGE = 16

// The body of the thread that `askAnalysisThread` starts.
await answer(parentPort!, workerData as AnalysisTask)

async function answer(port: MessagePort, task: AnalysisTask): Promise<void> {
  const say: Say = (message) => port.postMessage(message)
  try {
    say({
      kind: 'answer',
      answer: await (task.kind === 'analyze' ? analyze(task.source, say) : compare(task, say)),
    })
  } catch (error) {
    if (!(error instanceof TidegateError) || error.code !== 'ERR_USAGE') throw error
    say({ kind: 'refusal', message: error.message, remedy: error.remedy })
  }
}

function analyze(source: AnalysisSource, say: Say): Promise<CaptureReport> {
  if ('bytes' in source) return analyzeBytes(bufferOf(source.bytes))
  return analyzeCapture(source.path, { ...keysOf(source), ...toldOf(source.path, say) })
}

async function compare(
  task: Extract<AnalysisTask, { readonly kind: 'compare' }>,
  say: Say,
): Promise<AnalysisAnswers['compare']> {
  const [a, b] = task.paths
  const keys = keysOf(task)
  const evidence = await gatherEvidence(a, { ...keys, ...toldOf(a, say) })
  return compareCaptures(evidence, await gatherEvidence(b, { ...keys, ...toldOf(b, say) }))
}

function keysOf({ keyLog }: { readonly keyLog?: Uint8Array }): Pick<AnalyzeOptions, 'keyLog'> {
  return keyLog === undefined ? {} : { keyLog: bufferOf(keyLog) }
}

/** Tells how far the reading of a file is. */
function toldOf(path: string, say: Say): Required<Pick<AnalyzeOptions, 'onPiece'>> {
  let pieces = 0
  return {
    onPiece: (reading, packets) => {
      if (pieces++ % PIECES_A_MESSAGE === 0) say({ kind: 'progress', reading, packets, path })
    },
  }
}

function bufferOf({ buffer, byteOffset, byteLength }: Uint8Array): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength)
}
