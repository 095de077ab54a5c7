import assert from 'node:assert/strict'
import test from 'node:test'
import { EventRecorder, sampleFacts, sampleHead } from '#events'
import { FIELD_BY_NAME, type Readers } from '#fields'
import { RayMaker } from '#kernel'
import { type Expression, parseExpression } from '#rules'
import { type IpAddress, parseIp } from '#wire'
import { ALL_TIME, openStore, recorderOf, storeOptions, temporaryDirectory, untilStored } from './testing/open-store.ts'

const TIME = 1_795_313_700_000_000
const PAIRS = 20
const VICTIM = parseIp('192.0.2.1')!

interface PacketFacts {
  readonly source: IpAddress
  readonly port: number
}

const READERS: Readers<PacketFacts> = {
  read: {
    'ip.src': ({ source }) => source,
    'ip.dst': () => VICTIM,
    'udp.srcport': ({ port }) => port,
    'packet.interface': () => 'eth0',
  },
}

function expression(text: string): Expression {
  const result = parseExpression(text, { fields: FIELD_BY_NAME })
  assert.ok(result.ok, text)
  return result.expression
}

test('requests and packets stand in one log', async (context) => {
  const options = storeOptions(temporaryDirectory(context))
  const store = await openStore(context, options)
  const requests = recorderOf(options)
  const packets = new EventRecorder<PacketFacts>({
    kind: 'packet',
    directory: options.spoolDirectory,
    budgetBytes: 2 ** 30,
    readers: READERS,
    redactionKey: new Uint8Array(32),
    redaction: options,
  })
  const rays = new RayMaker()
  for (let n = 0; n < PAIRS; n++) {
    const timeMicros = TIME + n * 1000
    requests.record(sampleHead(n, rays.next(), timeMicros), sampleFacts(n))
    const decision = { verdict: 'block', why: 'rule "a" matched: ip.proto == 17', matches: [] } as const
    packets.record(
      {
        ray: rays.next(),
        timeMicros: timeMicros + 500,
        point: 'firewall',
        policyVersion: 'v1',
        decision,
        weight: 16,
        ...(n === 0 && { cutFields: ['l4.payload'] }),
      },
      { source: 0xc633_6400 + n, port: n % 2 === 0 ? 53 : 123 },
    )
  }
  await requests.close()
  await packets.close()
  await untilStored(store, PAIRS * 2)

  await context.test('newest first, of all kinds, page by page', async () => {
    const first = await store.query({ plan: 'rows', ...ALL_TIME, limit: 5 })
    assert.deepEqual(
      first.events.map(({ kind }) => kind),
      ['packet', 'http', 'packet', 'http', 'packet'],
    )
    const rest = await store.query({ plan: 'rows', ...ALL_TIME, limit: 1000, cursor: first.cursor })
    const all = [...first.events, ...rest.events]
    assert.equal(new Set(all.map(({ ray }) => ray)).size, PAIRS * 2)
    assert.deepEqual(
      all.map(({ timeMicros }) => timeMicros),
      all.map(({ timeMicros }) => timeMicros).toSorted((one, other) => other - one),
    )
  })

  await context.test('an event comes back by its ray with its facts', async () => {
    const { events } = await store.query({ plan: 'rows', kind: 'packet', ...ALL_TIME, limit: 1000 })
    const oldest = events.at(-1)!
    const { facts, weight, omissions } = (await store.query({ plan: 'ray', ray: oldest.ray })) ?? oldest
    assert.deepEqual([facts['ip.src'], facts['udp.srcport'], facts['packet.interface']], [0xc633_6400, 53, 'eth0'])
    assert.deepEqual([weight, omissions], [16, [{ field: 'l4.payload', reason: 'truncated' }]])
  })

  await context.test('a filter asks the kinds that record its fields', async () => {
    const count = async (text: string, kind?: 'http' | 'packet'): Promise<number> =>
      (await store.query({ plan: 'count', kind, ...ALL_TIME, filter: expression(text) })).count
    assert.equal(await count('udp.srcport == 53'), (PAIRS / 2) * 16)
    assert.equal(await count('not udp.srcport == 53'), (PAIRS / 2) * 16, 'a request has no such port')
    assert.equal(await count('ip.dst == 192.0.2.1 and point == "firewall"'), PAIRS * 16)
    assert.ok((await count('ip.src.country ne "XX" or not ip.src in {0.0.0.0/0}')) > 0)
    assert.equal(await count('point == "http-edge"', 'packet'), 0)
    await assert.rejects(count('http.host == "a"', 'packet'), { code: 'ERR_QUERY_INVALID' })
    await assert.rejects(count('http.host == "a" and udp.srcport == 53'), { code: 'ERR_QUERY_INVALID' })
  })

  await context.test('values are counted over all kinds that record the field', async () => {
    const top = await store.query({ plan: 'top', ...ALL_TIME, field: 'point', limit: 10, offset: 0 })
    assert.deepEqual(
      top.values.map(({ value, count }) => [value, count]),
      [
        ['firewall', PAIRS * 16],
        ['http-edge', PAIRS],
      ],
    )
    const series = await store.query({ plan: 'series', ...ALL_TIME, bucketSeconds: 60, by: 'udp.srcport' })
    assert.deepEqual(
      series.points.map(({ value, count }) => [value, count]),
      [
        [53, (PAIRS / 2) * 16],
        [123, (PAIRS / 2) * 16],
      ],
    )
  })
})
