import { setTimeout as sleep } from 'node:timers/promises'
import { sampleFacts, sampleHead } from '#events'
import { RayMaker } from '#kernel'
import { EventStore, type EventStoreOptions } from '../event-store.ts'
import { recorderOf } from './open-store.ts'

/** A whole process of tests: store and recorder, recording event after event until it is killed. Life `life` has its own times. */
const { options, life } = JSON.parse(process.argv[2]) as { options: EventStoreOptions; life: number }
await EventStore.open(options)
const recorder = recorderOf(options)
const rays = new RayMaker()
process.stdout.write('recording\n')
for (let n = 0; ; n++) {
  recorder.record(sampleHead(n, rays.next(), life * 1_000_000 + n), sampleFacts(n))
  if (n % 8 === 0) await sleep(2)
}
