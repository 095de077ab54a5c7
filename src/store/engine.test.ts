import assert from 'node:assert/strict'
import path from 'node:path'
import test from 'node:test'
import { TidegateError } from '#kernel'
import { Engine } from './engine.ts'
import { temporaryDirectory } from './testing/open-store.ts'

const ENDLESS = 'SELECT sum(a.range * b.range) AS total FROM range(10000000) AS a, range(10000000) AS b'

async function openEngine(context: test.TestContext): Promise<Engine> {
  const engine = await Engine.open({
    temporaryDirectory: path.join(temporaryDirectory(context), 'temporary'),
    memoryLimitBytes: 2 ** 28,
  })
  context.after(() => engine.close())
  return engine
}

test('a query that takes too long is stopped, and the next one is answered', async (context) => {
  const engine = await openEngine(context)
  await assert.rejects(
    engine.ask(ENDLESS, [], 50),
    (thrown) => thrown instanceof TidegateError && thrown.retry && /stopped after 50 ms/.test(thrown.message),
  )
  assert.deepEqual(await engine.ask('SELECT $1 AS answer', ['x'], 1000), [{ answer: 'x' }])
})

test('queries wait for their turn, and their time counts while they wait', async (context) => {
  const engine = await openEngine(context)
  const slow = [engine.ask(ENDLESS, [], 300), engine.ask(ENDLESS, [], 300)]
  const waiting = engine.ask('SELECT 1 AS one', [], 60_000)
  await Promise.all(slow.map((query) => assert.rejects(query, /stopped after 300 ms/)))
  assert.deepEqual(await waiting, [{ one: 1 }])
})

test('memory is limited', async (context) => {
  const engine = await openEngine(context)
  const [row] = await engine.read(`SELECT current_setting('memory_limit')`)
  assert.equal(row[0], '256.0 MiB')
})
