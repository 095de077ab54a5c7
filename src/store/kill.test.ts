import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import test from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { EventStoreOptions } from './event-store.ts'
import { openStore, storeOptions, temporaryDirectory } from './testing/open-store.ts'

const LIVES = 8
const PROGRAM = fileURLToPath(new URL('./testing/killed-process.ts', import.meta.url))

async function start(options: EventStoreOptions, life: number): Promise<ChildProcess> {
  const child = spawn(process.execPath, [PROGRAM, JSON.stringify({ options, life })], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  await new Promise((resolve, reject) => {
    child.stdout?.once('data', resolve)
    child.once('exit', (code) => reject(new Error(`it ended with ${code} before it recorded anything`)))
  })
  return child
}

async function kill(child: ChildProcess): Promise<void> {
  const gone = new Promise((resolve) => child.once('exit', resolve))
  child.kill('SIGKILL')
  await gone
}

/** The highest number of each life that stands in a whole row of the spool. */
function spooled(directory: string): Map<number, number> {
  const last = new Map<number, number>()
  for (const file of readdirSync(directory).filter((name) => name.startsWith('http-'))) {
    const rows = readFileSync(path.join(directory, file), 'utf8').split('\n').slice(1, -1)
    for (const row of rows) {
      const time = Number(row.slice(0, row.indexOf('\x1f')))
      const life = Math.floor(time / 1_000_000)
      last.set(life, Math.max(last.get(life) ?? -1, time % 1_000_000))
    }
  }
  return last
}

test('kill -9 at any moment loses no written row and stores none twice', { timeout: 180_000 }, async (context) => {
  const options = storeOptions(temporaryDirectory(context))
  const written = new Map<number, number>()
  for (let life = 1; life <= LIVES; life++) {
    const child = await start(options, life)
    // From the first rows over the first segment to several commits.
    await sleep(40 + Math.random() * (life % 3 === 0 ? 2000 : 700))
    await kill(child)
    for (const [of, n] of spooled(options.spoolDirectory)) written.set(of, Math.max(written.get(of) ?? -1, n))
  }
  const store = await openStore(context, options)
  while ((await store.status()).spoolSegments > 0 || (await store.status()).rows === 0) await sleep(20)
  for (let life = 1; life <= LIVES; life++) {
    const range = { sinceMicros: life * 1_000_000, untilMicros: (life + 1) * 1_000_000 }
    const { rows } = await store.query({ plan: 'count', ...range })
    const rays = await store.query({ plan: 'top', ...range, field: 'ray', limit: 1, offset: 0 })
    assert.equal(rays.distinct, rows, `life ${life}: an event was stored twice`)
    const [newest] = (await store.query({ plan: 'rows', ...range, limit: 1 })).events
    // A writer writes in order, so with the last one there, and as many as its number says, none is missing.
    assert.equal(
      rows,
      newest === undefined ? 0 : (newest.timeMicros % 1_000_000) + 1,
      `life ${life}: an event is missing`,
    )
    assert.ok(rows > (written.get(life) ?? -1), `life ${life}: a written event is missing`)
  }
  assert.equal((await store.status()).rejected, 0)
  assert.deepEqual(readdirSync(options.spoolDirectory), [])
  context.diagnostic(`${(await store.status()).rows} events of ${LIVES} killed processes`)
})
