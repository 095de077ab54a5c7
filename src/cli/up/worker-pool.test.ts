import assert from 'node:assert/strict'
import test from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Action } from '#act'
import type { Policy } from '#decide'
import type { WorkerStart } from '#points'
import { WorkerPool } from './worker-pool.ts'

const FIXTURE = new URL('../testing/worker-fixture.ts', import.meta.url)

function policy(version: string): Policy<Action> {
  return { version, rulesets: [], lists: [] }
}

function makePool(version: string) {
  let current = policy(version)
  const told: string[] = []
  const pool = new WorkerPool({
    count: 2,
    module: FIXTURE,
    // The fixture looks at index and policy only.
    start: (index) => ({ index, policy: current }) as unknown as WorkerStart,
    onDeath: ({ index }) => told.push(`died ${index}`),
    onRestarted: (index) => told.push(`runs ${index}`),
  })
  const change = (next: string) => pool.changePolicy(policy(next), undefined, () => (current = policy(next)))
  return { pool, told, change, current: () => current.version }
}

async function until(condition: () => boolean): Promise<void> {
  for (let i = 0; i < 200 && !condition(); i++) await sleep(25)
  assert.ok(condition())
}

test('a policy that one worker refuses runs nowhere', async () => {
  const { pool, change, current } = makePool('one')
  await pool.start()
  await assert.rejects(change('refuse'), /not to my taste/)
  assert.equal(current(), 'one')
  assert.equal(pool.counters.totals().get('runs_one'), 2)
  await change('two')
  await until(() => pool.counters.totals().get('runs_two') === 2)
  assert.deepEqual(await pool.reloadCertificates(), ['a.crt is bad'])
  await pool.drain(1000)
  assert.equal(pool.running, 0)
})

test('a worker that dies during a change is born again with the new policy, and what it had counted stays counted', async () => {
  const { pool, told, change, current } = makePool('one')
  await pool.start()
  await change('two')
  await until(() => pool.counters.totals().get('seen_total') === 2)
  await change('die')
  assert.equal(current(), 'die')
  await until(() => told.includes('runs 1'))
  assert.deepEqual(told, ['died 1', 'runs 1'])
  assert.deepEqual([pool.running, pool.deaths], [2, 1])
  await until(() => pool.counters.totals().get('runs_die') === 2)
  assert.equal(pool.counters.totals().get('seen_total'), 3, 'one of the dead worker, two of the other')
  assert.equal(pool.counters.totals().get('runs_two'), undefined, 'levels end with the worker')
  await pool.drain(1000)
})

test('a worker that cannot commit is replaced', async () => {
  const { pool, told, change } = makePool('one')
  await pool.start()
  await change('commit-fails')
  await until(() => told.includes('runs 1'))
  await until(() => pool.counters.totals().get('runs_commit-fails') === 2)
  await pool.drain(1000)
})

test('a first start that fails ends all workers and names the reason', async () => {
  const { pool, told } = makePool('no-port')
  await assert.rejects(pool.start(), /cannot listen on 127\.0\.0\.1:1/)
  assert.deepEqual([pool.running, told], [0, []])
})
