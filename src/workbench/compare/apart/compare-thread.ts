import { type MessagePort, parentPort, workerData } from 'node:worker_threads'
import { TidegateError } from '#kernel'
import { StoreLine } from '#store'
import { compare } from '../compare.ts'
import type { CompareReport } from '../report.ts'
import type { CompareMessage, CompareStart } from './compare-messages.ts'
import { openSide } from './side-source.ts'

// The body of the thread that `compareApart` starts.
await answer(parentPort!, workerData as CompareStart)

async function answer(port: MessagePort, start: CompareStart): Promise<void> {
  const say = (message: CompareMessage): void => port.postMessage(message)
  const line = start.storePort === undefined ? undefined : new StoreLine(start.storePort)
  try {
    say({ kind: 'report', report: await compareSides(start, line, say) })
  } catch (error) {
    if (!(error instanceof TidegateError)) throw error
    const { code, message, source, retry, remedy } = error
    say({ kind: 'refusal', refusal: { code, message, source, retry, remedy } })
  } finally {
    line?.close()
  }
}

async function compareSides(
  { bad, good, options }: CompareStart,
  line: StoreLine | undefined,
  say: (message: CompareMessage) => void,
): Promise<CompareReport> {
  const sides = [await openSide(bad, line), await openSide(good, line)] as const
  return compare(...sides, { ...options, onStep: (step) => say({ kind: 'step', step }) })
}
