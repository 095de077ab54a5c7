import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { request } from 'node:https'
import path from 'node:path'
import test, { type TestContext } from 'node:test'
import type { TLSSocket } from 'node:tls'
import { skipWithout } from '../debian-tools.ts'
import { makeCertificate } from './testing/certificates.ts'
import { httpGet } from './testing/http-client.ts'
import { startHttpOrigin, startHttpsOrigin } from './testing/origins.ts'
import { startTidegate, temporaryFolder, type TidegateProcess } from './testing/tidegate-process.ts'

const skip = skipWithout('openssl')

test(
  'an https origin is verified unless it is said otherwise, and a refusal says in words what is wrong',
  { skip },
  async (t) => {
    const folder = temporaryFolder(t)
    const { certFile, keyFile } = makeCertificate(folder, 'origin', ['origin.test'])
    const other = makeCertificate(folder, 'other', ['other.test'])
    const names: TLSSocket['servername'][] = []
    const origin = await startHttpsOrigin(
      t,
      { cert: readFileSync(certFile), key: readFileSync(keyFile) },
      (incoming, response) => {
        names.push((incoming.socket as TLSSocket).servername)
        response.end('over TLS')
      },
    )
    const plain = await startHttpOrigin(t, (_, response) => response.end('plain'))
    const https = `url: ${origin.url}`
    const sites: Readonly<Record<string, string>> = {
      system: https,
      trusted: `${https}, ca: ${certFile}, serverName: origin.test`,
      misnamed: `${https}, ca: ${certFile}, serverName: else.test`,
      unnamed: `${https}, ca: ${certFile}`,
      stranger: `${https}, ca: ${other.certFile}, serverName: origin.test`,
      unverified: `${https}, verify: false`,
      plain: `url: https://127.0.0.1:${plain.port}, verify: false`,
    }
    const list = Object.entries(sites).map(
      ([name, keys]) => `{ name: ${name}, hosts: [${name}.test], origins: [{ ${keys} }] }`,
    )
    const tidegate = await startTidegate(t, { edge: `  workers: 1\n  sites: [${list.join(', ')}]` })

    for (const [name, sni] of [
      ['trusted', 'origin.test'],
      ['unverified', false],
    ] as const) {
      names.length = 0
      const answer = await httpGet(tidegate.httpPort, '/', { host: `${name}.test` })
      assert.deepEqual([answer.status, answer.body], [200, 'over TLS'], name)
      assert.deepEqual(names, [sni], 'the name that the origin was asked for')
    }
    names.length = 0
    for (const [name, why] of [
      ['system', /failed verification: its certificate is self-signed/],
      ['misnamed', /failed verification: its certificate is not for else\.test/],
      ['unnamed', /failed verification: its certificate is not for 127\.0\.0\.1/],
      ['stranger', /failed verification/],
      ['plain', /does not speak TLS/],
    ] as const) {
      const answer = await httpGet(tidegate.httpPort, '/', { host: `${name}.test` })
      assert.equal(answer.status, 502, name)
      assert.doesNotMatch(answer.body, /127\.0\.0\.1/, 'the page says nothing about the inside')
      const event = await tidegate.event(String(answer.headers['tidegate-ray']))
      assert.equal(event.decision.verdict, 'error')
      assert.match(event.decision.why, why, name)
    }
    assert.deepEqual(names, [], 'no request went over a connection that was not trusted')
  },
)

/** Runs `openssl s_client` with one request, until the server closes. */
function openssl(port: number, ...args: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn('openssl', ['s_client', '-connect', `127.0.0.1:${port}`, '-ign_eof', ...args])
    let output = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text))
    child.stderr.setEncoding('utf8').on('data', (text: string) => (output += text))
    child.on('error', reject).on('close', () => resolve(output))
    child.stdin.on('error', () => {}) // it ends before it reads when the handshake fails
    child.stdin.write('GET / HTTP/1.1\r\nHost: a.test\r\nConnection: close\r\n\r\n')
  })
}

async function startTlsEdge(t: TestContext, workers: number): Promise<{ tidegate: TidegateProcess; folder: string }> {
  const folder = temporaryFolder(t)
  const { certFile, keyFile } = makeCertificate(folder, 'a', ['a.test'])
  const origin = await startHttpOrigin(t, (_, response) => response.end('hello over TLS'))
  const tidegate = await startTidegate(t, {
    tls: true,
    edge: `  workers: ${workers}
  certificates: [{ cert: ${certFile}, key: ${keyFile} }]
  sites: [{ name: all, hosts: ["*"], origins: [${origin.url}] }]`,
  })
  return { tidegate, folder }
}

test('TLS 1.2 and 1.3 are spoken, older versions are refused with an alert and an event', { skip }, async (t) => {
  const { tidegate } = await startTlsEdge(t, 1)
  for (const [flag, version] of [
    ['-tls1_2', 'TLSv1.2'],
    ['-tls1_3', 'TLSv1.3'],
  ]) {
    const output = await openssl(tidegate.httpsPort, flag)
    assert.match(output, new RegExp(`New, ${version}`))
    assert.match(output, /hello over TLS/)
  }
  for (const flag of ['-tls1', '-tls1_1']) {
    const output = await openssl(tidegate.httpsPort, flag, '-cipher', 'DEFAULT@SECLEVEL=0')
    assert.match(output, /alert protocol version/, flag)
    assert.doesNotMatch(output, /hello over TLS/)
  }
  const refused = await tidegate.events('http.fault == "tls-handshake-failed"', 2)
  for (const event of refused) assert.equal(event.decision.verdict, 'refuse')
})

test('the event tells how the client spoke TLS', { skip }, async (t) => {
  const { tidegate } = await startTlsEdge(t, 1)
  const ask = (options: Readonly<Record<string, unknown>>): Promise<string> =>
    new Promise((resolve, reject) => {
      request(
        { host: '127.0.0.1', port: tidegate.httpsPort, rejectUnauthorized: false, agent: false, ...options },
        (response) => response.resume().on('end', () => resolve(String(response.headers['tidegate-ray']))),
      )
        .on('error', reject)
        .end()
    })
  const first = await tidegate.event(await ask({ servername: 'a.test', ALPNProtocols: ['http/1.1'] }))
  assert.equal(first.facts['ssl'], true)
  assert.equal(first.facts['tls.sni'], 'a.test')
  assert.equal(first.facts['tls.version'], 'TLSv1.3')
  assert.equal(first.facts['tls.alpn'], 'http/1.1')
  assert.match(String(first.facts['tls.cipher']), /^TLS_AES_/)
  assert.match(String(first.facts['tls.ja4']), /^t13d\d{4}h1_[0-9a-f]{12}_[0-9a-f]{12}$/)

  const second = await tidegate.event(await ask({ servername: '', maxVersion: 'TLSv1.2' }))
  assert.equal(second.facts['tls.sni'], undefined)
  assert.equal(second.facts['tls.version'], 'TLSv1.2')
  assert.match(String(second.facts['tls.ja4']), /^t12i\d{4}\w\w_[0-9a-f]{12}_[0-9a-f]{12}$/)

  const ja4 = String(first.facts['tls.ja4'])
  assert.equal((await tidegate.events(`tls.ja4 == "${ja4}"`, 1)).length, 1, 'an event is found by its fingerprint')
})

test('a session that one worker began is resumed by any other', { skip }, async (t) => {
  const { tidegate, folder } = await startTlsEdge(t, 2)
  for (const flag of ['-tls1_2', '-tls1_3']) {
    const session = path.join(folder, `session${flag}`)
    assert.match(await openssl(tidegate.httpsPort, flag, '-sess_out', session), /New, TLS/)
    for (let i = 0; i < 12; i++) {
      const output = await openssl(tidegate.httpsPort, flag, '-sess_in', session)
      assert.match(output, /^Reused, TLS/m, `${flag} connection ${i}`)
      assert.match(output, /hello over TLS/)
    }
  }
})
