import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { missingOpenssl } from '../../net/testing/test-certificates.ts'
import { block, END_HEADERS, END_STREAM, FRAME, frame, FrameClient, GET } from './testing/h2-frames.ts'
import { TestEdge } from './testing/h2-host.ts'

type Field = readonly [name: string, value: string]

interface Malformed {
  readonly name: string
  readonly fields: readonly Field[]
  /**
   * The fault that we answer; `reset` where the library resets the stream before we see the request;
   * `dropped` where it leaves out the malformed field and delivers the rest.
   */
  readonly fault: string
}

const without = (name: string): Field[] => GET.filter(([key]) => key !== name)
const replaced = (name: string, value: string): Field[] =>
  GET.map((field) => (field[0] === name ? [name, value] : field))
const plus = (...fields: Field[]): Field[] => [...GET, ...fields]

const MALFORMED: readonly Malformed[] = [
  { name: 'Connection', fields: plus(['connection', 'close']), fault: 'reset' },
  { name: 'Keep-Alive', fields: plus(['keep-alive', '1']), fault: 'reset' },
  { name: 'Proxy-Connection', fields: plus(['proxy-connection', 'x']), fault: 'reset' },
  { name: 'Transfer-Encoding', fields: plus(['transfer-encoding', 'chunked']), fault: 'reset' },
  { name: 'Upgrade', fields: plus(['upgrade', 'websocket']), fault: 'reset' },
  { name: 'TE: gzip', fields: plus(['te', 'gzip']), fault: 'reset' },
  { name: 'an upper-case name', fields: plus(['X-A', 'b']), fault: 'reset' },
  { name: 'a space in a name', fields: plus(['x a', 'b']), fault: 'dropped' },
  { name: 'a colon in a name', fields: plus(['x:a', 'b']), fault: 'dropped' },
  { name: 'CR LF in a value', fields: plus(['x-a', 'b\r\nhost: evil']), fault: 'dropped' },
  { name: 'LF in a value', fields: plus(['x-a', 'b\nc']), fault: 'dropped' },
  { name: 'NUL in a value', fields: plus(['x-a', 'b\0c']), fault: 'dropped' },
  { name: 'a leading space in a value', fields: plus(['x-a', ' b']), fault: 'dropped' },
  { name: 'a trailing space in a value', fields: plus(['x-a', 'b ']), fault: 'dropped' },
  { name: 'CR LF in :path', fields: replaced(':path', '/ HTTP/1.1\r\nhost: evil'), fault: 'reset' },
  { name: 'a space in :path', fields: replaced(':path', '/a b'), fault: 'reset' },
  { name: 'no :path', fields: without(':path'), fault: 'reset' },
  { name: 'no :method', fields: without(':method'), fault: 'reset' },
  { name: 'no :scheme', fields: without(':scheme'), fault: 'reset' },
  { name: 'two :path', fields: [...GET, [':path', '/b']], fault: 'reset' },
  { name: 'an unknown pseudo-header', fields: [...GET, [':x', 'y']], fault: 'reset' },
  {
    name: 'a pseudo-header after a field',
    fields: [...without(':path'), ['x-a', 'b'], [':path', '/']],
    fault: 'reset',
  },
  { name: 'a space in :method', fields: replaced(':method', 'GE T'), fault: 'reset' },
  { name: 'an empty :path', fields: replaced(':path', ''), fault: 'reset' },
  { name: 'a :path without slash', fields: replaced(':path', 'a'), fault: 'reset' },
  { name: 'two Host', fields: plus(['host', 'edge.test'], ['host', 'edge.test']), fault: 'reset' },
  { name: 'two Content-Length', fields: plus(['content-length', '0'], ['content-length', '0']), fault: 'reset' },
  { name: 'Content-Length: +5', fields: plus(['content-length', '+5']), fault: 'reset' },
  { name: 'Content-Length without DATA', fields: plus(['content-length', '5']), fault: 'reset' },
  { name: ':authority with user part', fields: replaced(':authority', 'a@edge.test'), fault: 'reset' },
  { name: 'a :path with a fragment', fields: replaced(':path', '/a#b'), fault: 'bad-target' },
  { name: 'a :path with a bracket', fields: replaced(':path', '/<a>'), fault: 'bad-target' },
  { name: 'a :path of bytes above ASCII', fields: replaced(':path', '/\xe4'), fault: 'bad-target' },
  { name: '* without OPTIONS', fields: replaced(':path', '*'), fault: 'reset' },
  { name: 'scheme http', fields: replaced(':scheme', 'http'), fault: 'bad-scheme' },
  {
    name: 'CONNECT',
    fields: [
      [':method', 'CONNECT'],
      [':authority', 'a.test:443'],
    ],
    fault: 'connect-refused',
  },
  { name: ':authority that disagrees with Host', fields: plus(['host', 'other.test']), fault: 'host-mismatch' },
  { name: ':authority that is no host', fields: replaced(':authority', 'edge.test:99999'), fault: 'bad-host' },
  { name: 'neither :authority nor Host', fields: without(':authority'), fault: 'reset' },
  {
    name: 'Content-Length of 16 digits',
    fields: plus(['content-length', '0000000000000000']),
    fault: 'bad-content-length',
  },
  { name: 'Expect: other', fields: plus(['expect', 'tea']), fault: 'expectation-failed' },
  { name: 'a method of 33 characters', fields: replaced(':method', 'A'.repeat(33)), fault: 'bad-method' },
  {
    name: '65 fields',
    fields: plus(...Array.from({ length: 61 }, (_, i): Field => [`x-${i}`, '1'])),
    fault: 'too-many-fields',
  },
  { name: 'a list of 20 KB', fields: plus(['x-a', 'b'.repeat(20_000)]), fault: 'head-too-large' },
  {
    name: 'a list of 40 KB',
    fields: plus(...['x-a', 'x-b', 'x-c', 'x-d'].map((name): Field => [name, 'b'.repeat(10_000)])),
    fault: 'reset',
  },
]

describe('a malformed HTTP/2 request', { skip: missingOpenssl() ?? false }, () => {
  const edge = new TestEdge()
  before(() => edge.start())
  after(() => edge.stop())

  for (const { name, fields, fault } of MALFORMED) {
    test(`with ${name} is refused: ${fault}`, async () => {
      edge.requests.length = 0
      const client = await FrameClient.open(edge.port)
      client.send(headersOf(block(fields)))
      const first = await client.wait((one) => one.stream === 1)
      client.socket.destroy()
      await client.closed
      const seen = edge.requests[0]
      assert.equal(first?.type, fault === 'reset' ? FRAME.rstStream : FRAME.headers)
      if (fault === 'reset') assert.equal(seen, undefined, 'an origin would have seen the request')
      else if (fault === 'dropped') assert.deepEqual(seen?.head?.fields, ['host', 'edge.test'])
      else assert.equal(seen?.fault?.fault, fault)
    })
  }

  for (const [length, word] of [
    ['3', 'longer'],
    ['9', 'shorter'],
  ] as const) {
    test(`a body ${word} than its Content-Length never looks complete`, () => bodyCase(length, 'hello'))
  }

  async function bodyCase(length: string, body: string): Promise<void> {
    edge.requests.length = 0
    const client = await FrameClient.open(edge.port)
    const fields: Field[] = [[':method', 'POST'], ...GET.slice(1), ['content-length', length]]
    client.send(
      frame(FRAME.headers, END_HEADERS, 1, block(fields)),
      frame(FRAME.data, END_STREAM, 1, Buffer.from(body)),
    )
    const refused = await client.wait((one) => one.type === FRAME.rstStream || one.type === FRAME.goaway)
    assert.ok(refused)
    client.socket.destroy()
    await client.closed
    const seen = edge.requests[0]
    assert.equal(seen?.ended ?? false, false, 'the request must not look complete')
    assert.equal(seen?.gone, length === '9' ? 'bad-content-length' : 'the client connection ended')
  }

  test('a body cut by a reset without error never looks complete', async () => {
    edge.requests.length = 0
    const client = await FrameClient.open(edge.port)
    client.send(frame(FRAME.headers, END_HEADERS, 1, block([[':method', 'POST'], ...GET.slice(1)])))
    client.send(frame(FRAME.data, 0, 1, Buffer.from('part')), frame(FRAME.rstStream, 0, 1, Buffer.alloc(4)))
    client.send(frame(FRAME.ping, 0, 0, Buffer.alloc(8)))
    await client.wait((one) => one.type === FRAME.ping && one.flags === 1)
    await new Promise((resolve) => setTimeout(resolve, 50))
    client.socket.destroy()
    await client.closed
    assert.equal(edge.requests[0]?.ended, false)
    assert.equal(edge.requests[0].gone, 'the client reset the stream (code 0)')
  })

  test('more streams than announced end the session', async () => {
    edge.answer = () => {}
    edge.faults.length = 0
    const client = await FrameClient.open(edge.port)
    for (let id = 1; id <= 203; id += 2) client.send(frame(FRAME.headers, END_HEADERS | END_STREAM, id, block(GET)))
    const clientPort = client.socket.localPort
    await client.closed
    assert.equal(client.goaways.length, 1)
    assert.deepEqual(
      edge.faults.filter((one) => one.clientPort === clientPort).map((one) => one.fault),
      ['http2-too-many-streams'],
    )
  })

  test('requests that the library resets are reported, also between others', async () => {
    edge.answer = (_seen, exchange) => exchange.reply(200, 'ok')
    edge.faults.length = 0
    const client = await FrameClient.open(edge.port)
    const clientPort = client.socket.localPort
    const reported = () => edge.faults.filter((one) => one.clientPort === clientPort)
    const ask = (id: number, fields: readonly Field[]): void =>
      client.send(frame(FRAME.headers, END_HEADERS | END_STREAM, id, block(fields)))
    // Clients that build a tree of priorities begin with a higher id.
    ask(15, GET)
    ask(17, plus(['connection', 'close']))
    ask(19, without(':path'))
    ask(21, GET)
    await client.wait((one) => one.stream === 21)
    // One report a look: how many looks there are depends on the clock.
    const refused = (): number => reported().reduce((sum, { why }) => sum + Number(/\((\d+), up to/.exec(why)?.[1]), 0)
    assert.equal(refused(), 2)
    ask(23, plus(['te', 'gzip']))
    for (let i = 0; i < 200 && refused() < 3; i++) await new Promise((resolve) => setTimeout(resolve, 20))
    client.socket.destroy()
    await client.closed
    assert.equal(refused(), 3)
    assert.ok(reported().every(({ fault }) => fault === 'http2-refused-stream'))
    assert.match(reported().at(-1)!.why, /up to stream 23\)/)
  })
})

/** HEADERS and as many CONTINUATION frames as the size asks for. */
function headersOf(bytes: Buffer): Buffer {
  const limit = 16_384
  const frames: Buffer[] = []
  for (let at = 0; at < bytes.length; at += limit) {
    const last = at + limit >= bytes.length ? END_HEADERS : 0
    const part = bytes.subarray(at, at + limit)
    frames.push(at === 0 ? frame(FRAME.headers, END_STREAM | last, 1, part) : frame(FRAME.continuation, last, 1, part))
  }
  return Buffer.concat(frames)
}
