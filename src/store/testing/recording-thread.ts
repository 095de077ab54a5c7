import { parentPort, workerData } from 'node:worker_threads'
import { setTimeout as sleep } from 'node:timers/promises'
import { sampleFacts, sampleHead } from '#events'
import { RayMaker } from '#kernel'
import type { EventStoreOptions } from '../event-store.ts'
import { recorderOf } from './open-store.ts'

/** A data worker of tests: records events `from` to `to`, then ends, or waits to be killed. */
const { options, from, to, timeMicros, stayOpen } = workerData as {
  options: EventStoreOptions
  from: number
  to: number
  timeMicros: number
  stayOpen?: boolean
}
const recorder = recorderOf(options)
const rays = new RayMaker()
for (let n = from; n < to; n++) {
  recorder.record(sampleHead(n, rays.next(), timeMicros + n), sampleFacts(n))
  if (n % 100 === 0) await sleep(2)
}
if (stayOpen === true) {
  while (recorder.counters().bytes === 0) await sleep(1)
  await sleep(50)
  parentPort?.postMessage('written')
  setInterval(() => undefined, 1000)
} else {
  await recorder.close()
}
