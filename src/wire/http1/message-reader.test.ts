import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { FRAMING_CASES } from './framing-cases.ts'
import type { RequestHead, ResponseHead } from './head.ts'
import { type MessageLimits, RequestReader, ResponseReader } from './message-reader.ts'

const LIMITS: MessageLimits = { headBytes: 32_768, fieldCount: 128, trailerBytes: 8192, chunkExtensionBytes: 1024 }

interface Outcome {
  readonly requests: readonly string[]
  readonly fault: string | undefined
  readonly status: number | undefined
}

/** Everything that comes of bytes that are cut at the given places, as a server would see it. */
function readAll(bytes: Buffer, cuts: readonly number[]): Outcome {
  const requests: string[] = []
  let text = ''
  let closing = false
  const reader = new RequestReader(LIMITS, {
    onHead(head: RequestHead) {
      text = `${head.method} ${head.originTarget}`
      closing = !head.keepAlive
    },
    onBody: (part) =>
      void (text += text.includes(' ', text.indexOf(' ') + 1)
        ? part.toString('latin1')
        : ` ${part.toString('latin1')}`),
    onEnd: () => void requests.push(text),
  })
  const ends = [...cuts, bytes.length]
  let start = 0
  for (const end of ends) {
    // A copy that is overwritten afterwards: the reader may not keep views of what it was given.
    const segment = Buffer.from(bytes.subarray(start, end))
    for (let at = 0; at < segment.length && reader.refusal === undefined;) {
      if (closing && reader.idle) return { requests, fault: undefined, status: undefined }
      const next = reader.feed(segment, at)
      if (next < 0) break
      at = next
    }
    segment.fill(0x21)
    if (reader.refusal !== undefined) break
    start = end
  }
  return { requests, fault: reader.refusal?.fault, status: reader.refusal?.status }
}

for (const { name, bytes, statuses, fault, origin } of FRAMING_CASES) {
  test(`framing: ${name}`, () => {
    const buffer = Buffer.from(bytes, 'latin1')
    const whole = readAll(buffer, [])
    assert.deepEqual(whole.requests, origin)
    assert.equal(whole.fault, fault)
    if (fault !== undefined) assert.equal(whole.status, statuses.at(-1))
    const step = Math.max(1, Math.floor(buffer.length / 2000))
    const every = Array.from({ length: Math.floor(buffer.length / step) }, (_, i) => (i + 1) * step)
    assert.deepEqual(readAll(buffer, every), whole, 'byte by byte')
  })
}

test('any segmentation of the same bytes gives the same result', () => {
  const caseIndex = fc.nat({ max: FRAMING_CASES.length - 1 })
  const cutPlaces = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 8 })
  fc.assert(
    fc.property(fc.array(caseIndex, { minLength: 1, maxLength: 3 }), cutPlaces, (indices, places) => {
      const bytes = Buffer.from(indices.map((i) => FRAMING_CASES[i].bytes).join(''), 'latin1')
      const cuts = places.map((place) => Math.floor(place * bytes.length)).sort((a, b) => a - b)
      assert.deepEqual(readAll(bytes, cuts), readAll(bytes, []))
    }),
    { numRuns: 500 },
  )
})

test('random and mutated bytes never throw, and cuts do not matter', () => {
  const mutation = fc.record({ at: fc.double({ min: 0, max: 1, noNaN: true }), byte: fc.nat({ max: 255 }) })
  const caseIndex = fc.nat({ max: FRAMING_CASES.length - 1 })
  fc.assert(
    fc.property(caseIndex, fc.array(mutation, { maxLength: 5 }), fc.nat(), (index, mutations, cut) => {
      const bytes = Buffer.from(FRAMING_CASES[index].bytes, 'latin1')
      for (const { at, byte } of mutations) bytes[Math.floor(at * (bytes.length - 1))] = byte
      assert.deepEqual(readAll(bytes, [cut % bytes.length]), readAll(bytes, []))
    }),
    { numRuns: 2000 },
  )
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
      readAll(Buffer.from(bytes), [bytes.length >> 1])
    }),
    { numRuns: 1000 },
  )
})

test('random responses never throw, and cuts do not matter', () => {
  const starts = [
    'HTTP/1.1 200 OK\r\n',
    'HTTP/1.1 204\r\n',
    'HTTP/1.0 404 No\r\n',
    'HTTP/1.1 100 \r\n\r\n',
    'HTTP/2 200\r\n',
    'HTTP/1.1 20 OK\r\n',
  ]
  const lines = [
    'Content-Length: 3\r\n',
    'Transfer-Encoding: chunked\r\n',
    'Connection: close\r\n',
    'X: \n\r\n',
    '\r\n',
    '3\r\nabc\r\n0\r\n\r\n',
    'abc',
  ]
  const parts = fc.tuple(fc.constantFrom(...starts), fc.array(fc.constantFrom(...lines), { maxLength: 6 }))
  fc.assert(
    fc.property(parts, fc.nat(), ([start, rest], cut) => {
      const bytes = Buffer.from(start + rest.join(''), 'latin1')
      assert.deepEqual(readResponse(bytes, cut % bytes.length), readResponse(bytes, 0))
    }),
    { numRuns: 2000 },
  )
})

function readResponse(bytes: Buffer, cut: number): unknown {
  let body = ''
  const seen: unknown[] = []
  const reader = new ResponseReader(LIMITS, {
    onHead: (head: ResponseHead) => void seen.push(head.status, head.framing, head.fields),
    onBody: (part) => void (body += part.toString('latin1')),
    onEnd: (trailers) => void seen.push(trailers),
  })
  for (const segment of [bytes.subarray(0, cut), bytes.subarray(cut)]) {
    for (let at = 0; at < segment.length && reader.refusal === undefined;) {
      const next = reader.feed(segment, at)
      if (next < 0) break
      at = next
    }
  }
  return { seen, body, fault: reader.refusal?.fault }
}
