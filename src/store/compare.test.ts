import assert from 'node:assert/strict'
import test from 'node:test'
import { EVENT_READERS, sampleFacts, sampleHead } from '#events'
import { FIELD_BY_NAME, FIELDS } from '#fields'
import { RayMaker } from '#kernel'
import { compilePredicate, type Expression, parseExpression } from '#rules'
import { readSample } from './read-sample.ts'
import { ALL_TIME, openStore, recorderOf, storeOptions, temporaryDirectory, untilStored } from './testing/open-store.ts'

const TIME = 1_795_313_700_000_000
const COUNT = 3000
const SECOND = 1_000_000

const FIELD_NAMES = FIELDS.map(({ name }) => name)

function expression(text: string): Expression {
  const result = parseExpression(text, { fields: FIELD_BY_NAME })
  assert.ok(result.ok, text)
  return result.expression
}

const CONDITIONS = [
  'http.request.method == "POST"',
  'http.request.uri.path == "/login"',
  'len(http.request.uri.query) > 0',
  'ip.src.country in {"PT" "DE"}',
]

test('what comparisons ask', async (context) => {
  const options = storeOptions(temporaryDirectory(context))
  const store = await openStore(context, options)
  const recorder = recorderOf(options)
  const rays = new RayMaker()
  for (let n = 0; n < COUNT; n++) recorder.record(sampleHead(n, rays.next(), TIME + n * SECOND), sampleFacts(n))
  await recorder.close()
  await untilStored(store, COUNT)
  const scope = { kind: 'http' as const, ...ALL_TIME, filter: expression('http.host == "shop.test"') }
  const { events } = await store.query({ plan: 'rows', ...scope, limit: 10_000 })

  await context.test('a sample is spread over all events, and the same for the same seed', async () => {
    const sample = async (seed: number, limit = 300, filter = scope.filter) => {
      const answer = await store.query({ plan: 'sample', ...scope, filter, limit, seed, fields: FIELD_NAMES })
      return { total: answer.total, ...readSample(answer) }
    }
    const [one, same, other] = [await sample(1), await sample(1), await sample(2)]
    assert.equal(one.total.count, events.length)
    assert.deepEqual(one, same)
    assert.notDeepEqual(one.events, other.events)
    assert.ok(one.events.length > 200 && one.events.length < 400, `${one.events.length}`)
    const times = one.events.map(({ timeMicros }) => timeMicros)
    assert.ok(Math.min(...times) < TIME + (COUNT / 10) * SECOND)
    assert.ok(Math.max(...times) > TIME + (COUNT - COUNT / 10) * SECOND)
    const all = await sample(1, 10_000)
    const recorded = events.map(({ timeMicros, weight, facts: { ray: _ray, point: _point, ...facts } }) => ({
      timeMicros,
      weight,
      facts,
    }))
    assert.deepEqual(
      all.events.map(({ timeMicros, weight, facts }) => ({ timeMicros, weight, facts })),
      recorded.toReversed(),
    )
    assert.deepEqual((await sample(1, 10_000, expression('http.host == "nobody.test"'))).events, [])
  })

  await context.test('a sample has the fields that are asked for', async () => {
    const fields = ['ip.src', 'l4.payload', 'http.request.headers']
    const answer = await store.query({ plan: 'sample', ...scope, limit: 10, seed: 1, fields })
    assert.deepEqual(answer.fields.toSorted(), ['http.request.headers', 'ip.src'])
    for (const { facts } of readSample(answer).events) assert.deepEqual(Object.keys(facts).length, 2)
  })

  await context.test('combinations of conditions are those of the rules language', async () => {
    const conditions = CONDITIONS.map(expression)
    const predicates = conditions.map((each) => compilePredicate(each, { readers: EVENT_READERS, lists: new Map() }))
    const expected = new Map<number, number>()
    for (const event of events) {
      const mask = predicates.reduce((bits, predicate, at) => (predicate(event) ? bits | (1 << at) : bits), 0)
      expected.set(mask, (expected.get(mask) ?? 0) + 1)
    }
    const { masks } = await store.query({ plan: 'tally', ...scope, conditions })
    assert.deepEqual(new Map(masks.map(({ mask, count }) => [mask, count])), expected)
    const none = await store.query({ plan: 'tally', ...scope, conditions: [] })
    assert.deepEqual(
      none.masks.map(({ mask, rows }) => [mask, rows]),
      [[0, events.length]],
    )
  })

  await context.test('rates', async () => {
    const key = ['ip.src.country', 'http.host']
    const { sizes } = await store.query({ plan: 'rates', ...scope, key, periodSeconds: 600 })
    const expected = new Map<string, number>()
    for (const { facts, timeMicros } of events) {
      const name = `${Math.floor(timeMicros / (600 * SECOND))} ${String(facts['ip.src.country'])}`
      expected.set(name, (expected.get(name) ?? 0) + 1)
    }
    const keysBySize = new Map<number, number>()
    for (const size of expected.values()) keysBySize.set(size, (keysBySize.get(size) ?? 0) + 1)
    assert.deepEqual(new Map(sizes.map((each) => [each.events, each.keys])), keysBySize)
    const unrecorded = store.query({ plan: 'rates', ...scope, key: ['l4.payload'], periodSeconds: 600 })
    await assert.rejects(unrecorded, { code: 'ERR_QUERY_INVALID' })
  })

  await context.test('ranges without events', async () => {
    const nothing = { ...scope, sinceMicros: 0, untilMicros: 1 }
    const sampled = await store.query({ plan: 'sample', ...nothing, limit: 10, seed: 1, fields: FIELD_NAMES })
    assert.deepEqual(readSample(sampled), { events: [], omissions: [] })
    assert.deepEqual((await store.query({ plan: 'tally', ...nothing, conditions: [] })).masks, [])
    assert.deepEqual((await store.query({ plan: 'rates', ...nothing, key: ['ip.src'], periodSeconds: 60 })).sizes, [])
  })
})
