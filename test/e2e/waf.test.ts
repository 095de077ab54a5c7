import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { Agent, get } from 'node:http'
import { connect } from 'node:http2'
import path from 'node:path'
import test, { type TestContext } from 'node:test'
import { makeCertificate } from './testing/certificates.ts'
import { startHttpOrigin } from './testing/origins.ts'
import { exchangeRaw, headerOf } from './testing/raw-client.ts'
import { eventually, startTidegate, type TidegateProcess, temporaryFolder } from './testing/tidegate-process.ts'

const ATTACK = "id=1'%20or%201=1--%20"
const TOKEN = 'the secret of the test client'

/** A SecLang rule set with one rule of its own. */
function writeRules(home: string, word: string): string {
  const folder = path.join(home, 'own-rules')
  mkdirSync(folder, { recursive: true })
  writeFileSync(
    path.join(folder, 'own.conf'),
    `SecComponentSignature "own/1.0"
SecRule ARGS "@contains ${word}" "id:100,phase:2,deny,status:403,log,msg:'The word ${word}',t:lowercase,tag:'attack-generic'"
`,
  )
  return folder
}

interface Started {
  readonly tidegate: TidegateProcess
  readonly home: string
}

/** Tidegate in front of an application that says what it got; `waf` is the section of the site. */
async function start(t: TestContext, waf: string, more = ''): Promise<Started> {
  const home = temporaryFolder(t)
  const origin = await startHttpOrigin(t, (request, response) => {
    let size = 0
    request.on('data', (bytes: Buffer) => (size += bytes.length))
    request.on('end', () =>
      response.end(`${request.method} ${request.url} ${size} ${'tidegate-test' in request.headers}`),
    )
  })
  writeRules(home, 'sesame')
  execFileSync('openssl', ['genpkey', '-algorithm', 'X25519', '-out', path.join(home, 'payload.key')])
  execFileSync('openssl', [
    'pkey',
    '-in',
    path.join(home, 'payload.key'),
    '-pubout',
    '-out',
    path.join(home, 'payload.pub'),
  ])
  const { certFile, keyFile } = makeCertificate(home, 'edge', ['a.test'])
  const tidegate = await startTidegate(t, {
    home,
    tls: true,
    env: { WAF_TOKEN: TOKEN },
    edge: `  workers: 2
  certificates: [{ cert: ${certFile}, key: ${keyFile} }]
  testTokenEnv: WAF_TOKEN
  waf: { ruleSets: { crs: own-rules }, payloadKey: payload.pub }
  sites:
    - { name: shop, hosts: ["*"], origins: [${origin.url}], waf: ${waf} }
${more}`,
  })
  return { tidegate, home }
}

function ray(response: Response): string {
  return response.headers.get('tidegate-ray') ?? ''
}

test('a blocked request is explained: rule, place, matched bytes, what would have to change', async (t) => {
  const { tidegate, home } = await start(t, '{ mode: block, rules: [tidegate, crs] }')
  const response = await fetch(`${tidegate.origin}/?${ATTACK}&password=open%20SESAME&q=Open%20SESAME%20now`)
  assert.equal(response.status, 403)
  const event = await tidegate.event(ray(response))
  assert.deepEqual([event.decision.verdict, event.decision.phase], ['block', 'firewall_managed'])
  assert.equal(event.facts['waf.mode'], 'block')
  assert.equal(event.facts['waf.verdict'], 'block')
  const ids = event.facts['waf.rule_ids'] as (string | number)[]
  assert.ok(ids.includes(100) && ids.includes('sqli-tautology'), JSON.stringify(ids))

  const matches = event.facts['waf.matches'] as Record<string, unknown>[]
  const [hidden, shown] = matches.filter(({ ruleId }) => ruleId === 100)
  assert.match(String(hidden['value']), /^#[0-9a-f]{12}$/, 'a sensitive argument is stored as a keyed hash')
  assert.deepEqual(
    [shown['variable'], shown['trail'], shown['parts']],
    ['ARGS:q', ['lowercase'], ['open ', 'sesame', ' now']],
  )
  assert.doesNotMatch(JSON.stringify(event), /open sesame"/i)

  const explained = await tidegate.command('event', 'explain', ray(response))
  assert.match(
    explained.stdout,
    /100 crs, .*: The word sesame\n +in ARGS:q\n +after lowercase\n +"open »sesame« now" {2}bytes 5 to 11/,
  )
  assert.match(
    explained.stdout,
    /To let it pass: .*waf_exception: \{ rules: \[sqli-tautology\], parameters: \[ARGS:id\] \}/,
  )
  assert.match(explained.stdout, /decision block: /)

  const opened = await tidegate.command('waf', 'decrypt', ray(response), '--key', path.join(home, 'payload.key'))
  assert.match(opened.stdout, /in ARGS:password\n +after lowercase\n +"open »sesame«"/)
})

test('HTTP/2 is judged as HTTP/1.1 is, with and without body', async (t) => {
  const { tidegate } = await start(t, '{ mode: block }')
  const session = connect(`https://127.0.0.1:${tidegate.httpsPort}`, { rejectUnauthorized: false })
  t.after(() => session.close())
  type Answer = { status: number; text: string; rules: unknown }
  const ask = (headers: Record<string, string>, body?: string): Promise<Answer> =>
    new Promise((resolve, reject) => {
      const stream = session.request({ ':authority': 'a.test', ...headers }, { endStream: body === undefined })
      let [status, text, rules]: [number, string, unknown] = [0, '', undefined]
      stream.on('response', (answer) => {
        status = Number(answer[':status'])
        rules = answer['tidegate-waf']
      })
      stream.setEncoding('utf8').on('data', (piece: string) => (text += piece))
      stream.on('end', () => resolve({ status, text, rules })).on('error', reject)
      if (body !== undefined) stream.end(body)
    })
  const form = { ':method': 'POST', ':path': '/form', 'content-type': 'application/x-www-form-urlencoded' }
  assert.equal((await ask({ ':path': `/?${ATTACK}` })).status, 403)
  assert.equal((await ask(form, ATTACK)).status, 403)
  const passed = await ask(form, 'name=Ann')
  assert.deepEqual([passed.status, passed.text, passed.rules], [200, 'POST /form 8 false', undefined])
  assert.equal((await ask({ ...form, expect: '100-continue' }, 'name=Ann')).status, 200)
  const refused = await ask({ ':path': `/?${ATTACK}#fragment`, 'tidegate-test': TOKEN })
  assert.equal(refused.status, 400)
  assert.match(String(refused.rules), /sqli-tautology/)
})

test('a test client sees the rules on every answer, and its secret goes nowhere', async (t) => {
  const { tidegate } = await start(t, '{ mode: log, rules: [tidegate, crs] }')
  const headers = { 'Tidegate-Test': TOKEN }
  const passed = await fetch(`${tidegate.origin}/?q=sesame`, { headers })
  assert.equal(passed.headers.get('tidegate-waf'), '100')
  assert.match(passed.headers.get('tidegate-waf-score') ?? '', /^\d{1,2}$/)
  assert.equal(await passed.text(), 'GET /?q=sesame 0 false')
  const { answer } = await exchangeRaw(
    tidegate.httpPort,
    `GET /?q=sesame HTTP/1.1\r\nHost: a b\r\nTidegate-Test: ${TOKEN}\r\n\r\n`,
  )
  assert.match(answer, /^HTTP\/1\.1 400 /)
  assert.match(headerOf(answer, 'tidegate-waf') ?? '', /^100,/)
  const event = await tidegate.event(headerOf(answer, 'tidegate-ray') ?? '')
  assert.equal(event.decision.verdict, 'refuse')
  assert.equal((event.facts['waf.rule_ids'] as unknown[])[0], 100)
  const logged = await tidegate.event(ray(passed))
  assert.ok(!JSON.stringify(logged).includes(TOKEN))
})

test('rules and settings change under load without losing a request', async (t) => {
  const { tidegate, home } = await start(t, '{ mode: block, rules: [crs] }')
  const agent = new Agent({ keepAlive: true, maxSockets: 8 })
  t.after(() => agent.destroy())
  const status = (target: string): Promise<string> =>
    new Promise((resolve) => {
      get({ agent, port: tidegate.httpPort, host: '127.0.0.1', path: target }, (response) => {
        response.resume().on('end', () => resolve(String(response.statusCode)))
      }).on('error', (error) => resolve(error.message))
    })
  const seen = new Set<string>()
  let running = true
  const client = async (target: string): Promise<void> => {
    while (running) seen.add(`${target} ${await status(target)}`)
  }
  const load = [...Array.from({ length: 6 }, () => client('/open')), client('/?q=always')]
  for (let i = 1; i <= 10; i++) {
    writeRules(home, `always|word-${i}`.split('|')[i % 2])
    const answer = await tidegate.api('/api/v1/policy/reload', { method: 'POST' })
    assert.equal(answer.status, 200, await answer.text())
    assert.equal(await status(`/?q=word-${i}`), i % 2 === 1 ? '403' : '200')
  }
  writeRules(home, 'always')
  const config = path.join(home, 'tidegate.yaml')
  writeFileSync(config, readFileSync(config, 'utf8').replace('mode: block', 'mode: log'))
  await eventually('the mode of the file', async () => ((await status('/?q=always')) === '200' ? true : undefined))
  running = false
  await Promise.all(load)
  assert.deepEqual([...seen].sort(), ['/?q=always 200', '/?q=always 403', '/open 200'])
})

test('a faulty rule file is refused with its own place, and what ran before runs on', async (t) => {
  const { tidegate, home } = await start(t, '{ mode: block, rules: [crs] }')
  const file = path.join(home, 'own-rules', 'own.conf')
  writeFileSync(file, `${readFileSync(file, 'utf8')}\nSecRule ARGS "@contians x" "id:101,phase:2,deny"\n`)
  const refused = await tidegate.command('reload')
  assert.equal(refused.exitCode, 2)
  assert.match(refused.stderr, /own\.conf:4:\d+: .*contians.*contains/)
  const checked = await tidegate.command('check')
  assert.match(checked.stdout, /error +waf: .*own\.conf:4:\d+: /)
  assert.equal((await fetch(`${tidegate.origin}/?q=sesame`)).status, 403)
})

test('counters tell how many requests were judged and stopped', async (t) => {
  const { tidegate } = await start(t, '{ mode: block }')
  await fetch(`${tidegate.origin}/`)
  await fetch(`${tidegate.origin}/?${ATTACK}`)
  const text = await eventually('the counters', async () => {
    const metrics = await (await tidegate.api('/metrics')).text()
    return metrics.includes('tidegate_waf_inspected_total{mode="block"} 2') ? metrics : undefined
  })
  assert.match(text, /tidegate_waf_blocked_total\{class="sqli"\} 1/)
  assert.match(text, /tidegate_waf_cpu_microseconds_total \d+/)
})
