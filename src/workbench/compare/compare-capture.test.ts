import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import test from 'node:test'
import { compare } from './compare.ts'
import { openPopulation } from './population/open-population.ts'
import type { CompareReport } from './report.ts'
import { conversationFrames, tcpFrame, udpFrame, writeCapture } from './testing/capture-frames.ts'

const HOST = 0x7f000001
const SERVER = { address: HOST, port: 8080 }
const START_SECONDS = 1_795_300_000
const LATER_SECONDS = START_SECONDS + 60
const AGENTS = ['Firefox/130', 'Chrome/129', 'Safari/605', 'okhttp/4']
const PATHS = ['/', '/cart', '/products/1', '/products/2', '/login']

type Capture = readonly Buffer[]

/** Requests of one client, each on a connection of its own: ports and clocks go on from one to the next. */
function requests(count: number, from: number, headersOf: (n: number) => string): Capture {
  return Array.from({ length: count }, (_, n) => {
    const at = from + n
    const request = `GET ${PATHS[(at * 7) % PATHS.length]} HTTP/1.1\r\nHost: shop.test\r\n${headersOf(at)}\r\n`
    const response = `HTTP/1.1 200 OK\r\nContent-Length: ${at % 7}\r\n\r\n${'x'.repeat(at % 7)}`
    const client = { address: HOST, port: 40_000 + at * 2 }
    return conversationFrames({ client, server: SERVER, request, response, clockMs: 1_000_000 + at * 977 })
  }).flat()
}

const ordinary = (n: number): string => `User-Agent: ${AGENTS[(n * 3) % 4]}\r\nAccept: */*\r\n`
const evil = (): string => 'User-Agent: evil\r\nAccept: */*\r\nX-Break: 1\r\n'

async function compared(context: test.TestContext, bad: Capture, good: Capture): Promise<CompareReport> {
  const folder = mkdtempSync(path.join(tmpdir(), 'tidegate-compare-'))
  context.after(() => rmSync(folder, { recursive: true, force: true }))
  const files = { bad: path.join(folder, 'bad.pcap'), good: path.join(folder, 'good.pcap') }
  writeCapture(files.good, good, START_SECONDS)
  writeCapture(files.bad, bad, LATER_SECONDS)
  return compare(await openPopulation(files.bad), await openPopulation(files.good))
}

/** Of filters, what would name a time, a port of a client or a number that a sender counts. */
const FRAGILE = /srcport|dstport >= \d{5}|tcp\.options, |timestamp\.ts|tcp\.seq|tcp\.ack\b|ip\.id|frame\./

test('conversations are compared by their requests', async (context) => {
  const report = await compared(context, requests(400, 500, evil), requests(500, 0, ordinary))
  assert.deepEqual([report.kind, report.level, report.advice], ['http', 'requests', 'block'])
  assert.deepEqual([report.bad.rows, report.good.rows], [400, 500])
  assert.equal(report.filters.length, 1)
  const [{ points, coverage, packets, when }] = report.filters
  assert.deepEqual([points, coverage], [['http-edge'], 1], when)
  // One of the six packets that the client sends is the request.
  assert.ok(Math.abs(packets!.coverage - 1 / 6) < 0.001 && packets!.collateral === 0)
  const first = report.attributes.slice(0, 5).map(({ field, value }) => `${field} ${String(value)}`)
  assert.ok(
    first.includes('http.user_agent evil') && first.includes('http.request.headers["x-break"][0] 1'),
    first.join(),
  )
  assert.match(report.notes.join(), /1200 packets that answer others .* left out/)
})

test('few requests are no ground for a block', async (context) => {
  const report = await compared(context, requests(60, 60, evil), requests(60, 0, ordinary))
  assert.equal(report.filters.length, 1)
  assert.equal(report.advice, 'challenge')
  assert.match(report.why, /60 good rows are too few/)
})

test('the same traffic later gives no filter', async (context) => {
  for (const count of [60, 400]) {
    const report = await compared(context, requests(count, count, ordinary), requests(count, 0, ordinary))
    assert.deepEqual(report.filters, [], report.filters[0]?.when)
  }
})

test('connections without requests are not told apart by clocks and ports', async (context) => {
  const silent = (count: number, from: number): Capture =>
    requests(count, from, ordinary).filter((frame) => frame.length < 80)
  const report = await compared(context, silent(300, 300), silent(300, 0))
  assert.equal(report.level, 'packets')
  assert.deepEqual(report.filters, [], report.filters[0]?.when)
})

test('floods are compared by their packets', async (context) => {
  const visitors = requests(300, 0, ordinary)
  const floods: readonly (readonly [string, (n: number) => Buffer])[] = [
    ['spoofed SYN', (n) => tcpFrame({ from: spoofed(n), to: SERVER, flags: 2 })],
    [
      'reflected DNS',
      (n) => udpFrame({ from: { ...spoofed(n), port: 53 }, to: victim(n), payload: Buffer.alloc(500) }),
    ],
    ['one odd source port', (n) => udpFrame({ from: { ...spoofed(n), port: 4444 }, to: victim(n), payload: noise(n) })],
    [
      'a carpet of ports',
      (n) => udpFrame({ from: spoofed(n), to: { address: HOST, port: 20_000 + (n % 9_000) }, payload: noise(n) }),
    ],
    ['one flow', (n) => udpFrame({ from: { address: 0x0b000001, port: 3333 }, to: SERVER, payload: noise(n) })],
  ]
  for (const [name, frameOf] of floods) {
    const flood = Array.from({ length: 3_000 }, (_, n) => frameOf(n))
    const report = await compared(context, flood, visitors)
    const shown = `${name}: ${report.filters.map(({ when }) => when).join()}`
    assert.deepEqual([report.level, report.advice], ['packets', 'block'], shown)
    assert.ok(report.together.coverage >= 0.99 && report.together.collateral === 0, shown)
    assert.ok(
      report.filters.every(({ points }) => points.includes('firewall')),
      shown,
    )
    if (!name.includes('port')) assert.doesNotMatch(shown.replaceAll('srcport == 53', ''), FRAGILE)
  }
})

function spoofed(n: number): { readonly address: number; readonly port: number } {
  return { address: 0x0b000000 + ((n * 7919) % 0xffffff), port: 1024 + ((n * 6151) % 60_000) }
}

function victim(n: number): { readonly address: number; readonly port: number } {
  return { address: HOST, port: 1024 + ((n * 3571) % 60_000) }
}

function noise(n: number): Buffer {
  return Buffer.from(Array.from({ length: 20 + ((n * 31) % 200) }, (_, at) => (n * 37 + at * at * 11) & 0xff))
}
