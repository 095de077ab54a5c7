import assert from 'node:assert/strict'
import test from 'node:test'
import { dnsAnswer, dnsQuery, RECORD_TYPE, TCP_FLAG } from '../../../wire/packet/testing/index.ts'
import { CLIENT, SERVER, Story } from '../../findings/testing/dialogue.ts'
import { CaptureAnalysis } from '../analysis/analyze-capture.ts'
import { flows, StoryExporter, TEMPLATE9 } from '../exports/testing/export-story.ts'
import { type CaptureComparison, compareCaptures } from './compare-captures.ts'
import { masked } from './mask.ts'

const { rst, ack } = TCP_FLAG
const RESOLVER = { ...SERVER, address: '192.0.2.53', port: 53 }
const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'

function get(fields: string = ''): string {
  return `GET /report HTTP/1.1\r\nHost: app.test\r\n${fields}\r\n`
}

function compared(a: Story, b: Story): CaptureComparison {
  const [one, other] = [a, b].map((story) => {
    const analysis = new CaptureAnalysis()
    analysis.push(story.file())
    analysis.end()
    return analysis.evidence('story')
  })
  return compareCaptures(one, other)
}

/** Some connections, each with one request and its answer. */
function requests(count: number, request: (n: number) => string, answer: (n: number) => string, thinkMs = 1): Story {
  const story = new Story()
  for (let n = 0; n < count; n++) {
    story
      .connection({ ...CLIENT, port: 50_000 + n })
      .open()
      .ask(request(n))
      .answer(answer(n), thinkMs)
      .close()
  }
  return story
}

const good = (): Story =>
  requests(
    1,
    () => get(),
    () => OK,
  )

test('captures of the same do not differ', () => {
  const { first, differences, durations, onlyA, onlyB } = compared(good(), good())
  assert.deepEqual([first, differences, durations, onlyA, onlyB], [undefined, [], [], [], []])
})

test('values that differ each time are no difference', () => {
  const story = (salt: number): Story =>
    requests(
      8,
      (n) => get(`X-Request-Id: ${(n * 7919 + salt).toString(16).padStart(32, 'a')}\r\nX-Counter: ${n * salt}\r\n`),
      (n) => `HTTP/1.1 200 OK\r\nDate: Sun, 22 Nov 2026 09:0${n}:20 GMT\r\nContent-Length: 2\r\n\r\nok`,
    )
  const { differences } = compared(story(3), story(11))
  assert.deepEqual(differences, [])
})

const DIFFERENT: readonly (readonly [name: string, b: () => Story, step: string, fact: string, value: string])[] = [
  ['refused', () => connectionOnly((each) => each.syn().segment(1, rst + ack)), 'connect', 'outcome', 'answered'],
  ['unanswered', () => connectionOnly((each) => each.syn().wait(1000).synAgain()), 'connect', 'outcome', 'answered'],
  [
    'another answer',
    () =>
      requests(
        1,
        () => get(),
        () => OK.replace('200 OK', '503 Busy'),
      ),
    'answer',
    'status',
    '200',
  ],
  [
    'another field',
    () =>
      requests(
        1,
        () => get('X-Break: 1\r\n'),
        () => OK,
      ),
    'request',
    'field x-break',
    '1',
  ],
]

function connectionOnly(tell: (connection: ReturnType<Story['connection']>) => unknown): Story {
  const story = new Story()
  tell(story.connection())
  return story
}

test('the first step whose end differs is named', () => {
  for (const [name, b, step, fact, value] of DIFFERENT) {
    const { first } = compared(good(), b())
    assert.ok(first !== undefined, name)
    assert.equal(first.step, step, name)
    const found = compared(good(), b()).differences.find(
      (each) => each.step === step && each.fact === fact && each.value === value,
    )
    assert.ok(found !== undefined, name)
    assert.ok(found.frames.length > 0, name)
  }
})

test('answers of resolvers are compared', () => {
  const story = (address: string | undefined): Story => {
    const records = address === undefined ? [] : [Buffer.from(address, 'hex')]
    return new Story()
      .udp(CLIENT, RESOLVER, dnsQuery(7, 'app.test'))
      .wait(5)
      .udp(RESOLVER, CLIENT, dnsAnswer(7, 'app.test', RECORD_TYPE.a, records))
  }
  const { differences } = compared(story('c6336450'), story('0a000001'))
  assert.deepEqual(
    differences.map(({ step, fact, value, a, b }) => [step, fact, value, a, b]),
    [
      ['dns-answer', 'addresses', '198.51.100.80', 1, 0],
      ['dns-answer', 'addresses', '10.0.0.1', 0, 1],
    ],
  )
})

test('an attack is told from normal traffic by shares', () => {
  const normal = requests(
    40,
    (n) => get(`User-Agent: ${n % 2 === 0 ? 'firefox' : 'safari'}\r\n`),
    () => OK,
  )
  const attack = requests(
    60,
    (n) => get(`User-Agent: ${n % 4 === 0 ? 'firefox' : 'bot'}\r\n`),
    () => OK,
  )
  const { differences } = compared(normal, attack)
  const agent = differences.find(({ fact, value }) => fact === 'field user-agent' && value === 'bot')
  assert.deepEqual([agent?.a, agent?.b, agent?.framesOf], [0, 0.75, 'b'])
})

test('a slower server is told by its time, and what only one capture has by its role', () => {
  const slow = requests(
    3,
    () => get(),
    () => OK,
    700,
  )
  slow
    .connection({ ...CLIENT, port: 51_000 }, { ...SERVER, port: 8443 })
    .open()
    .close()
  const { durations, onlyB } = compared(
    requests(
      3,
      () => get(),
      () => OK,
      2,
    ),
    slow,
  )
  assert.ok(durations.some(({ duration, aMs, bMs }) => duration === 'the server thinks' && aMs < 50 && bMs > 600))
  assert.deepEqual(
    onlyB.map(({ role }) => role),
    ['TCP 8443'],
  )
})

test('what means nothing is masked', () => {
  assert.equal(masked('id=550e8400-e29b-41d4-a716-446655440000'), 'id=<uuid>')
  assert.equal(masked('sid=q8Jd0aZk2LmPx93bTTyU1; n=1234567'), 'sid=<token>; n=<number>')
  assert.equal(masked('Sun, 22 Nov 2026 09:01:20 GMT'), '<date>')
  assert.equal(masked('text/html; charset=utf-8'), 'text/html; charset=utf-8')
  assert.equal(masked('-'.repeat(1_000_000)).length, 1000)
})

test('streams of flow exporters are compared by what becomes of them, whatever port they are sent from', () => {
  const whole = new StoryExporter().netflow9(1, TEMPLATE9).netflow9(9, flows(3))
  const lossy = new StoryExporter(new Story(), { port: 40_001 }).netflow9(1, TEMPLATE9).netflow9(4, flows(3)).lose(9)
  const { first, differences, onlyA } = compared(whole.story, lossy.netflow9(5, flows(3)).story)
  assert.deepEqual([first?.role, first?.fact], ['flow exports of 192.0.2.254 netflow9 domain 0', 'exports lost'])
  assert.deepEqual(first?.frames, [1])
  assert.ok(differences.every(({ step }) => step === 'export'))
  assert.deepEqual(onlyA, [])
  const same = compared(
    new StoryExporter().netflow9(3, TEMPLATE9, flows(3)).story,
    new StoryExporter().netflow9(5, TEMPLATE9, flows(2)).story,
  )
  assert.deepEqual(same.differences, [])
})

test('connections that got to no name are compared with those to their port', () => {
  const count = 40
  const mixed = (): Story => {
    const story = requests(
      count,
      () => get(),
      () => OK,
    )
    for (let n = 0; n < count; n++)
      story
        .connection({ ...CLIENT, port: 52_000 + n })
        .syn()
        .segment(1, rst + ack)
    return story
  }
  const many = requests(
    count,
    () => get(),
    () => OK,
  )
  const { first, onlyA, onlyB, differences } = compared(many, mixed())
  assert.deepEqual([first?.step, first?.fact, first?.a, first?.b], ['connect', 'outcome', 1, 0.5])
  assert.deepEqual([onlyA, onlyB], [[], []])
  assert.ok(differences.every(({ step }) => step === 'connect'))
})
