import assert from 'node:assert/strict'
import test from 'node:test'
import { type Event, EVENT_READERS, sampleFacts, type SampleFacts, sampleHead } from '#events'
import { FIELD_BY_NAME } from '#fields'
import { RayMaker, TidegateError } from '#kernel'
import { compilePredicate, type Expression, parseExpression } from '#rules'
import type { EventStore } from './event-store.ts'
import { ALL_TIME, openStore, recorderOf, storeOptions, temporaryDirectory, untilStored } from './testing/open-store.ts'

const TIME = 1_795_313_700_000_000
const COUNT = 2000
const SECOND = 1_000_000

function expression(text: string): Expression {
  const result = parseExpression(text, { fields: FIELD_BY_NAME })
  assert.ok(result.ok, text)
  return result.expression
}

/** Records of which some have odd paths, no host, or no head at all. */
function factsOf(n: number): SampleFacts {
  const facts = sampleFacts(n)
  const path = ['/a.PHP', '/.env', '/x.tar.gz', '/a.b/c', '/\xe9.\xc9A', '/a.', '/n\n.x\ny'][n % 7]
  if (n % 13 === 0) return { 'ip.src': n, 'http.fault': 'bare-lf' }
  return { ...facts, 'http.request.uri.path': path, ...(n % 5 === 0 ? { 'http.host': undefined, ssl: false } : {}) }
}

async function filledStore(context: test.TestContext): Promise<EventStore> {
  const options = storeOptions(temporaryDirectory(context))
  const store = await openStore(context, options)
  const recorder = recorderOf(options)
  const rays = new RayMaker()
  for (let n = 0; n < COUNT; n++) {
    // Several events share a time; some are out of order.
    const timeMicros = TIME + Math.floor((n - (n % 9)) / 4) * SECOND
    recorder.record(sampleHead(n, rays.next(), timeMicros), factsOf(n))
  }
  await recorder.close()
  await untilStored(store, COUNT)
  return store
}

test('questions', async (context) => {
  const store = await filledStore(context)
  const { events } = await store.query({ plan: 'rows', ...ALL_TIME, limit: 10_000 })
  const matching = (text: string): Event[] => {
    const predicate = compilePredicate(expression(text), { readers: EVENT_READERS, lists: new Map() })
    return events.filter((event) => predicate(event))
  }

  await context.test('rows come newest first, each once, page by page', async () => {
    assert.equal(events.length, COUNT)
    const paged: Event[] = []
    let cursor: string | undefined
    do {
      const page = await store.query({ plan: 'rows', ...ALL_TIME, limit: 333, cursor })
      paged.push(...page.events)
      cursor = page.cursor
    } while (cursor !== undefined)
    assert.deepEqual(paged, events)
    for (const [at, event] of events.entries()) {
      const next = events.at(at + 1)
      if (next === undefined) break
      assert.ok(event.timeMicros > next.timeMicros || (event.timeMicros === next.timeMicros && event.ray > next.ray))
    }
  })

  await context.test('filters select the events that the rules language selects', async () => {
    const filters = [
      'http.request.uri.path.extension == "php"',
      'http.request.uri.path.extension in {"env" "gz" "\\xc9a" "x\\x0ay"}',
      'http.request.uri contains "?item="',
      'not http.request.full_uri contains "https://shop.test/"',
      'http.request.full_uri wildcard "http:///*"',
      'ip.src in {192.0.2.0/24 2001:db8::/32}',
      'any(http.request.cookies.names[*] == "theme") and http.response.code != 200',
      'http.request.headers["x-request-id"][0] contains "a"',
    ]
    for (const text of filters) {
      const expected = matching(text)
      const answer = await store.query({ plan: 'rows', ...ALL_TIME, limit: 10_000, filter: expression(text) })
      assert.deepEqual(
        answer.events.map(({ ray }) => ray),
        expected.map(({ ray }) => ray),
        text,
      )
      const counted = await store.query({ plan: 'count', ...ALL_TIME, filter: expression(text) })
      assert.deepEqual(counted, { count: expected.length, error: 0, rows: expected.length })
    }
  })

  await context.test('what is not stored is refused by name', async () => {
    for (const text of [
      'http.cookie contains "a"',
      'http.request.headers["cookie"][0] == "a"',
      'http.request.headers.names[0] == "a"',
    ]) {
      await assert.rejects(
        store.query({ plan: 'count', ...ALL_TIME, filter: expression(text) }),
        (thrown) =>
          thrown instanceof TidegateError &&
          thrown.code === 'ERR_QUERY_INVALID' &&
          /http\.(?:cookie|request\.headers)/.test(thrown.message),
      )
    }
    await assert.rejects(
      store.query({ plan: 'top', ...ALL_TIME, field: 'http.request.uri.args', limit: 5, offset: 0 }),
      /args/,
    )
    await assert.rejects(store.query({ plan: 'rows', ...ALL_TIME, limit: 5, cursor: "1'--" }), /cursor/)
  })

  await context.test('ranges of time and verdicts bound every plan', async () => {
    const range = { sinceMicros: TIME + 100 * SECOND, untilMicros: TIME + 200 * SECOND }
    const inside = events.filter(({ timeMicros }) => timeMicros >= range.sinceMicros && timeMicros < range.untilMicros)
    const blocked = inside.filter(({ decision }) => decision.verdict === 'block')
    assert.ok(blocked.length > 0)
    assert.equal((await store.query({ plan: 'count', ...range })).count, inside.length)
    assert.deepEqual(
      (await store.query({ plan: 'rows', ...range, limit: 10_000, verdicts: ['block'] })).events,
      blocked,
    )
    assert.equal((await store.query({ plan: 'count', ...range, verdicts: [] })).count, 0)
    assert.equal((await store.query({ plan: 'count', sinceMicros: 0, untilMicros: TIME })).count, 0)
  })

  await context.test('top counts values, elements of arrays and keys of maps, with pages', async () => {
    const tally = (values: readonly (string | undefined)[]): [string | undefined, number][] => {
      const counts = new Map<string | undefined, number>()
      for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1)
      return [...counts].sort((one, other) => other[1] - one[1])
    }
    const paths = tally(events.map(({ facts }) => facts['http.request.uri.path'] as string | undefined))
    const all = await store.query({ plan: 'top', ...ALL_TIME, field: 'http.request.uri.path', limit: 100, offset: 0 })
    assert.deepEqual(
      all.values.map(({ count }) => count),
      paths.map(([, count]) => count),
    )
    assert.deepEqual(new Map(all.values.map(({ value, count }) => [value, count])), new Map(paths))
    assert.equal(all.total.count, COUNT)
    const second = await store.query({ plan: 'top', ...ALL_TIME, field: 'http.request.uri.path', limit: 2, offset: 1 })
    assert.deepEqual(second.values, all.values.slice(1, 3))
    assert.equal(second.distinct, paths.length)
    const names = await store.query({
      plan: 'top',
      ...ALL_TIME,
      field: 'http.request.cookies.names',
      limit: 5,
      offset: 0,
    })
    assert.deepEqual(
      names.values.map(({ value }) => value),
      ['session', 'theme'],
    )
    const headers = await store.query({ plan: 'top', ...ALL_TIME, field: 'http.request.headers', limit: 50, offset: 0 })
    assert.equal(headers.distinct, 10)
    const rules = await store.query({ plan: 'top', ...ALL_TIME, field: 'decision.rule_ids', limit: 5, offset: 0 })
    assert.deepEqual(
      rules.values.map(({ value, count }) => [value, count]),
      [['no-admin', COUNT / 10]],
    )
  })

  await context.test('series split by a field add up', async () => {
    const plain = await store.query({ plan: 'series', ...ALL_TIME, bucketSeconds: 60 })
    const split = await store.query({ plan: 'series', ...ALL_TIME, bucketSeconds: 60, by: 'ip.src.country' })
    for (const { timeMicros, count } of plain.points) {
      assert.equal(timeMicros % (60 * SECOND), 0)
      const parts = split.points.filter((point) => point.timeMicros === timeMicros)
      assert.equal(
        parts.reduce((sum, point) => sum + point.count, 0),
        count,
      )
      const end = timeMicros + 60 * SECOND
      assert.equal(events.filter((event) => event.timeMicros >= timeMicros && event.timeMicros < end).length, count)
    }
    assert.equal(
      plain.points.reduce((sum, { count }) => sum + count, 0),
      COUNT,
    )
  })

  await context.test('a ray that does not exist is undefined', async () => {
    assert.equal(await store.query({ plan: 'ray', ray: '00000000000000000000' }), undefined)
    assert.equal(await store.query({ plan: 'ray', ray: "' OR 1=1 --" }), undefined)
  })
})
