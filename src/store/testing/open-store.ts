import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { TestContext } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { EventRecorder, type RedactionNames, SAMPLE_READERS, type SampleFacts } from '#events'
import { EventStore, type EventStoreOptions } from '../event-store.ts'

const NO_REDACTION: RedactionNames = { redact: [], sensitiveArguments: [], sensitiveHeaders: [] }

/** Every time there is. */
export const ALL_TIME = { sinceMicros: 0, untilMicros: Number.MAX_SAFE_INTEGER }

/** A directory that the test removes. */
export function temporaryDirectory(context: TestContext): string {
  const directory = mkdtempSync(path.join(tmpdir(), 'tidegate-store-'))
  context.after(() => rmSync(directory, { recursive: true, force: true }))
  return directory
}

/** Options of a store whose files and spool lie below `directory`. */
export function storeOptions(directory: string): EventStoreOptions {
  return {
    directory: path.join(directory, 'events'),
    spoolDirectory: path.join(directory, 'spool'),
    retentionSeconds: 86_400,
    retentionBytes: 2 ** 30,
    memoryLimitBytes: 2 ** 28,
    ...NO_REDACTION,
  }
}

/** A store that the test closes. */
export async function openStore(context: TestContext, options: EventStoreOptions): Promise<EventStore> {
  const store = await EventStore.open(options)
  context.after(() => store.close())
  return store
}

/** A recorder into the spool of a store. */
export function recorderOf(options: EventStoreOptions): EventRecorder<SampleFacts> {
  return new EventRecorder({
    kind: 'http',
    directory: options.spoolDirectory,
    budgetBytes: 2 ** 30,
    readers: SAMPLE_READERS,
    redactionKey: new Uint8Array(32),
    redaction: options,
  })
}

/** Waits until nothing is left in the spool. */
export async function untilStored(store: EventStore, rows: number): Promise<void> {
  for (;;) {
    const status = await store.status()
    if (status.ingested + status.rejected >= rows && status.spoolSegments === 0) return
    await sleep(10)
  }
}
