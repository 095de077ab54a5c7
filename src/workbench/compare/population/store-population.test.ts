import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import test from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { EventRecorder, type RecordedKind } from '#events'
import { RayMaker } from '#kernel'
import { EventStore } from '#store'
import { compare } from '../compare.ts'
import type { Mix } from '../testing/mix.ts'
import { FLOW_MIXES, PACKET_MIXES } from '../testing/packet-mixes.ts'
import { FACT_READERS } from './fact-readers.ts'
import type { FactRow } from './fact-row.ts'
import { StorePopulation } from './store-population.ts'

const NAMES = { redact: [], sensitiveArguments: [], sensitiveHeaders: [] }
const GOOD_MICROS = 1_795_300_000_000_000
const BAD_MICROS = GOOD_MICROS + 600_000_000
const END_MICROS = BAD_MICROS + 600_000_000
const ROWS = { bad: 1_500, good: 3_000 }
/** Packets that each event stands for. */
const WEIGHT = 16

async function openStore(context: test.TestContext, folder: string): Promise<EventStore> {
  const store = await EventStore.open({
    directory: path.join(folder, 'events'),
    spoolDirectory: path.join(folder, 'spool'),
    retentionSeconds: 86_400 * 365,
    retentionBytes: 2 ** 30,
    memoryLimitBytes: 2 ** 28,
    ...NAMES,
  })
  context.after(() => store.close())
  return store
}

async function record(
  folder: string,
  kind: RecordedKind,
  sides: { bad: readonly FactRow[]; good: readonly FactRow[] },
) {
  const recorder = new EventRecorder<FactRow>({
    kind,
    directory: path.join(folder, 'spool'),
    budgetBytes: 2 ** 30,
    readers: FACT_READERS,
    redactionKey: new Uint8Array(32),
    redaction: NAMES,
  })
  const rays = new RayMaker()
  const decision = { verdict: 'allow', why: 'no rule matched', matches: [] } as const
  const add = (rows: readonly FactRow[], startMicros: number): void => {
    for (const [n, row] of rows.entries()) {
      const timeMicros = startMicros + n * 10_000
      recorder.record(
        { ray: rays.next(), timeMicros, point: 'firewall', policyVersion: 'v1', decision, weight: WEIGHT },
        row,
      )
    }
  }
  add(sides.good, GOOD_MICROS)
  add(sides.bad, BAD_MICROS)
  await recorder.close()
}

async function untilStored(store: EventStore, count: number): Promise<void> {
  for (;;) {
    const status = await store.status()
    if (status.ingested + status.rejected >= count && status.spoolSegments === 0) return
    await sleep(10)
  }
}

const CASES: readonly (readonly [RecordedKind & ('packet' | 'flow'), Mix])[] = [
  ['packet', PACKET_MIXES.find(({ name }) => name === 'DNS amplification')!],
  ['packet', PACKET_MIXES.find(({ name }) => name.startsWith('SYN flood of one tool'))!],
  ['flow', FLOW_MIXES[0]],
]

test('packets and flows of the log are compared', async (context) => {
  for (const [kind, mix] of CASES) {
    const folder = mkdtempSync(path.join(tmpdir(), 'tidegate-compare-'))
    context.after(() => rmSync(folder, { recursive: true, force: true }))
    const store = await openStore(context, folder)
    await record(folder, kind, mix.make(3, ROWS.bad, ROWS.good))
    await untilStored(store, ROWS.bad + ROWS.good)
    const scope = { kind, filter: undefined, lists: new Map() }
    const bad = new StorePopulation(store, { ...scope, sinceMicros: BAD_MICROS, untilMicros: END_MICROS })
    const good = new StorePopulation(store, { ...scope, sinceMicros: GOOD_MICROS, untilMicros: BAD_MICROS })
    const report = await compare(bad, good, { kind })
    const shown = `${mix.name}: ${report.filters.map(({ when }) => when).join()}`
    assert.deepEqual([report.kind, report.bad.rows, report.good.rows], [kind, ROWS.bad, ROWS.good])
    assert.equal(report.bad.weight, ROWS.bad * WEIGHT)
    assert.equal(report.advice, 'block', shown)
    assert.ok(report.together.coverage >= 0.99 && report.together.collateral <= 0.001, shown)
    assert.ok(
      report.filters.every(({ points }) => points.includes('firewall')),
      shown,
    )
  }
})
