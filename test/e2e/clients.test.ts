import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import test, { type TestContext } from 'node:test'
import { promisify } from 'node:util'
import { WebSocket, WebSocketServer } from 'ws'
import { skipWithout } from '../debian-tools.ts'
import { makeCertificate } from './testing/certificates.ts'
import { bodyOf, startHttpOrigin } from './testing/origins.ts'
import { exchangeRaw } from './testing/raw-client.ts'
import { freePorts, startTidegate, temporaryFolder, type TidegateProcess } from './testing/tidegate-process.ts'

const runFile = promisify(execFile)

async function startEcho(t: TestContext): Promise<{ tidegate: TidegateProcess; folder: string }> {
  const folder = temporaryFolder(t)
  const a = makeCertificate(folder, 'a', ['a.test', '*.wild.test'])
  const b = makeCertificate(folder, 'b', ['b.test'])
  const origin = await startHttpOrigin(t, (request, response) => {
    void bodyOf(request).then((body) => {
      response.setHeader('content-type', 'application/json')
      response.end(
        JSON.stringify({ method: request.method, url: request.url, headers: request.headers, bodyBytes: body.length }),
      )
    })
  })
  const tidegate = await startTidegate(t, {
    tls: true,
    proxyProtocol: true,
    edge: `  certificates: [{ cert: ${a.certFile}, key: ${a.keyFile} }, { cert: ${b.certFile}, key: ${b.keyFile} }]
  sites: [{ name: all, hosts: ["*"], origins: [${origin.url}], bodyLimit: 10MiB }]`,
  })
  return { tidegate, folder }
}

interface Echo {
  readonly method: string
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly bodyBytes: number
}

test(
  'curl speaks HTTP/1.0, HTTP/1.1 and HTTP/2 with and without bodies',
  { skip: skipWithout('curl', 'openssl') },
  async (t) => {
    const { tidegate, folder } = await startEcho(t)
    writeFileSync(`${folder}/body`, 'b'.repeat(1_000_000))
    const tls = `https://a.test:${tidegate.httpsPort}`
    const resolve = ['--resolve', `a.test:${tidegate.httpsPort}:127.0.0.1`, '--cacert', `${folder}/a.crt`]
    const cases: readonly [args: string[], version: string, bodyBytes: number][] = [
      [['--http1.0', `${tidegate.origin}/x`], '1.1', 0],
      [['--http1.1', `${tidegate.origin}/x`], '1.1', 0],
      [['--data-binary', `@${folder}/body`, `${tidegate.origin}/x`], '1.1', 1_000_000],
      [
        ['-H', 'Transfer-Encoding: chunked', '--data-binary', `@${folder}/body`, `${tidegate.origin}/x`],
        '1.1',
        1_000_000,
      ],
      [[...resolve, '--http1.1', `${tls}/x`], '1.1', 0],
      [[...resolve, '--http2', `${tls}/x`], '2', 0],
      [[...resolve, '--http2', '--data-binary', `@${folder}/body`, `${tls}/x`], '2', 1_000_000],
      [[...resolve, '--tlsv1.2', '--tls-max', '1.2', `${tls}/x`], '2', 0],
    ]
    for (const [args, version, bodyBytes] of cases) {
      const { stdout } = await runFile('curl', [
        '-sS',
        '--max-time',
        '20',
        '-w',
        '\n%{http_version} %{http_code}',
        ...args,
      ])
      const [json, status] = [stdout.slice(0, stdout.lastIndexOf('\n')), stdout.slice(stdout.lastIndexOf('\n') + 1)]
      assert.equal(status, `${version} 200`, args.join(' '))
      const echo = JSON.parse(json) as Echo
      assert.equal(echo.bodyBytes, bodyBytes, args.join(' '))
      assert.equal(echo.headers['x-forwarded-for'], '127.0.0.1')
    }
  },
)

test(
  'the certificate follows the server name, and a bad reload keeps the old one',
  { skip: skipWithout('openssl') },
  async (t) => {
    const { tidegate, folder } = await startEcho(t)
    const subjectFor = async (name: string): Promise<string> => {
      const { stdout } = await runFile('sh', [
        '-c',
        `openssl s_client -connect 127.0.0.1:${tidegate.httpsPort} -servername ${name} </dev/null 2>/dev/null | openssl x509 -noout -subject`,
      ])
      return stdout
    }
    assert.match(await subjectFor('a.test'), /a\.test/)
    assert.match(await subjectFor('shop.wild.test'), /a\.test/)
    assert.match(await subjectFor('b.test'), /b\.test/)
    assert.match(await subjectFor('unknown.test'), /a\.test/, 'the first certificate is the default')

    const open = connect(tidegate.httpPort, '127.0.0.1')
    t.after(() => open.destroy())
    writeFileSync(`${folder}/b.crt`, 'not a certificate')
    const refused = await tidegate.command('reload')
    assert.equal(refused.exitCode, 2)
    assert.match(refused.stderr, /b\.crt/)
    assert.match(await subjectFor('b.test'), /b\.test/, 'the old set goes on')

    makeCertificate(folder, 'b', ['c.test'])
    const reloaded = await tidegate.command('reload')
    assert.equal(reloaded.exitCode, 0, reloaded.stderr)
    assert.match(await subjectFor('c.test'), /c\.test/)
    assert.equal(open.destroyed, false, 'a reload drops no connection')
  },
)

test(
  'h2load, nghttp and wrk get every answer',
  { skip: skipWithout('h2load', 'nghttp', 'wrk', 'openssl') },
  async (t) => {
    const { tidegate } = await startEcho(t)
    const load = async (...args: string[]): Promise<string> =>
      (await runFile('h2load', args, { timeout: 60_000 })).stdout
    const https = `https://127.0.0.1:${tidegate.httpsPort}/load`
    for (const args of [
      ['--h1', '-n', '2000', '-c', '16', `${tidegate.origin}/load`],
      ['-n', '2000', '-c', '8', '-m', '16', https],
      ['--h1', '-n', '1000', '-c', '8', https],
    ]) {
      const total = args[args.indexOf('-n') + 1]
      assert.match(await load(...args), new RegExp(`${total} succeeded, 0 failed`), args.join(' '))
    }
    const nghttp = await runFile('nghttp', ['-n', '-s', '-m', '5', '--no-verify-peer', https], { timeout: 30_000 })
    assert.match(nghttp.stdout, /200/)
    const wrk = await runFile('wrk', ['-t1', '-c8', '-d1s', `${tidegate.origin}/load`], { timeout: 30_000 })
    assert.doesNotMatch(wrk.stdout, /Non-2xx|Socket errors/)
  },
)

test('a WebSocket passes, text and binary, both ways', async (t) => {
  const [port] = await freePorts(1)
  const server = new WebSocketServer({ host: '127.0.0.1', port })
  t.after(() => server.close())
  server.on('connection', (socket) => socket.on('message', (data, isBinary) => socket.send(data, { binary: isBinary })))
  const tidegate = await startTidegate(t, {
    edge: `  sites: [{ name: all, hosts: ["*"], origins: [http://127.0.0.1:${port}] }]`,
  })

  const client = new WebSocket(`ws://127.0.0.1:${tidegate.httpPort}/chat`)
  const received: (string | Buffer)[] = []
  const big = Buffer.alloc(3_000_000, 7)
  await new Promise<void>((resolve, reject) => {
    client.on('error', reject)
    client.on('open', () => {
      client.send('hello')
      client.send(big)
    })
    client.on('message', (data: Buffer, isBinary) => {
      received.push(isBinary ? data : data.toString())
      if (received.length === 2) resolve()
    })
  })
  client.close()
  assert.equal(received[0], 'hello')
  assert.ok(big.equals(received[1] as Buffer))
})

test('the client address comes from the PROXY protocol where the listener asks for it', async (t) => {
  const { tidegate } = await startEcho(t)
  const request = 'GET /p HTTP/1.1\r\nHost: a.test\r\nConnection: close\r\n\r\n'
  const { answer } = await exchangeRaw(
    tidegate.proxyPort,
    `PROXY TCP4 203.0.113.9 198.51.100.1 40000 443\r\n${request}`,
  )
  assert.match(answer, /"x-forwarded-for":"203\.0\.113\.9"/)
  const bare = await exchangeRaw(tidegate.proxyPort, request)
  assert.doesNotMatch(bare.answer, /200 OK/, 'a connection without the header is not served')
})

test('X-Forwarded-For of a stranger is replaced', async (t) => {
  const { tidegate } = await startEcho(t)
  const response = await fetch(`${tidegate.origin}/f`, {
    headers: { 'x-forwarded-for': '192.0.2.66', forwarded: 'for=192.0.2.66' },
  })
  const echo = (await response.json()) as Echo
  assert.equal(echo.headers['x-forwarded-for'], '127.0.0.1')
  assert.doesNotMatch(echo.headers['forwarded'] ?? '', /192\.0\.2\.66/)
  const event = await tidegate.event(response.headers.get('tidegate-ray') ?? '')
  assert.equal(event.facts['ip.src'], '127.0.0.1')
})
