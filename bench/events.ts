import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { createEventEncoder, EventRecorder, Redactor, SAMPLE_READERS, sampleFacts, sampleHead } from '#events'
import { RayMaker } from '#kernel'
import { EventStore, type EventStoreOptions } from '#store'
import { median, printTable } from './table.ts'

const NAMES = { redact: [], sensitiveArguments: ['password', 'token'], sensitiveHeaders: ['x-api-key'] }
const KEY = new Uint8Array(32)
/** Events that are made beforehand and recorded again and again under new rays and times. */
const POOL = Array.from({ length: 4096 }, (_, n) => sampleFacts(n))
const RATE = 5000
const QUERIES = 30

function cpuMicros(since: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(since)
  return user + system
}

function encodeCost(): number {
  const encode = createEventEncoder({ kind: 'http', readers: SAMPLE_READERS, redactor: new Redactor(KEY, NAMES) })
  const heads = POOL.map((_, n) => sampleHead(n, '1m80gj4x50000g7nyych', 1_795_313_701_797_017 + n))
  const rounds: number[] = []
  for (let round = 0; round < 7; round++) {
    const before = process.cpuUsage()
    for (let n = 0; n < 50_000; n++) encode(heads[n % POOL.length], POOL[n % POOL.length], 1)
    rounds.push(cpuMicros(before) / 50_000)
  }
  return median(rounds.slice(2))
}

function recorderOf(options: EventStoreOptions): (count: number, microsBetween: number) => Promise<void> {
  const rays = new RayMaker()
  return async (count, microsBetween) => {
    const recorder = new EventRecorder({
      kind: 'http',
      directory: options.spoolDirectory,
      budgetBytes: 2 ** 40,
      readers: SAMPLE_READERS,
      redactionKey: KEY,
      redaction: NAMES,
    })
    const firstMicros = Date.now() * 1000 - count * microsBetween
    for (let n = 0; n < count; n++) {
      recorder.record(sampleHead(n, rays.next(), firstMicros + n * microsBetween), POOL[n % POOL.length])
      // Lets the writer write: no more than a few megabytes may wait.
      if (n % 1000 === 999) await sleep(1)
    }
    await recorder.close()
    if (recorder.counters().rows !== count) throw new Error(`recorded ${recorder.counters().rows} of ${count} events`)
  }
}

/** `RATE` events a second until it is stopped. */
async function recordSteadily(record: ReturnType<typeof recorderOf>, stop: AbortSignal): Promise<void> {
  while (!stop.aborted) {
    const start = performance.now()
    await record(RATE / 2, 1)
    await sleep(Math.max(0, 500 - (performance.now() - start)))
  }
}

async function untilStored(store: EventStore, rows: number): Promise<void> {
  while ((await store.status()).ingested < rows) await sleep(20)
}

async function topLatencies(store: EventStore, field: string): Promise<{ median: number; p95: number }> {
  const latencies: number[] = []
  for (let n = 0; n < QUERIES; n++) {
    const start = performance.now()
    await store.query({ plan: 'top', sinceMicros: 0, untilMicros: 2e15, field, limit: 20, offset: 0 })
    latencies.push(performance.now() - start)
    await sleep(50)
  }
  return { median: median(latencies), p95: latencies.sort((one, other) => one - other)[Math.ceil(QUERIES * 0.95) - 1] }
}

/** Cost of recording, storing and asking. `args[0]`: rows in the store, one million without. */
export async function run(args: readonly string[]): Promise<void> {
  const count = Number(args[0] ?? 1_000_000)
  const directory = mkdtempSync(path.join(tmpdir(), 'tidegate-bench-'))
  const options: EventStoreOptions = {
    directory: path.join(directory, 'events'),
    spoolDirectory: path.join(directory, 'spool'),
    retentionSeconds: 86_400,
    retentionBytes: 2 ** 34,
    memoryLimitBytes: 2 ** 28,
    ...NAMES,
  }
  const rows: (string | number)[][] = [['encode one event, CPU µs', encodeCost().toFixed(2), '<= 5']]
  try {
    const record = recorderOf(options)
    const recording = process.cpuUsage()
    await record(count, 1000)
    rows.push(['make, encode and spool one event, CPU µs', (cpuMicros(recording) / count).toFixed(2), ''])

    const storing = process.cpuUsage()
    const first = await EventStore.open(options)
    await untilStored(first, count)
    await first.close()
    const rowsPerSecond = Math.round(count / (cpuMicros(storing) / 1e6))
    const bytes = readdirSync(options.directory, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .reduce((sum, entry) => sum + statSync(path.join(entry.parentPath, entry.name)).size, 0)
    rows.push(['store, rows/s a core (checkpoint included)', rowsPerSecond, '>= 40000'])
    rows.push(['size in the store, bytes a row', Math.round(bytes / count), ''])

    const store = await EventStore.open(options)
    const stop = new AbortController()
    const background = recordSteadily(record, stop.signal)
    for (const field of ['ip.src', 'http.request.uri.path', 'http.user_agent']) {
      const { median: middle, p95 } = await topLatencies(store, field)
      rows.push([`top 20 of ${field}, ms (median / p95)`, `${middle.toFixed(0)} / ${p95.toFixed(0)}`, 'p95 <= 300'])
    }
    stop.abort()
    await background
    await store.close()
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
  printTable(`Events: ${count} rows, ${RATE} more a second while asked`, ['measure', 'value', 'goal'], rows)
}
