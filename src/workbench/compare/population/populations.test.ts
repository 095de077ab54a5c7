import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import test from 'node:test'
import { gzipSync } from 'node:zlib'
import { FIELD_BY_NAME } from '#fields'
import { type Expression, parseExpression } from '#rules'
import { LINK_TYPE, PcapWriter } from '#wire'
import { eventText } from '../testing/event-text.ts'
import { GoodHttp } from '../testing/good-http.ts'
import { MemoryPopulation } from './memory-population.ts'
import { openPopulation } from './open-population.ts'
import type { Population } from './population.ts'

const CONDITIONS = [
  'http.request.method == "POST"',
  'len(http.request.uri.args["page"]) > 0',
  'any(http.request.cookies.names[*] == "sid")',
  'http.request.headers["accept"][0] == "*/*"',
  'ip.src in {11.0.0.0/8 12.0.0.0/8}',
].map(expression)

function expression(text: string): Expression {
  const parsed = parseExpression(text, { fields: FIELD_BY_NAME })
  assert.ok(parsed.ok, text)
  return parsed.expression
}

function folder(context: test.TestContext): string {
  const name = mkdtempSync(path.join(tmpdir(), 'tidegate-compare-'))
  context.after(() => rmSync(name, { recursive: true, force: true }))
  return name
}

async function masksOf(population: Population): Promise<[number, number][]> {
  const { masks } = await population.tally(CONDITIONS)
  return [...masks].toSorted(([a], [b]) => a - b)
}

test('a file of events counts as its rows in memory do, packed or not', async (context) => {
  const rows = new GoodHttp(5, 200).rows(3_000)
  const text = rows.map(eventText).join('')
  const plain = path.join(folder(context), 'rows.ndjson')
  writeFileSync(plain, `\n${text}\n{"facts": oops}\n`)
  writeFileSync(`${plain}.gz`, gzipSync(text))
  const expected = await masksOf(new MemoryPopulation(rows))
  for (const file of [plain, `${plain}.gz`]) {
    const population = await openPopulation(file)
    const { rows: sampled, total } = await population.sample(500, 1)
    assert.ok(sampled.length >= 499 && total >= 2_990, file)
    assert.deepEqual(await masksOf(population), expected, file)
    const [counts] = (await population.rates([{ key: ['ip.src'], periodSeconds: 3600 }])) ?? []
    const counted = [...counts.keysBySize].reduce((sum, [size, keys]) => sum + size * keys, 0)
    assert.equal(counted, rows.length)
  }
})

test('equal seeds choose equal rows', async () => {
  const population = new MemoryPopulation(new GoodHttp(6, 200).rows(2_000))
  const [one, two, other] = await Promise.all([1, 1, 2].map((seed) => population.sample(100, seed)))
  assert.deepEqual(one, two)
  assert.notDeepEqual(one, other)
  assert.equal(one.total, 2_000)
})

test('packets of a capture', async (context) => {
  const file = path.join(folder(context), 'packets.pcap')
  const pieces: Buffer[] = []
  const writer = new PcapWriter((bytes) => void pieces.push(Buffer.from(bytes)), {
    linkType: LINK_TYPE.ethernet,
    snapBytes: 0,
  })
  for (let n = 0; n < 300; n++) {
    const frame = udpFrame(n % 3 === 0 ? 123 : 4000 + n, Buffer.from([0xd7, 0, 3, 0x2a, n & 0xff]))
    const { length } = frame
    writer.packet({
      bytes: frame,
      start: 0,
      end: length,
      originalBytes: length,
      seconds: 1_795_300_000 + n,
      nanoseconds: 0,
    })
  }
  writer.end()
  writeFileSync(file, gzipSync(Buffer.concat(pieces)))
  const population = await openPopulation(file)
  const { rows, total } = await population.sample(50, 1)
  assert.equal(total, 300)
  assert.equal(rows.length, 50)
  assert.equal(rows[0].facts['udp.dstport'], 9)
  const { masks } = await population.tally([
    expression('udp.srcport == 123'),
    expression('starts_with(l4.payload, "\\xd7\\x00\\x03")'),
  ])
  assert.deepEqual(
    [...masks].toSorted(([a], [b]) => a - b),
    [
      [2, 200],
      [3, 100],
    ],
  )
})

function udpFrame(sourcePort: number, payload: Buffer): Buffer {
  const frame = Buffer.alloc(42 + payload.length)
  frame.writeUInt16BE(0x0800, 12)
  frame[14] = 0x45
  frame.writeUInt16BE(28 + payload.length, 16)
  frame[22] = 64
  frame[23] = 17
  frame.writeUInt32BE(0xc0000201, 26)
  frame.writeUInt32BE(0xc0000202, 30)
  frame.writeUInt16BE(sourcePort, 34)
  frame.writeUInt16BE(9, 36)
  frame.writeUInt16BE(8 + payload.length, 38)
  payload.copy(frame, 42)
  return frame
}

test('what is neither is refused with what to do', async (context) => {
  await assert.rejects(openPopulation(path.join(folder(context), 'missing')), { code: 'ERR_USAGE' })
  await assert.rejects(openPopulation('-'), { code: 'ERR_USAGE' })
  const file = path.join(folder(context), 'text')
  writeFileSync(file, 'plain text')
  await assert.rejects((await openPopulation(file)).sample(10, 1), { code: 'ERR_USAGE' })
})
