import assert from 'node:assert/strict'
import { createServer, type Socket } from 'node:net'
import { after, before, test } from 'node:test'
import { type RequestHead, RequestReader } from '#wire'
import { FRAMING_CASES } from '../../src/wire/http1/framing-cases.ts'
import {
  closeServer,
  dialogue,
  listenOn,
  startEdge,
  type TestEdge,
  testConfig,
  testSite,
} from '../../src/points/http-edge/testing/edge.ts'

const LIMITS = { headBytes: 65_536, fieldCount: 256, trailerBytes: 65_536, chunkExtensionBytes: 0 }

let seen: string[] = []
let broken: string[] = []

/** An origin that writes down each request, and every byte that is none. */
function recordingOrigin(socket: Socket): void {
  let text = ''
  let body = ''
  const reader = new RequestReader(LIMITS, {
    onHead: (head: RequestHead) => void (text = `${head.method} ${head.target}`),
    onBody: (bytes) => void (body += bytes.toString('latin1')),
    onEnd() {
      seen.push(body === '' ? text : `${text} ${body}`)
      body = ''
      socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok')
    },
  })
  socket.on('error', () => socket.destroy())
  socket.on('data', (bytes) => {
    for (let at = 0; at < bytes.length && at >= 0;) at = reader.feed(bytes, at)
    if (reader.refusal !== undefined) broken.push(reader.refusal.detail)
  })
}

const origin = createServer(recordingOrigin)
let edge: TestEdge

before(async () => {
  const port = await listenOn(origin)
  edge = await startEdge(testConfig([testSite([port])]))
})

after(async () => {
  await edge.close()
  await closeServer(origin)
})

function finalStatuses(text: string): number[] {
  return [...text.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map((match) => Number(match[1])).filter((status) => status >= 200)
}

for (const { name, bytes, statuses, fault, origin: allowed, why } of FRAMING_CASES) {
  test(`over sockets: ${name}`, async () => {
    for (const pieces of [[bytes], [bytes.slice(0, bytes.length >> 1), bytes.slice(bytes.length >> 1)]]) {
      seen = []
      broken = []
      edge.events.length = 0
      const answer = await dialogue(edge.port, pieces, { idleMs: 120 })
      assert.deepEqual(finalStatuses(answer.text), statuses, why)
      assert.deepEqual(broken, [], 'nothing malformed reaches the origin')
      // A body that turns out broken may have begun to flow: the origin then sees no complete request.
      assert.deepEqual(seen, allowed, why)
      assert.equal(answer.text.split('Tidegate-Ray: ').length - 1, statuses.length, 'each answer carries its ray')
      assert.equal(edge.events.length, statuses.length, 'each answer has its event')
      if (fault === undefined) continue
      assert.equal(edge.events.at(-1)?.facts.fault, fault)
      assert.equal(edge.events.at(-1)?.decision.verdict, 'refuse')
      assert.ok(answer.ended, 'a refusal closes the connection')
    }
  })
}
