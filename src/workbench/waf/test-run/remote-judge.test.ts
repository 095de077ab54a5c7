import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import test, { type TestContext } from 'node:test'
import { RemoteJudge } from './remote-judge.ts'
import type { Outcome } from './treatment.ts'

const RAY = '1m80xqjns0000pknm5s0'
const OWN = `Tidegate-Ray: ${RAY}\r\nTidegate-Waf: 942100,sqli-union\r\nTidegate-Waf-Score: 12\r\n`

function page(status: number, body: string): string {
  return `HTTP/1.1 ${status} X\r\n${OWN}Content-Length: ${body.length}\r\n\r\n${body}`
}

function json(side: string | null): string {
  return JSON.stringify({ error: { status: 400, explanation: 'No.', side, ray: RAY } })
}

const ANSWERS: readonly (readonly [
  why: string,
  answer: string,
  treatment: Outcome['treatment'],
  status: number | undefined,
])[] = [
  ['a page of a rule in HTML', page(403, `<p>No.</p><p>Ray: <code>${RAY}</code></p>`), 'blocked', 403],
  ['a page of a rule in JSON', page(403, json(null)), 'blocked', 403],
  ['a fault of the client', page(400, json('client')), 'refused', 400],
  ['a fault of the client in HTML', page(400, `<p>Where: <b>client</b></p>${RAY}`), 'refused', 400],
  ['an origin that is down', page(502, json('origin')), 'failed', 502],
  ['an application that answers', page(200, 'fine'), 'passed', undefined],
  ['an application that refuses', page(403, 'no ray here'), 'passed', undefined],
  ['chunks', `HTTP/1.1 403 X\r\n${OWN}Transfer-Encoding: chunked\r\n\r\n14\r\n${RAY}\r\n0\r\n\r\n`, 'blocked', 403],
  ['an answer that ends with the connection', `HTTP/1.1 403 X\r\n${OWN}\r\n${RAY}`, 'blocked', 403],
  ['an interim answer before', `HTTP/1.1 100 Continue\r\n\r\n${page(403, RAY)}`, 'blocked', 403],
  ['half an answer', `HTTP/1.1 403 X\r\n${OWN}Content-Length: 99\r\n\r\n`, 'failed', undefined],
  ['no answer', '', 'failed', undefined],
]

/** A server that says the same to everybody and hangs up. */
async function answering(t: TestContext, answer: string): Promise<URL> {
  const server = createServer((socket) => {
    socket.on('error', () => socket.destroy())
    socket.once('data', () => socket.end(Buffer.from(answer, 'latin1')))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => server.close())
  return new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/ignored`)
}

for (const [why, answer, treatment, status] of ANSWERS) {
  test(`what became of a request is read from the answer: ${why}`, async (t) => {
    const judge = new RemoteJudge(await answering(t, answer), { verify: true })
    const outcome = await judge.judge(Buffer.from('GET / HTTP/1.1\r\nHost: a\r\n\r\n'))
    assert.deepEqual([outcome.treatment, outcome.status], [treatment, status])
    if (treatment !== 'failed') {
      assert.deepEqual(outcome.findings, [{ ruleId: '942100' }, { ruleId: 'sqli-union' }])
      assert.equal(outcome.score, 12)
    }
  })
}

test('an edge that is not there ends the test', async (t) => {
  const url = await answering(t, '')
  url.port = '1'
  await assert.rejects(new RemoteJudge(url, { verify: true }).judge(Buffer.alloc(0)), { code: 'ERR_API_UNREACHABLE' })
})
