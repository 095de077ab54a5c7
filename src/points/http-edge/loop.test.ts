import assert from 'node:assert/strict'
import { connect, createServer } from 'node:net'
import { test } from 'node:test'
import { isLooping } from './loop.ts'
import { closeServer, dialogue, listenOn, startEdge, testConfig, testSite } from './testing/edge.ts'
import { GET, OK, scriptedOrigin } from './testing/scripted-origin.ts'

const times = (count: number, text: string): string[] => Array.from({ length: count }, () => text)

for (const [lines, expected, why] of [
  [[], false, 'a first pass'],
  [['tidegate'], false, 'one pass'],
  [times(7, 'tidegate'), false, 'a long chain'],
  [times(8, 'tidegate'), true, 'eight passes, a line each'],
  [[times(8, 'tidegate').join(', ')], true, 'eight passes in one line'],
  [[times(8, 'Tidegate; x="1"').join(' ,')], true, 'case and parameters do not matter'],
  [times(20, 'othercdn'), false, 'others count for themselves'],
  [times(20, 'nottidegate; tidegate'), false, 'a name, not a part of one'],
  [[','.repeat(30_000)], false, 'nothing but commas'],
] as const) {
  test(`${why}: ${expected ? 'a loop' : 'no loop'}`, () => {
    const fields = ['Host', 'a.test', ...lines.flatMap((line) => ['CDN-Loop', line])]
    assert.equal(isLooping(fields), expected)
  })
}

test('a site that points at itself answers 508 after a few passes', async () => {
  let edgePort = 0
  const circle = createServer((socket) => {
    const back = connect({ port: edgePort, host: '127.0.0.1' })
    socket.on('error', () => back.destroy())
    back.on('error', () => socket.destroy())
    socket.pipe(back).pipe(socket)
  })
  const edge = await startEdge(testConfig([testSite([await listenOn(circle)])]))
  edgePort = edge.port
  try {
    const { text } = await dialogue(edge.port, [GET.replace('\r\n\r\n', '\r\nAccept: text/html\r\n\r\n')])
    assert.match(text, /^HTTP\/1\.1 508 Loop Detected\r\n/)
    assert.match(text, /Where: <b>edge<\/b>/)
    assert.equal(edge.events.length, 9)
    assert.equal(edge.events[0].facts.fault, 'request-loop')
    assert.match(edge.events[0].decision.why, /an origin of this site leads back/)
    assert.equal(edge.events[8].facts.originStatus, 508)
  } finally {
    await edge.close()
    await closeServer(circle)
  }
})

test('what other networks wrote is kept, and our name is added', async () => {
  let received = ''
  const origin = await scriptedOrigin((socket, text) => {
    received = text
    socket.write(OK)
  })
  const edge = await startEdge(testConfig([testSite([origin.port])]))
  await dialogue(edge.port, [GET.replace('\r\n\r\n', '\r\nCDN-Loop: othercdn\r\n\r\n')])
  assert.match(received, /\r\nCDN-Loop: othercdn\r\n[^]*\r\nCDN-Loop: tidegate\r\n/)
  await edge.close()
  await origin.close()
})
