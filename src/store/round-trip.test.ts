import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import { type Event, sampleFacts, type SampleFacts, sampleHead } from '#events'
import { FIELDS, type FieldValue } from '#fields'
import { RayMaker } from '#kernel'
import { ALL_TIME, openStore, recorderOf, storeOptions, temporaryDirectory, untilStored } from './testing/open-store.ts'

const TIME = 1_795_313_701_000_000
const EVERY_BYTE = String.fromCharCode(...Array.from({ length: 256 }, (_, byte) => byte))

const BYTE = fc.integer({ min: 0, max: 255 }).map((code) => String.fromCharCode(code))
const ODD = fc.constantFrom('\n', '\r', '\x1e', '\x1f', '"', '\\', '\0', "'", ',', '{', '}', '[', ']', '\xff', '#', ' ')
const TEXT = fc.string({ unit: fc.oneof(BYTE, ODD), maxLength: 30 })
const VALUES: Readonly<Record<string, fc.Arbitrary<FieldValue>>> = {
  Bool: fc.boolean(),
  Int: fc.oneof(fc.maxSafeInteger(), fc.constantFrom(0, -1, 2 ** 31, Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER)),
  String: TEXT,
  IP: fc.oneof(
    fc.nat(0xffff_ffff),
    fc.bigInt(0n, (1n << 128n) - 1n).filter((address) => address >> 32n !== 0xffffn),
  ),
  'Array<String>': fc.array(TEXT, { maxLength: 5 }),
  'Map<Int>': fc
    .dictionary(fc.constantFrom('sqli', 'xss', 'rce'), fc.nat())
    .map((entries) => new Map(Object.entries(entries))),
  'Map<Array<String>>': fc
    .array(
      fc.tuple(
        TEXT.map((text) => `k${text.toLowerCase()}`),
        fc.array(TEXT, { minLength: 1, maxLength: 3 }),
      ),
      { maxLength: 6 },
    )
    .map((entries) => new Map(entries)),
}

const RECORDED = FIELDS.filter(
  (field) =>
    field.column === true &&
    field.points.includes('http-edge') &&
    !['ray', 'point', 'http.cookie'].includes(field.name),
)
const FACTS: fc.Arbitrary<SampleFacts> = fc.record(
  Object.fromEntries(RECORDED.map((field) => [field.name, VALUES[field.type]])),
  { requiredKeys: [], noNullPrototype: true },
)

/** What was recorded, without the ray and the point, which every event has. */
function factsOf(event: Event | undefined): Record<string, FieldValue> {
  const { ray: _ray, point: _point, ...facts } = event?.facts ?? {}
  return facts
}

test('every value comes back as it went in', { timeout: 120_000 }, async (context) => {
  const options = storeOptions(temporaryDirectory(context))
  const store = await openStore(context, options)
  const recorder = recorderOf(options)
  const rays = new RayMaker()
  const named: readonly SampleFacts[] = [
    {},
    Object.fromEntries(RECORDED.filter((field) => field.type === 'String').map((field) => [field.name, EVERY_BYTE])),
    Object.fromEntries(RECORDED.filter((field) => field.type === 'String').map((field) => [field.name, ''])),
    { 'http.request.headers': new Map([['x', [EVERY_BYTE, '']]]), 'http.request.cookies.names': [EVERY_BYTE, ''] },
    { 'http.request.headers': new Map(), 'http.request.cookies.names': [] },
    { 'ip.src': 0, 'ip.dst': (1n << 128n) - 1n, 'tcp.srcport': Number.MIN_SAFE_INTEGER },
    { 'ip.src': 0xffff_ffff, 'ip.dst': 0n },
  ]
  const all = [...named, ...fc.sample(FACTS, 400)]
  const sent = all.map((facts, n) => ({ ray: rays.next(), facts: facts as Record<string, FieldValue>, n }))
  for (const { ray, facts, n } of sent) recorder.record(sampleHead(n, ray, TIME + n), facts)
  await recorder.close()
  await untilStored(store, sent.length)
  const { events } = await store.query({ plan: 'rows', ...ALL_TIME, limit: 10_000 })
  const byRay = new Map(events.map((event) => [event.ray, event]))
  for (const { ray, facts, n } of sent) {
    const event = byRay.get(ray)
    assert.deepEqual(factsOf(event), facts, `event ${n}`)
    const { timeMicros, point, policyVersion, decision } = sampleHead(n, ray, TIME + n)
    assert.deepEqual(
      {
        timeMicros: event?.timeMicros,
        point: event?.point,
        policyVersion: event?.policyVersion,
        decision: event?.decision,
      },
      { timeMicros, point, policyVersion, decision },
    )
  }
  assert.equal((await store.status()).rejected, 0)
})

test('huge values are cut, and the event says which', async (context) => {
  const options = storeOptions(temporaryDirectory(context))
  const store = await openStore(context, options)
  const recorder = recorderOf(options)
  const [one, two] = ['1m80gj4x50000g7nyych', '1m80gj4x50001g7nyych']
  recorder.record(sampleHead(1, one, TIME), { ...sampleFacts(1), 'http.request.uri.query': 'q'.repeat(9000) })
  const wide = Array.from({ length: 128 }, (_, n): [string, string[]] => [`x-${n}`, ['"'.repeat(250)]])
  const huge = Object.fromEntries(
    RECORDED.filter(({ type }) => type === 'String').map(({ name }) => [name, '\n'.repeat(9000)]),
  )
  recorder.record(sampleHead(2, two, TIME), { ...huge, 'http.request.headers': new Map(wide) })
  await recorder.close()
  await untilStored(store, 2)
  const first = await store.query({ plan: 'ray', ray: one })
  assert.equal(first?.facts['http.request.uri.query'], 'q'.repeat(8192))
  assert.deepEqual(
    first?.omissions
      ?.filter((omission) => omission.reason === 'truncated')
      .map(({ field, lengthBytes }) => [field, lengthBytes]),
    [['http.request.uri.query', 9000]],
  )
  const second = await store.query({ plan: 'ray', ray: two })
  assert.equal(second?.facts['http.host'], '\n'.repeat(512))
  const headers = second?.facts['http.request.headers'] as ReadonlyMap<string, string[]>
  assert.ok(headers.size > 1 && headers.size < 128)
  assert.ok(second?.omissions?.some(({ field, reason }) => field === 'http.request.headers' && reason === 'truncated'))
})

test('secrets come back as hashes only', async (context) => {
  const options = {
    ...storeOptions(temporaryDirectory(context)),
    sensitiveArguments: ['token'],
    sensitiveHeaders: ['x-key'],
  }
  const store = await openStore(context, options)
  const recorder = recorderOf(options)
  const secret = 'hunter2hunter2'
  const ray = '1m80gj4x50000g7nyych'
  recorder.record(sampleHead(1, ray, TIME), {
    'http.cookie': `session=${secret}`,
    'http.request.uri.query': `a=1&token=${secret}`,
    'http.referer': `https://shop.test/?token=${secret}`,
    'http.request.headers': new Map([
      ['cookie', [`session=${secret}`]],
      ['authorization', [`Bearer ${secret}`]],
      ['x-key', [secret]],
      ['referer', [`https://shop.test/?token=${secret}`]],
    ]),
    'http.response.headers': new Map([['set-cookie', [`session=${secret}; Secure`]]]),
  })
  await recorder.close()
  await untilStored(store, 1)
  const event = await store.query({ plan: 'ray', ray })
  assert.ok(event !== undefined && event.omissions !== undefined)
  assert.equal(event.omissions.length, 8)
  const shown = JSON.stringify(event, (_, value: unknown) =>
    value instanceof Map ? [...(value as Map<string, unknown>)] : value,
  )
  assert.ok(!shown.includes(secret))
})
