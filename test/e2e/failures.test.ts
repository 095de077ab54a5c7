import assert from 'node:assert/strict'
import { connect } from 'node:net'
import test from 'node:test'
import { startHttpOrigin, startRawOrigin } from './testing/origins.ts'
import { exchangeRaw, headerOf } from './testing/raw-client.ts'
import { freePorts, startTidegate } from './testing/tidegate-process.ts'

const site = (...origins: readonly string[]): string =>
  `  timeouts: { head: 2s, originConnect: 1s, originResponse: 2s }\n  sites: [{ name: all, hosts: ["*"], origins: [${origins.join(', ')}] }]`

test('an origin that refuses connections is a 502 that says so, on the page and in the event', async (t) => {
  const [port] = await freePorts(1)
  const tidegate = await startTidegate(t, { edge: site(`http://127.0.0.1:${port}`) })
  const response = await fetch(`${tidegate.origin}/`, { headers: { accept: 'application/json' } })
  assert.equal(response.status, 502)
  assert.match(response.headers.get('content-type') ?? '', /application\/json/)
  const event = await tidegate.event(response.headers.get('tidegate-ray') ?? '')
  assert.equal(event.decision.verdict, 'error')
  assert.match(event.decision.why, /refused|connect/i)
})

test('a safe request goes to another origin when the first is dead', async (t) => {
  const [dead] = await freePorts(1)
  const alive = await startHttpOrigin(t, (_, response) => response.end('alive'))
  const tidegate = await startTidegate(t, { edge: site(`http://127.0.0.1:${dead}`, alive.url) })
  for (let i = 0; i < 10; i++) {
    const response = await fetch(`${tidegate.origin}/${i}`)
    assert.equal(await response.text(), 'alive')
  }
})

test('an origin that dies in the middle of a body cuts the answer, so that the client sees it', async (t) => {
  const origin = await startRawOrigin(t, (socket) => {
    socket.once('data', () => {
      socket.write('HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nonly this')
      setTimeout(() => socket.destroy(), 50)
    })
  })
  const tidegate = await startTidegate(t, { edge: site(origin.url) })
  const { answer, closed } = await exchangeRaw(tidegate.httpPort, 'GET / HTTP/1.1\r\nHost: a.test\r\n\r\n', 5_000)
  assert.equal(closed, true)
  assert.match(answer, /only this$/)
  const event = await tidegate.event(headerOf(answer, 'tidegate-ray') ?? '')
  assert.equal(event.decision.verdict, 'error')
})

test('an origin that never answers is a 504', async (t) => {
  const origin = await startRawOrigin(t, (socket) => socket.resume())
  const tidegate = await startTidegate(t, { edge: site(origin.url) })
  const response = await fetch(`${tidegate.origin}/`)
  assert.equal(response.status, 504)
  const event = await tidegate.event(response.headers.get('tidegate-ray') ?? '')
  assert.match(event.decision.why, /answer|respon/i)
})

test('a client that never finishes its head is let go, others are served meanwhile', async (t) => {
  const origin = await startHttpOrigin(t, (_, response) => response.end('ok'))
  const tidegate = await startTidegate(t, { edge: site(origin.url) })
  const slow = Array.from({ length: 50 }, () => connect(tidegate.httpPort, '127.0.0.1'))
  const ended = Promise.all(
    slow.map((socket) => new Promise((resolve) => socket.on('close', resolve).on('error', () => {}))),
  )
  const timer = setInterval(() => {
    for (const socket of slow) if (!socket.destroyed) socket.write('X')
  }, 200)
  for (const socket of slow) socket.resume().write('GET / HTTP/1.1\r\nHost: a.test\r\nX-')
  assert.equal((await fetch(`${tidegate.origin}/`)).status, 200)
  await ended
  clearInterval(timer)
  assert.equal((await fetch(`${tidegate.origin}/`)).status, 200)
})

test('a client that closes its sending side still gets its answer', async (t) => {
  const origin = await startHttpOrigin(t, (_, response) => setTimeout(() => response.end('late but whole'), 200))
  const tidegate = await startTidegate(t, { edge: site(origin.url) })
  const answer = await new Promise<string>((resolve, reject) => {
    let text = ''
    const socket = connect({ port: tidegate.httpPort, host: '127.0.0.1', allowHalfOpen: true })
    socket.on('data', (chunk) => (text += chunk.toString('latin1')))
    socket.on('end', () => resolve(text)).on('error', reject)
    socket.end('GET / HTTP/1.1\r\nHost: a.test\r\nConnection: close\r\n\r\n')
  })
  assert.match(answer, /late but whole/)
})

test('a port in use is one clear line that names the setting, and exit code 2', async (t) => {
  const origin = await startHttpOrigin(t, (_, response) => response.end('ok'))
  const tidegate = await startTidegate(t, { edge: site(origin.url) })
  const { runTidegate, temporaryFolder } = await import('./testing/tidegate-process.ts')
  const { writeFileSync } = await import('node:fs')
  const home = temporaryFolder(t)
  const [consolePort] = await freePorts(1)
  writeFileSync(
    `${home}/tidegate.yaml`,
    `console: { listen: 127.0.0.1:${consolePort} }\ndata: ./data\nedge:\n  listeners: [{ address: 127.0.0.1:${origin.port} }]\n${site(origin.url)}\n`,
  )
  const result = await runTidegate(['up', '--config', `${home}/tidegate.yaml`])
  assert.equal(result.exitCode, 2, result.stderr)
  assert.match(result.stderr, new RegExp(`edge\\.listeners.*127\\.0\\.0\\.1:${origin.port}`))
  assert.doesNotMatch(result.stderr, /\n\s+at /, 'no stack trace')
  assert.equal((await fetch(`${tidegate.origin}/`)).status, 200)
})

test('SIGTERM finishes what is in flight and ends with 0', async (t) => {
  const origin = await startHttpOrigin(t, (_, response) => setTimeout(() => response.end('finished'), 500))
  const tidegate = await startTidegate(t, { edge: site(origin.url) })
  const pending = fetch(`${tidegate.origin}/slow`)
  await new Promise((resolve) => setTimeout(resolve, 200))
  const stopped = tidegate.stop('SIGTERM')
  assert.equal(await (await pending).text(), 'finished')
  assert.equal(await stopped, 0)
})
