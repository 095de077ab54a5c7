import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import path from 'node:path'
import test, { type TestContext } from 'node:test'
import { promisify } from 'node:util'
import { SECRETS } from '#wire'
import { skipWithout, skipWithoutRoot } from '../debian-tools.ts'
import { makeCertificate } from './testing/certificates.ts'
import { runTidegate, temporaryFolder } from './testing/tidegate-process.ts'

const skip = skipWithoutRoot() || skipWithout('curl')
const run = promisify(execFile)

interface Report {
  readonly findings: readonly { readonly kind: string; readonly text: string }[]
  readonly capture: { readonly openedSessions: number }
}

/** A capture of real clients that speak TLS with a server that fails, and the secrets that the clients wrote. */
async function captureTls(t: TestContext): Promise<{ readonly capture: string; readonly keyLog: string }> {
  const folder = temporaryFolder(t)
  const files = makeCertificate(folder, 'shop', ['shop.test'])
  const server = createServer(
    { key: readFileSync(files.keyFile), cert: readFileSync(files.certFile) },
    (request, response) => {
      response.statusCode = request.url === '/fails' ? 503 : 200
      response.end('x'.repeat(30_000))
    },
  )
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.after(() => server.close())
  const { port } = server.address() as AddressInfo
  const [capture, keyLog] = ['tls.pcapng', 'keys.txt'].map((name) => path.join(folder, name))
  const expression = `tcp.srcport == ${port} or tcp.dstport == ${port}`
  let isDone = false
  const captured = runTidegate(['packet', 'capture', expression, '-i', 'lo', '-o', capture, '--seconds', '5']).finally(
    () => (isDone = true),
  )
  const common = ['--silent', '--http1.1', '--cacert', files.certFile, '--resolve', `shop.test:${port}:127.0.0.1`]
  for (let turn = 0; !isDone; turn++) {
    const version = turn % 2 === 0 ? ['--tls-max', '1.2'] : ['--tlsv1.3']
    const urls = ['/', '/fails'].map((target) => `https://shop.test:${port}${target}`)
    const sinks = urls.flatMap(() => ['--output', '/dev/null'])
    await run('curl', [...common, ...version, ...urls, ...sinks], { env: { ...process.env, SSLKEYLOGFILE: keyLog } })
  }
  const { exitCode, stderr } = await captured
  assert.equal(exitCode, 0, stderr)
  return { capture, keyLog }
}

async function analyze(...args: readonly string[]): Promise<Report> {
  const { exitCode, stdout, stderr } = await runTidegate(['capture', 'analyze', '--json', ...args])
  assert.equal(exitCode, 0, stderr)
  return JSON.parse(stdout) as Report
}

/** The same capture with a block of secrets behind the head of its section. */
function withSecrets(capture: Buffer, keyLog: Buffer): Buffer {
  const padding = Buffer.alloc((4 - (keyLog.length % 4)) % 4)
  const lengthBytes = 20 + keyLog.length + padding.length
  const head = Buffer.alloc(16)
  for (const [at, value] of [0x0a, lengthBytes, SECRETS.tlsKeyLog, keyLog.length].entries()) {
    head.writeUInt32LE(value, at * 4)
  }
  const headBytes = capture.readUInt32LE(4)
  const block = [head, keyLog, padding, head.subarray(4, 8)]
  return Buffer.concat([capture.subarray(0, headBytes), ...block, capture.subarray(headBytes)])
}

test('with their secrets sessions of TLS are read, from a key log and from the capture itself', { skip }, async (t) => {
  const { capture, keyLog } = await captureTls(t)
  const closed = await analyze(capture)
  assert.equal(closed.capture.openedSessions, 0)
  assert.ok(!closed.findings.some(({ kind }) => kind.startsWith('http')))

  const open = await analyze(capture, '--key-log', keyLog)
  assert.ok(open.capture.openedSessions >= 4, `${open.capture.openedSessions} sessions`)
  const failed = open.findings.find(({ kind }) => kind === 'http-5xx')
  assert.match(failed?.text ?? '', /x 503 of \d+ requests, first to GET shop\.test\/fails\./)

  const own = `${capture}-with-secrets`
  writeFileSync(own, withSecrets(readFileSync(capture), readFileSync(keyLog)))
  assert.deepEqual((await analyze(own)).capture.openedSessions, open.capture.openedSessions)
})

test('a key log that is not there is named', { skip }, async (t) => {
  const missing = path.join(temporaryFolder(t), 'keys.txt')
  const { exitCode, stderr } = await runTidegate(['capture', 'analyze', missing, '--key-log', missing])
  assert.equal(exitCode, 2)
  assert.match(stderr, /the key log cannot be read: ENOENT.*SSLKEYLOGFILE/s)
})
