import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { EventRecorder } from '#events'
import { RayMaker } from '#kernel'
import { EventStore, type EventStoreOptions } from '#store'
import { compareApart } from '#workbench'
import { FACT_READERS } from '../src/workbench/compare/population/fact-readers.ts'
import type { FactRow } from '../src/workbench/compare/population/fact-row.ts'
import type { Mix } from '../src/workbench/compare/testing/mix.ts'
import { printTable } from './table.ts'

/** Rows that are made anew at once; each batch is of another seed. */
const BATCH_ROWS = 50_000
const HOUR_MICROS = 3_600_000_000
const START_MICROS = 1_795_300_000_000_000
const LOOK_MS = 20

/**
 * Compares an hour of the log with the hour before: what the whole process spends, the thread of the store included, and the
 * most memory that it has meanwhile.
 */
export async function storeSpeed(mix: Mix, rows: number): Promise<void> {
  const folder = mkdtempSync(path.join(tmpdir(), 'tidegate-bench-'))
  const options: EventStoreOptions = {
    directory: path.join(folder, 'events'),
    spoolDirectory: path.join(folder, 'spool'),
    retentionSeconds: 86_400 * 3_650,
    retentionBytes: 2 ** 40,
    memoryLimitBytes: 2 ** 28,
    redact: [],
    sensitiveArguments: [],
    sensitiveHeaders: [],
  }
  try {
    await fill(options, mix, rows)
    const store = await EventStore.open(options)
    const residentMb = (): number => process.memoryUsage.rss() / 1e6
    const beforeMb = residentMb()
    let peakMb = beforeMb
    const look = setInterval(() => (peakMb = Math.max(peakMb, residentMb())), LOOK_MS)
    const before = process.cpuUsage()
    const scope = { kind: 'http', filter: undefined, lists: new Map() } as const
    const hour = (start: number) => ({ ...scope, sinceMicros: start, untilMicros: start + HOUR_MICROS })
    const sides = {
      bad: { from: 'log', scope: hour(START_MICROS + HOUR_MICROS) },
      good: { from: 'log', scope: hour(START_MICROS) },
    } as const
    const report = await compareApart({ ...sides, options: {} }, { storePort: store.connect() })
    const { user, system } = process.cpuUsage(before)
    clearInterval(look)
    await store.close()
    const { coverage, collateral } = report.together
    const header = ['attack', 'rows a side', 's CPU', 'resident before, MB', 'at most', 'coverage', 'collateral']
    const seconds = ((user + system) / 1e6).toFixed(2)
    const line = [mix.name, report.bad.rows, seconds, beforeMb.toFixed(0), peakMb.toFixed(0), coverage, collateral]
    printTable('Compare: from the store, all rows counted', header, [line])
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** An hour of good events, then an hour of bad ones. */
async function fill(options: EventStoreOptions, mix: Mix, rows: number): Promise<void> {
  const recorder = new EventRecorder<FactRow>({
    kind: 'http',
    directory: options.spoolDirectory,
    budgetBytes: 2 ** 40,
    readers: FACT_READERS,
    redactionKey: new Uint8Array(32),
    redaction: options,
  })
  const rays = new RayMaker()
  const decision = { verdict: 'allow', why: 'no rule matched', matches: [] } as const
  const head = { point: 'http-edge', policyVersion: 'v1', decision } as const
  for (let from = 0; from < rows; from += BATCH_ROWS) {
    const count = Math.min(BATCH_ROWS, rows - from)
    const made = mix.make(100 + from, count, count)
    for (let n = 0; n < count; n++) {
      const timeMicros = START_MICROS + Math.floor(((from + n) / rows) * HOUR_MICROS)
      recorder.record({ ...head, ray: rays.next(), timeMicros }, made.good[n])
      recorder.record({ ...head, ray: rays.next(), timeMicros: timeMicros + HOUR_MICROS }, made.bad[n])
      // Lets the writer write: no more than a few megabytes may wait.
      if (n % 500 === 499) await sleep(1)
    }
  }
  await recorder.close()
  const store = await EventStore.open(options)
  while ((await store.status()).ingested < 2 * rows) await sleep(50)
  await store.close()
}
