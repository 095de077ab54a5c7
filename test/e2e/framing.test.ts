import assert from 'node:assert/strict'
import test from 'node:test'
import { FRAMING_CASES } from '../../src/wire/http1/framing-cases.ts'
import { bodyOf, startHttpOrigin } from './testing/origins.ts'
import { exchangeRaw, headerOf } from './testing/raw-client.ts'
import { startTidegate } from './testing/tidegate-process.ts'

const statusesIn = (answer: string): number[] =>
  [...answer.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map((match) => Number(match[1])).filter((status) => status >= 200)

/**
 * The framing table against the whole program, with node:http as an origin that has a parser of its own: whatever two
 * parsers could disagree about would show here as a request that the table does not allow.
 */
test('no framing case lets the origin see a request that was not meant', async (t) => {
  const seen: string[] = []
  const faults: string[] = []
  const origin = await startHttpOrigin(t, (request, response) => {
    bodyOf(request).then(
      (body) => {
        seen.push([request.method, request.url, body.toString('latin1')].filter((part) => part !== '').join(' '))
        response.end('ok')
      },
      () => response.destroy(), // a body that turned out broken was cut
    )
  })
  origin.server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    // A connection that the edge cut in the middle of a body is what it should do; bytes that do not parse are not.
    if (error.code !== 'ECONNRESET' && error.code !== 'HPE_INVALID_EOF_STATE')
      faults.push(`${error.code}: ${error.message}`)
    socket.destroy()
  })
  const tidegate = await startTidegate(t, {
    edge: `  workers: 1\n  sites: [{ name: all, hosts: ["*"], origins: [${origin.url}] }]`,
  })
  for (const { name, bytes, statuses, fault, origin: allowed, why } of FRAMING_CASES) {
    await t.test(name, async () => {
      seen.length = 0
      const { answer } = await exchangeRaw(tidegate.httpPort, bytes, 150)
      assert.deepEqual(statusesIn(answer), statuses, why)
      assert.deepEqual(seen, allowed, why)
      assert.deepEqual(faults, [], 'nothing malformed reaches the origin')
      if (fault === undefined) return
      const starts = [...answer.matchAll(/HTTP\/1\.1 \d{3} /g)].map((match) => match.index)
      const event = await tidegate.event(headerOf(answer.slice(starts.at(-1)), 'tidegate-ray') ?? 'none')
      assert.equal(event.facts['http.fault'], fault)
    })
  }
})
