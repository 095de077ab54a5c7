import { parentPort, workerData } from 'node:worker_threads'
import { messageOf, TidegateError } from '#kernel'
import { Collector } from './collector.ts'
import type { CollectorStart, FromCollector, ToCollector } from './messages.ts'

function post(message: FromCollector): void {
  parentPort?.postMessage(message)
}

const collector = new Collector(workerData as CollectorStart, post)
parentPort?.on('message', ({ type }: ToCollector) => {
  if (type === 'drain') void collector.drain().then(() => parentPort?.close())
})
try {
  await collector.listen()
} catch (error) {
  const remedy = error instanceof TidegateError ? error.remedy : undefined
  post({ type: 'failed', message: messageOf(error), remedy })
}
