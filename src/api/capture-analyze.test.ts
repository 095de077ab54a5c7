import assert from 'node:assert/strict'
import test from 'node:test'
import { gzipSync } from 'node:zlib'
import { createControlServer } from '#net'
import { LINK_TYPE, PcapWriter } from '#wire'
import { ethernet, ipv4, synOptions, tcp, TCP_FLAG } from '../wire/packet/testing/index.ts'
import { createApiHandler } from './handler.ts'
import type { ApiServices } from './services.ts'
import { TokenRing } from './tokens.ts'

const TOKEN = 'reader-token-of-the-test'

/** A client that asks three times for a connection. */
function capture(): Buffer {
  const pieces: Buffer[] = []
  const writer = new PcapWriter((piece) => void pieces.push(Buffer.from(piece)), {
    linkType: LINK_TYPE.ethernet,
    snapBytes: 0,
  })
  for (const seconds of [0, 1, 3]) {
    const syn = tcp({
      sourcePort: 50_000,
      destinationPort: 443,
      flags: TCP_FLAG.syn,
      sequence: 7,
      options: synOptions(),
    })
    const bytes = ethernet(ipv4({ source: '192.0.2.10', destination: '198.51.100.80' }, syn))
    writer.packet({
      bytes,
      start: 0,
      end: bytes.length,
      originalBytes: bytes.length,
      seconds: 100 + seconds,
      nanoseconds: 0,
    })
  }
  writer.end()
  return Buffer.concat(pieces)
}

test('a capture that is sent is analysed', async (context) => {
  const tokens = new TokenRing([{ name: 'reader', secret: TOKEN, scopes: ['read'] }])
  const handler = createApiHandler({} as ApiServices, tokens, (error) => assert.fail(String(error)))
  const server = await createControlServer(handler, { host: '127.0.0.1', port: 0 }, () => {})
  context.after(() => server.close(0))
  const send = async (body: Buffer, token: string = TOKEN): Promise<readonly [status: number, text: string]> => {
    const response = await fetch(`http://127.0.0.1:${server.port}/api/v1/captures/analyze`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/vnd.tcpdump.pcap' },
      body: new Uint8Array(body),
    })
    return [response.status, await response.text()]
  }

  for (const body of [capture(), gzipSync(capture())]) {
    const [status, text] = await send(body)
    assert.equal(status, 200, text)
    const { packets, findings } = JSON.parse(text) as {
      packets: number
      findings: { kind: string; frames: number[] }[]
    }
    assert.equal(packets, 3)
    assert.deepEqual(
      findings.map(({ kind, frames }) => [kind, frames]),
      [['tcp-syn-unanswered', [1, 2, 3]]],
    )
  }
  assert.equal((await send(Buffer.from('no capture')))[0], 422)
  assert.equal((await send(Buffer.alloc(0)))[0], 422)
  assert.equal((await send(capture(), 'somebody'))[0], 401)
})
