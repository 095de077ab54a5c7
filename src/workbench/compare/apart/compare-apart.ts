import { type MessagePort, Worker } from 'node:worker_threads'
import { messageOf, TidegateError } from '#kernel'
import type { CompareReport, CompareStep } from '../report.ts'
import type { CompareMessage, CompareStart, CompareTask, Refusal } from './compare-messages.ts'

/** What a comparison may keep; rows that are searched are bounded by number, so only enormous ones come near. */
const LIMITS = { maxOldGenerationSizeMb: 2048 } as const

export interface ApartOptions {
  /** Of `EventStore.connect`, when a side is of the log. */
  readonly storePort?: MessagePort | undefined
  /** Ends the comparison: its answer is not wanted any more. */
  readonly signal?: AbortSignal | undefined
  readonly onStep?: ((step: CompareStep) => void) | undefined
}

/**
 * Compares in a thread of its own, so that others can work meanwhile, with bounded memory.
 *
 * @throws TidegateError as `compare` and `openPopulation`; ERR_WORKER_DIED when the thread ended without an answer
 * @throws the reason of `signal`
 */
export async function compareApart(task: CompareTask, options: ApartOptions = {}): Promise<CompareReport> {
  const { storePort, signal, onStep } = options
  signal?.throwIfAborted()
  const start: CompareStart = { ...task, storePort }
  const worker = new Worker(new URL('compare-thread.ts', import.meta.url), {
    workerData: start,
    transferList: storePort === undefined ? [] : [storePort],
    resourceLimits: LIMITS,
  })
  const { promise, resolve, reject } = Promise.withResolvers<CompareReport>()
  worker.on('message', (message: CompareMessage) => {
    if (message.kind === 'step') onStep?.(message.step)
    else if (message.kind === 'report') resolve(message.report)
    else reject(refused(message.refusal))
  })
  worker.on('error', (error) => reject(death(error)))
  worker.on('exit', () => reject(death(new Error('it ended without an answer'))))
  const stop = (): void => reject(signal?.reason)
  signal?.addEventListener('abort', stop)
  try {
    return await promise
  } finally {
    signal?.removeEventListener('abort', stop)
    await worker.terminate()
  }
}

function refused({ code, message, source, retry, remedy }: Refusal): TidegateError {
  return new TidegateError(code, message, { source, retry, ...(remedy !== undefined && { remedy }) })
}

function death(error: unknown): TidegateError {
  return new TidegateError('ERR_WORKER_DIED', `the comparison did not come to its end: ${messageOf(error)}`, {
    source: 'internal',
    remedy: 'Choose a shorter time, or compare fewer rows.',
    cause: error,
  })
}
