import { pipeline } from 'node:stream'
import { type ResourceLimits, Worker } from 'node:worker_threads'
import { messageOf, TidegateError } from '#kernel'
import type { ReadingProgress } from '../reading/read-capture.ts'
import type { AnalysisAnswers, AnalysisMessage, AnalysisTask } from './analysis-messages.ts'

/** Is told now and then how far the reading of a file is. */
export type ReadingWatcher = (reading: ReadingProgress, packets: number, path: string) => void | Promise<void>

/**
 * Gives a task to a thread of its own, with a heap of its own.
 *
 * @throws TidegateError ERR_USAGE when a source cannot be read or is no capture, ERR_WORKER_DIED when the thread ended
 * without an answer, as it does when its heap is full
 */
export function askAnalysisThread<Kind extends AnalysisTask['kind']>(
  task: AnalysisTask & { readonly kind: Kind },
  limits: ResourceLimits,
  onPiece?: ReadingWatcher,
): Promise<AnalysisAnswers[Kind]> {
  const readsInput = isStandardInput(task)
  const worker = new Worker(new URL('analysis-thread.ts', import.meta.url), {
    workerData: task,
    resourceLimits: limits,
    stdin: readsInput,
  })
  // Whoever reads no more is told by the answer, not by the broken pipe.
  if (readsInput) pipeline(process.stdin, worker.stdin!, () => {})
  const { promise, resolve, reject } = Promise.withResolvers<AnalysisAnswers[Kind]>()
  worker.on('message', (message: AnalysisMessage<AnalysisAnswers[Kind]>) => {
    if (message.kind === 'progress') void onPiece?.(message.reading, message.packets, message.path)
    else if (message.kind === 'answer') resolve(message.answer)
    else reject(refusal(message.message, message.remedy))
  })
  worker.on('error', (error) => reject(death(error)))
  worker.on('exit', () => reject(death(new Error('it ended without an answer'))))
  return promise.finally(() => {
    if (readsInput) process.stdin.destroy()
    void worker.terminate()
  })
}

function isStandardInput(task: AnalysisTask): boolean {
  return task.kind === 'analyze' && 'path' in task.source && task.source.path === '-'
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
