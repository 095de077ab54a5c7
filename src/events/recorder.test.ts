import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import test, { type TestContext } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { RayMaker } from '#kernel'
import { COLUMNS } from './columns.ts'
import { EventRecorder } from './recorder.ts'
import { SAMPLE_READERS, sampleFacts, type SampleFacts, sampleHead } from './testing/sample-request.ts'

const NAMES = { redact: [], sensitiveArguments: [], sensitiveHeaders: [] }
const BUDGET = 20_000_000

function recorderIn(
  context: TestContext,
  filledBytes: number,
): { spool: string; recorder: EventRecorder<SampleFacts> } {
  const spool = mkdtempSync(path.join(tmpdir(), 'tidegate-recorder-'))
  context.after(() => rmSync(spool, { recursive: true, force: true }))
  if (filledBytes > 0) writeFileSync(path.join(spool, 'http-old-00000000.ready'), Buffer.alloc(filledBytes))
  const recorder = new EventRecorder({
    kind: 'http',
    directory: spool,
    budgetBytes: BUDGET,
    readers: SAMPLE_READERS,
    redactionKey: new Uint8Array(32),
    redaction: NAMES,
  })
  return { spool, recorder }
}

/** Columns of every row of a kind that new segments hold; values without quoted separators only. */
function rowsOf(spool: string, kind: 'http' | 'system'): Record<string, string>[] {
  return readdirSync(spool)
    .filter((file) => file.startsWith(`${kind}-`) && !file.includes('-old-'))
    .flatMap((file) => readFileSync(path.join(spool, file), 'utf8').split('\n').slice(1, -1))
    .map((row) => {
      const values = row.split('\x1f')
      assert.equal(values.length, COLUMNS[kind].length)
      return Object.fromEntries(COLUMNS[kind].map((column, at) => [column.name, values[at]]))
    })
}

async function recordMany(recorder: EventRecorder<SampleFacts>, count: number): Promise<void> {
  const rays = new RayMaker()
  for (let n = 0; n < count; n++) recorder.record(sampleHead(n, rays.next(), 1_795_313_701_000_000 + n), sampleFacts(n))
  await recorder.close()
}

test('with room in the spool every event is kept with weight 1', async (context) => {
  const { spool, recorder } = recorderIn(context, 0)
  await recordMany(recorder, 300)
  const rows = rowsOf(spool, 'http')
  assert.equal(rows.length, 300)
  assert.ok(rows.every((row) => row.weight === '1'))
  assert.deepEqual(rowsOf(spool, 'system'), [])
  const { rows: counted, sampledOut, dropped, failed } = recorder.counters()
  assert.deepEqual({ counted, sampledOut, dropped, failed }, { counted: 300, sampledOut: 0, dropped: 0, failed: 0 })
})

test('in a spool that is more than half full allowed events are sampled, others never', async (context) => {
  const { spool, recorder } = recorderIn(context, BUDGET * 0.65)
  while (recorder.counters().spoolBytes === 0) await sleep(1)
  await recordMany(recorder, 2000)
  const rows = rowsOf(spool, 'http')
  const blocked = rows.filter((row) => row['decision.verdict'] === 'block')
  assert.equal(blocked.length, 200)
  assert.ok(blocked.every((row) => row.weight === '1'))
  const allowed = rows.filter((row) => row['decision.verdict'] === 'allow')
  assert.ok(allowed.every((row) => row.weight === '4'))
  assert.equal(allowed.length + recorder.counters().sampledOut, 1800)
  const estimate = allowed.length * 4
  assert.ok(Math.abs(estimate - 1800) < 6 * Math.sqrt(1800 * 4), `estimated ${estimate}`)
  assert.deepEqual(
    rowsOf(spool, 'system').map((row) => row.code),
    ['events-sampled'],
  )
})

test('a full spool takes nothing, and a system event says how much was lost', async (context) => {
  const { spool, recorder } = recorderIn(context, BUDGET)
  while (recorder.counters().spoolBytes === 0) await sleep(1)
  await recordMany(recorder, 1000)
  assert.deepEqual(rowsOf(spool, 'http'), [])
  const { dropped, sampledOut } = recorder.counters()
  assert.ok(dropped >= 100)
  // Allowed events that the sample kept stand for 64 each.
  assert.equal((dropped - 100) / 64 + sampledOut, 900)
  const report = rowsOf(spool, 'system').find((row) => row.code === 'events-dropped')
  assert.equal((JSON.parse(report?.facts ?? '{}') as { dropped: number }).dropped, dropped)
})

test('an event that cannot be encoded is counted and reported, and the next one is recorded', async (context) => {
  const { spool, recorder } = recorderIn(context, 0)
  const broken: SampleFacts = Object.defineProperty({ ...sampleFacts(1) }, 'http.host', {
    get: () => {
      throw new Error('no host')
    },
  })
  recorder.record(sampleHead(1, 'ray1', 1_795_313_701_000_000), broken)
  recorder.record(sampleHead(2, 'ray2', 1_795_313_701_000_001), sampleFacts(2))
  await recorder.close()
  assert.deepEqual(
    rowsOf(spool, 'http').map((row) => row.ray),
    ['ray2'],
  )
  assert.equal(recorder.counters().failed, 1)
  assert.match(rowsOf(spool, 'system')[0].message, /no host/)
})
