import assert from 'node:assert/strict'
import test from 'node:test'
import { HTTP2_FLAG, HTTP2_FRAME, HTTP2_PREFACE } from '#wire'
import { analyzeBytes } from '../capture/analysis/analyze-capture.ts'
import { type Connection, Story } from './testing/dialogue.ts'

const CANCEL = Buffer.from([0, 0, 0, 8])
/** `:method GET`, `:scheme http`, `:path /`, `:authority a`, and `:status 200`, `:status 500`, as their tables number them. */
const GET = Buffer.from('828684410161', 'hex')
const [OK, FAILED] = [Buffer.from('88', 'hex'), Buffer.from('8e', 'hex')]
const WHOLE = HTTP2_FLAG.endHeaders | HTTP2_FLAG.endStream

function frame(type: number, flags: number, stream: number, contents: Buffer = Buffer.alloc(0)): Buffer {
  const head = Buffer.alloc(9)
  head.writeUIntBE(contents.length, 0, 3)
  head.writeUInt8(type, 3)
  head.writeUInt8(flags, 4)
  head.writeUInt32BE(stream, 5)
  return Buffer.concat([head, contents])
}

const asked = (stream: number): Buffer => frame(HTTP2_FRAME.headers, WHOLE, stream, GET)
const answered = (stream: number, fields: Buffer): Buffer => frame(HTTP2_FRAME.headers, WHOLE, stream, fields)
const opened = (): Connection =>
  new Story()
    .connection()
    .open()
    .ask(Buffer.concat([Buffer.from(HTTP2_PREFACE), frame(HTTP2_FRAME.settings, 0, 0)]))
    .answer(frame(HTTP2_FRAME.settings, 0, 0))

async function kindsOf(connection: Connection): Promise<string[]> {
  const { findings } = await analyzeBytes(connection.close().end().file())
  return findings.map(({ kind }) => kind)
}

test('good requests, and one that is cancelled, are no finding', async () => {
  const connection = opened().ask(asked(1)).answer(answered(1, OK)).ask(asked(3)).wait(50)
  connection
    .ask(frame(HTTP2_FRAME.resetStream, 0, 3, CANCEL))
    .ask(asked(5))
    .answer(answered(5, OK))
  assert.deepEqual(await kindsOf(connection), [])
})

test('an answer that says that the server failed', async () => {
  assert.deepEqual(await kindsOf(opened().ask(asked(1)).answer(answered(1, FAILED))), ['http-5xx'])
})

test('a client that cancels what it asks for, again and again', async () => {
  const connection = opened()
  for (let turn = 0; turn < 15; turn++) {
    const streams = Array.from({ length: 20 }, (_, index) => 1 + 2 * (20 * turn + index))
    connection.ask(
      Buffer.concat(streams.flatMap((stream) => [asked(stream), frame(HTTP2_FRAME.resetStream, 0, stream, CANCEL)])),
    )
    connection.wait(5)
  }
  assert.equal((await kindsOf(connection))[0], 'http2-rapid-reset')
})

test('a connection that is ended for a reason', async () => {
  const reason = Buffer.concat([Buffer.from([0, 0, 0, 1, 0, 0, 0, 11]), Buffer.from('too_many_pings')])
  const connection = opened()
    .ask(asked(1))
    .answer(frame(HTTP2_FRAME.goAway, 0, 0, reason))
  const { findings } = await analyzeBytes(connection.close().end().file())
  const found = findings.find(({ kind }) => kind === 'http2-connection-error')
  assert.equal(found?.side, 'server')
  assert.match(found.text, /ended the connection with ENHANCE_YOUR_CALM: too_many_pings, 1 connection/)
})

test('what is no frame is named, and no reason for it is made up', async () => {
  const kinds = await kindsOf(opened().ask(asked(1)).answer(Buffer.from('this is no frame at all')))
  assert.ok(kinds.includes('http2-malformed'), kinds.join())
})
