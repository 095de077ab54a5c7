import { DuckDBInstance } from '@duckdb/node-api'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseDraft } from '#config'
import type { Policy } from '#decide'
import { EventRecorder, SAMPLE_READERS, sampleFacts, sampleHead } from '#events'
import { RayMaker } from '#kernel'
import { EventStore, type EventStoreOptions } from '#store'
import { replayDraft } from '#workbench'
import type { Action } from '#act'
import { printTable } from './table.ts'

const SEED_EVENTS = 20_000
const EVENTS = Number(process.env['TIDEGATE_BENCH_EVENTS'] ?? 10_000_000)
const GOAL_SECONDS = 10
const VERSION = '1m80gj4x50000g7nyych'
const POLICY: Policy<Action> = { version: VERSION, rulesets: [], lists: [] }

const DRAFTS: Readonly<Record<string, string>> = {
  'one path': 'http.request.uri.path == "/login"',
  'user agent and country': 'http.user_agent contains "curl" and ip.src.country in {"DE" "BR"}',
  'a header': 'http.request.headers["accept-language"][0] contains "pt"',
  everything: 'ssl',
}

/** Some events recorded as a point does it; then the store's own file is filled up with copies of them. */
async function fill(options: EventStoreOptions): Promise<void> {
  const recorder = new EventRecorder({
    kind: 'http',
    directory: options.spoolDirectory,
    budgetBytes: 2 ** 40,
    readers: SAMPLE_READERS,
    redactionKey: new Uint8Array(32),
    redaction: options,
  })
  const rays = new RayMaker()
  const firstMicros = (Date.now() - 3_600_000) * 1000
  for (let n = 0; n < SEED_EVENTS; n++) {
    recorder.record(sampleHead(n, rays.next(), firstMicros + n * 1000), sampleFacts(n))
    if (n % 1000 === 999) await sleep(1)
  }
  await recorder.close()
  const store = await EventStore.open(options)
  while ((await store.status()).ingested < SEED_EVENTS) await sleep(20)
  await store.close()
  const [file] = readdirSync(options.directory).filter((name) => name.startsWith('http-'))
  const instance = await DuckDBInstance.create(path.join(options.directory, file))
  const connection = await instance.connect()
  const copies = EVENTS / SEED_EVENTS - 1
  await connection.run(`INSERT INTO events SELECT e.* FROM events e, range(${copies})`)
  connection.closeSync()
  instance.closeSync()
}

/** Prints how long it takes to replay a draft on ten million events. */
export async function run(): Promise<void> {
  const home = mkdtempSync(path.join(tmpdir(), 'tidegate-bench-'))
  const options: EventStoreOptions = {
    directory: path.join(home, 'events'),
    spoolDirectory: path.join(home, 'spool'),
    retentionSeconds: 86_400,
    retentionBytes: 2 ** 40,
    memoryLimitBytes: 2 ** 28,
    redact: [],
    sensitiveArguments: [],
    sensitiveHeaders: ['cookie'],
  }
  try {
    await fill(options)
    const store = await EventStore.open(options)
    const rows: (string | number)[][] = []
    for (const [name, when] of Object.entries(DRAFTS)) {
      const text = `phase: firewall_custom\nrules:\n  - id: draft\n    when: '${when}'\n    action: block\n`
      const question = {
        draft: parseDraft(text, 'draft', []),
        running: POLICY,
        sinceMicros: 0,
        untilMicros: Date.now() * 1000,
      }
      const before = process.cpuUsage()
      const start = performance.now()
      const report = await replayDraft(question, { store, policy: () => POLICY })
      const seconds = (performance.now() - start) / 1000
      const { user, system } = process.cpuUsage(before)
      if (report.total.rows !== EVENTS) throw new Error(`${report.total.rows} events instead of ${EVENTS}`)
      const cpuSeconds = (user + system) / 1e6
      rows.push([name, report.matched.rows, seconds.toFixed(1), cpuSeconds.toFixed(1), GOAL_SECONDS])
    }
    await store.close()
    printTable(`Replay of ${EVENTS} events`, ['draft', 'matched', 'seconds', 'CPU seconds', 'goal'], rows)
  } finally {
    rmSync(home, { recursive: true, force: true })
  }
}
