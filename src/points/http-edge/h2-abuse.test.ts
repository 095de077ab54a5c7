import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { missingOpenssl } from '../../net/testing/test-certificates.ts'
import { block, END_HEADERS, END_STREAM, FRAME, frame, FrameClient, GET, u32 } from './testing/h2-frames.ts'
import { TestEdge } from './testing/h2-host.ts'

const ENHANCE_YOUR_CALM = 11
const PROTOCOL_ERROR = 1
const INTERNAL_ERROR = 2
const CANCEL = 8
const streamIds = (count: number): number[] => Array.from({ length: count }, (_, i) => i * 2 + 1)

interface Abuse {
  readonly name: string
  readonly attack: (client: FrameClient) => void
  readonly fault: string
  /** Code of the GOAWAY frame: ours, or the library's where it notices first. */
  readonly goaway: number
}

const ABUSES: readonly Abuse[] = [
  {
    name: 'rapid reset in one packet',
    attack: (client) =>
      client.send(
        ...streamIds(90).flatMap((id) => [
          frame(FRAME.headers, END_HEADERS | END_STREAM, id, block(GET)),
          frame(FRAME.rstStream, 0, id, u32(CANCEL)),
        ]),
      ),
    fault: 'http2-rapid-reset',
    goaway: ENHANCE_YOUR_CALM,
  },
  {
    name: 'resets of requests that run',
    attack: (client) => {
      client.send(...streamIds(80).map((id) => frame(FRAME.headers, END_HEADERS, id, block(GET))))
      setTimeout(() => client.send(...streamIds(80).map((id) => frame(FRAME.rstStream, 0, id, u32(CANCEL)))), 100)
    },
    fault: 'http2-rapid-reset',
    goaway: ENHANCE_YOUR_CALM,
  },
  {
    name: 'CONTINUATION flood',
    attack: (client) => {
      client.send(frame(FRAME.headers, END_STREAM, 1, block(GET)))
      for (let i = 0; i < 200; i++) client.send(frame(FRAME.continuation, 0, 1, block([['x-a', 'b'.repeat(50)]])))
    },
    fault: 'http2-continuation-flood',
    goaway: INTERNAL_ERROR,
  },
  {
    name: 'PING flood',
    attack: (client) => client.send(...Array.from({ length: 2000 }, () => frame(FRAME.ping, 0, 0, Buffer.alloc(8)))),
    fault: 'http2-ping-flood',
    goaway: ENHANCE_YOUR_CALM,
  },
  {
    name: 'SETTINGS flood',
    attack: (client) => client.send(...Array.from({ length: 500 }, () => frame(FRAME.settings, 0, 0))),
    fault: 'http2-settings-flood',
    goaway: ENHANCE_YOUR_CALM,
  },
  {
    name: 'empty DATA frames',
    attack: (client) =>
      client.send(
        frame(FRAME.headers, END_HEADERS, 1, block([[':method', 'POST'], ...GET.slice(1)])),
        ...Array.from({ length: 500 }, () => frame(FRAME.data, 0, 1)),
      ),
    fault: 'http2-invalid-frames',
    goaway: INTERNAL_ERROR,
  },
  {
    name: 'a frame on stream 0 that has no place there',
    attack: (client) => client.send(frame(FRAME.headers, END_HEADERS, 0, block(GET))),
    fault: 'http2-protocol-error',
    goaway: PROTOCOL_ERROR,
  },
]

describe('an HTTP/2 session that is abused', { skip: missingOpenssl() ?? false }, () => {
  const edge = new TestEdge()
  before(() => edge.start())
  after(() => edge.stop())

  for (const { name, attack, fault, goaway } of ABUSES) {
    test(`${name} ends the session: ${fault}`, async () => {
      edge.faults.length = 0
      const client = await FrameClient.open(edge.port)
      attack(client)
      await client.closed
      assert.deepEqual(
        edge.faults.map((one) => one.fault),
        [fault],
      )
      assert.deepEqual(client.goaways, [goaway])
    })
  }
})
