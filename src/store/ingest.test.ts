import assert from 'node:assert/strict'
import { copyFileSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import test from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import { sampleFacts, sampleHead } from '#events'
import { RayMaker } from '#kernel'
import { EventStore, type EventStoreOptions } from './event-store.ts'
import { ALL_TIME, openStore, recorderOf, storeOptions, temporaryDirectory, untilStored } from './testing/open-store.ts'

const TIME = 1_795_313_700_000_000

/** Records events `from` to `to` into the spool; the ready segments that this makes. */
async function record(options: EventStoreOptions, from: number, to: number): Promise<string[]> {
  mkdirSync(options.spoolDirectory, { recursive: true })
  const before = new Set(readdirSync(options.spoolDirectory))
  const recorder = recorderOf(options)
  const rays = new RayMaker()
  for (let n = from; n < to; n++) recorder.record(sampleHead(n, rays.next(), TIME + n), sampleFacts(n))
  await recorder.close()
  return readdirSync(options.spoolDirectory)
    .filter((file) => !before.has(file) && file.startsWith('http-'))
    .map((file) => path.join(options.spoolDirectory, file))
}

/** The numbers of the stored events, from their times. */
async function storedNumbers(store: EventStore): Promise<number[]> {
  const { events } = await store.query({ plan: 'rows', ...ALL_TIME, limit: 10_000 })
  return events.map(({ timeMicros }) => timeMicros - TIME).sort((one, other) => one - other)
}

const upTo = (count: number): number[] => Array.from({ length: count }, (_, n) => n)

test('a damaged segment costs its damaged rows only, and others nothing', async (context) => {
  const options = storeOptions(temporaryDirectory(context))
  await record(options, 0, 50)
  const [damaged] = await record(options, 50, 60)
  const lines = readFileSync(damaged, 'latin1').split('\n')
  lines[3] = lines[3].replaceAll('\x1f', ' ')
  lines[5] = lines[5].replace(/^\d+/, 'yesterday')
  lines[7] = lines[7].replace('shop.test', 'sh\xffp')
  writeFileSync(damaged, lines.join('\n'), 'latin1')
  await record(options, 60, 100)
  const store = await openStore(context, options)
  await untilStored(store, 100)
  const numbers = await storedNumbers(store)
  assert.deepEqual(
    numbers,
    upTo(100).filter((n) => ![52, 54, 56].includes(n)),
  )
  const status = await store.status()
  assert.equal(status.rejected, 3)
  assert.match(status.lastError ?? '', /./)
})

test('a file that is no segment is put aside', async (context) => {
  const options = storeOptions(temporaryDirectory(context))
  await record(options, 0, 10)
  writeFileSync(path.join(options.spoolDirectory, 'http-x-00000001.ready'), Buffer.alloc(100_000, 0xff))
  writeFileSync(path.join(options.spoolDirectory, 'http-x-00000002.ready'), 'other-format\x1fa VARCHAR\nx\n')
  const store = await openStore(context, options)
  await untilStored(store, 10)
  while ((await store.status()).spoolSegments > 0) await sleep(10)
  assert.deepEqual(await storedNumbers(store), upTo(10))
  assert.equal(readdirSync(path.join(options.spoolDirectory, 'rejected')).length, 2)
  assert.match((await store.status()).lastError ?? '', /put aside/)
})

test('segments of another version are stored: columns are matched by name', async (context) => {
  const options = storeOptions(temporaryDirectory(context))
  const [segment] = await record(options, 0, 10)
  const [header, ...rows] = readFileSync(segment, 'utf8').split('\n').slice(0, -1)
  const names = header.split('\x1f')
  const dropped = names.findIndex((name) => name.startsWith('http.host '))
  const change = (columns: string[], extra: string): string =>
    [columns[0], extra, ...columns.slice(1, dropped), ...columns.slice(dropped + 1)].join('\x1f')
  const changed = [
    change(names, 'future.field VARCHAR'),
    ...rows.map((row) => {
      const columns = row.split('\x1f')
      // Without the format name in front, columns of rows begin one earlier.
      return ['later', ...columns.slice(0, dropped - 1), ...columns.slice(dropped)].join('\x1f')
    }),
  ]
  writeFileSync(segment, `${changed.join('\n')}\n`)
  await record(options, 10, 20)
  const store = await openStore(context, options)
  await untilStored(store, 20)
  const { events } = await store.query({ plan: 'rows', ...ALL_TIME, limit: 100 })
  assert.equal(events.length, 20)
  for (const event of events) {
    const n = event.timeMicros - TIME
    assert.equal(event.facts['http.host'], n < 10 ? undefined : 'shop.test')
    assert.deepEqual(
      event.facts['http.request.headers'],
      (sampleFacts(n)['http.request.headers'] as Map<string, string[]>).set(
        'cookie',
        (event.facts['http.request.headers'] as Map<string, string[]>).get('cookie') ?? [],
      ),
    )
  }
})

test('a segment that came back after it was stored is not stored again', async (context) => {
  const options = storeOptions(temporaryDirectory(context))
  const [segment] = await record(options, 0, 10)
  const copy = path.join(path.dirname(options.spoolDirectory), 'copy')
  copyFileSync(segment, copy)
  const first = await EventStore.open(options)
  await untilStored(first, 10)
  // As if the deletion had failed.
  copyFileSync(copy, segment)
  while (readdirSync(options.spoolDirectory).includes(path.basename(segment))) await sleep(10)
  assert.deepEqual(await storedNumbers(first), upTo(10))
  await first.close()
})

test('rows of several threads that write at once are all stored, once', async (context) => {
  const options = storeOptions(temporaryDirectory(context))
  const store = await openStore(context, options)
  const threads = [0, 1, 2].map(
    (at) =>
      new Worker(new URL('./testing/recording-thread.ts', import.meta.url), {
        workerData: { options, from: at * 2000, to: (at + 1) * 2000, timeMicros: TIME },
      }),
  )
  await Promise.all(threads.map((thread) => new Promise((resolve) => thread.once('exit', resolve))))
  await untilStored(store, 6000)
  assert.deepEqual(await storedNumbers(store), upTo(6000))
})

test('what a worker thread that was killed wrote is recovered', async (context) => {
  const options = storeOptions(temporaryDirectory(context))
  const store = await openStore(context, options)
  const thread = new Worker(new URL('./testing/recording-thread.ts', import.meta.url), {
    workerData: { options, from: 0, to: 500, timeMicros: TIME, stayOpen: true },
  })
  const { threadId } = thread
  await new Promise((resolve) => thread.once('message', resolve))
  await thread.terminate()
  assert.ok(readdirSync(options.spoolDirectory).some((file) => file.endsWith('.open')))
  await store.recoverWorker(threadId)
  await untilStored(store, 500)
  assert.deepEqual(await storedNumbers(store), upTo(500))
})

test('a file of events of a day to come takes the events of today: a clock set back makes no new files', async (context) => {
  const options = storeOptions(temporaryDirectory(context))
  await record(options, 0, 10)
  const first = await EventStore.open(options)
  await untilStored(first, 10)
  await first.close()
  const [file] = readdirSync(options.directory).filter((name) => name.startsWith('http-'))
  renameSync(path.join(options.directory, file), path.join(options.directory, 'http-2099-01-01.0007.duckdb'))
  await record(options, 10, 20)
  const second = await openStore(context, options)
  await untilStored(second, 10)
  assert.deepEqual(await storedNumbers(second), upTo(20))
  assert.deepEqual(
    readdirSync(options.directory).filter((name) => /^http-.*\.duckdb$/.test(name)),
    ['http-2099-01-01.0007.duckdb'],
  )
})

test('a database file that was killed while it was being made is put aside', async (context) => {
  const options = storeOptions(temporaryDirectory(context))
  await record(options, 0, 10)
  const first = await openStore(context, options)
  await untilStored(first, 10)
  await first.close()
  const [file] = readdirSync(options.directory).filter((name) => name.startsWith('http-'))
  const bytes = readFileSync(path.join(options.directory, file))
  for (const sizeBytes of [0, 100, 4096, 8000]) {
    rmSync(options.directory, { recursive: true })
    mkdirSync(options.directory)
    writeFileSync(path.join(options.directory, file), bytes.subarray(0, sizeBytes))
    await record(options, 20, 30)
    const store = await EventStore.open(options)
    await untilStored(store, 10)
    assert.equal((await storedNumbers(store)).length, 10, `${sizeBytes} bytes`)
    await store.close()
  }
})

test('a damaged database file is put aside, and the others serve', async (context) => {
  const options = storeOptions(temporaryDirectory(context))
  mkdirSync(options.directory, { recursive: true })
  writeFileSync(path.join(options.directory, 'http-2026-01-01.0001.duckdb'), Buffer.alloc(50_000, 0x5a))
  await record(options, 0, 10)
  const store = await openStore(context, options)
  await untilStored(store, 10)
  assert.deepEqual(await storedNumbers(store), upTo(10))
  assert.match((await store.status()).lastError ?? '', /put aside/)
})

test('what a full disk left of a file that was being made costs one try', { timeout: 30_000 }, async (context) => {
  const options = storeOptions(temporaryDirectory(context))
  const store = await openStore(context, options)
  const day = new Date().toISOString().slice(0, 10)
  const left = path.join(options.directory, `http-${day}.0001.duckdb`)
  writeFileSync(left, '')
  await record(options, 0, 10)
  await untilStored(store, 10)
  assert.deepEqual(await storedNumbers(store), upTo(10))
})
