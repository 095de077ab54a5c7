import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync } from 'node:fs'
import path from 'node:path'
import test from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { type EventRecorder, sampleFacts, type SampleFacts, sampleHead } from '#events'
import { RayMaker, wallClockMicros } from '#kernel'
import { EventStore } from './event-store.ts'
import { ALL_TIME, openStore, recorderOf, storeOptions, temporaryDirectory, untilStored } from './testing/open-store.ts'

const rays = new RayMaker()

async function record(recorder: EventRecorder<SampleFacts>, count: number, firstMicros: number): Promise<void> {
  for (let n = 0; n < count; n++) {
    const facts = { ...sampleFacts(n), 'http.request.uri.query': `${Math.random()}${Math.random()}${Math.random()}` }
    recorder.record(sampleHead(n, rays.next(), firstMicros + n), facts)
    if (n % 500 === 0) await sleep(1)
  }
}

test('the oldest files go when all are larger than they may be', { timeout: 120_000 }, async (context) => {
  const budget = 12 * 2 ** 20
  const options = { ...storeOptions(temporaryDirectory(context)), retentionBytes: budget }
  const store = await openStore(context, options)
  let recorded = 0
  let files = 0
  const start = wallClockMicros()
  for (let round = 0; round < 40 && files < 6; round++) {
    const recorder = recorderOf(options)
    await record(recorder, 3000, start + round * 3000)
    await recorder.close()
    recorded += 3000
    await untilStored(store, recorded)
    files = (await store.status()).files
  }
  assert.ok(files >= 6, `${files} files`)
  await store.close()
  // Deletion happens now and then; at the start of a store it happens first.
  const second = await EventStore.open({ ...options, retentionBytes: budget / 4 })
  try {
    while ((await second.status()).bytes > budget / 4) await sleep(20)
    const { rows } = await second.query({ plan: 'count', ...ALL_TIME })
    assert.ok(rows > 0 && rows < recorded)
    const [newest] = (await second.query({ plan: 'rows', ...ALL_TIME, limit: 1 })).events
    assert.equal(newest.timeMicros, start + recorded - 1)
    assert.equal(
      (await second.query({ plan: 'count', sinceMicros: start + recorded - rows, untilMicros: start + recorded })).rows,
      rows,
    )
    const onDisk = readdirSync(options.directory).filter((name) => name.endsWith('.duckdb'))
    assert.equal(onDisk.length, (await second.status()).files)
  } finally {
    await second.close()
  }
})

test('a full disk stops storing, not the store; with room again everything is stored once', async (context) => {
  const directory = temporaryDirectory(context)
  const mount = path.join(directory, 'disk')
  mkdirSync(mount)
  if (spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=3m', 'tmpfs', mount]).status !== 0) {
    context.skip('needs the right to mount a small disk')
    return
  }
  const options = { ...storeOptions(directory), directory: path.join(mount, 'events') }
  const store = await EventStore.open(options)
  try {
    const recorder = recorderOf(options)
    let recorded = 0
    const start = wallClockMicros()
    while ((await store.status()).lastError === undefined) {
      await record(recorder, 2000, start + recorded)
      recorded += 2000
      await sleep(300)
      assert.ok(recorded < 400_000, 'the disk never filled')
    }
    const { lastError } = await store.status()
    assert.match(lastError ?? '', /space|ENOSPC|full|IO Error/i)
    assert.ok((await store.query({ plan: 'count', ...ALL_TIME })).rows < recorded)
    await recorder.close()
    assert.ok(readdirSync(options.spoolDirectory).length > 0)
    spawnSync('mount', ['-o', 'remount,size=400m', mount])
    while ((await store.status()).spoolSegments > 0 || (await store.status()).lastError !== undefined) await sleep(50)
    assert.equal((await store.query({ plan: 'count', ...ALL_TIME })).rows, recorded)
    assert.equal(
      (await store.query({ plan: 'top', ...ALL_TIME, field: 'ray', limit: 1, offset: 0 })).distinct,
      recorded,
    )
  } finally {
    await store.close()
    spawnSync('umount', [mount])
  }
  assert.ok(!existsSync(options.directory))
})
