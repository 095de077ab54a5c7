import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { createHmac } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import test from 'node:test'
import { makeFolder, runCli } from './testing/cli-process.ts'

const USAGE: readonly (readonly [readonly string[], RegExp, string])[] = [
  [['nonsense'], /unknown command 'nonsense'/, 'unknown command'],
  [['rule', 'tset'], /unknown command 'tset'\s+\(Did you mean test\?\)/, 'a suggestion'],
  [['rule', 'test', 'ssl'], /required option .*--input/, 'missing option'],
  [['rule', 'compile', 'ssl', '-t', 'ebpf'], /Allowed choices are js, duckdb, display-filter/, 'unknown target'],
  [['rule', 'test', 'ssl', '-i', '/does/not/exist'], /--input \/does\/not\/exist cannot be read/, 'missing file'],
  [['event', 'list', '--limit', '0'], /whole number of at least 1/, 'bad number'],
  [['up', '--config', '/does/not/exist.yaml'], /\/does\/not\/exist\.yaml/, 'missing configuration'],
  [['trace', 'http', 'GET', '/relative', '--config', 'CONFIG'], /no absolute http or https URL/, 'relative URL'],
  [
    ['trace', 'http', 'GET', 'http://a.test/', '--ip', 'x', '--config', 'CONFIG'],
    /--ip "x" is no IP address/,
    'bad address',
  ],
]

const CONFIG = `console: { listen: 127.0.0.1:0 }
data: ./data
policy: ./policy
edge:
  listeners: [{ address: 127.0.0.1:0 }]
  sites: [{ name: shop, hosts: [shop.test], origins: [http://127.0.0.1:9] }]
`

test('wrong usage exits with 2, one clear message on standard error and nothing on standard output', async () => {
  const folder = makeFolder({ 'tidegate.yaml': CONFIG })
  try {
    for (const [args, message, why] of USAGE) {
      const known = args.map((word) => (word === 'CONFIG' ? join(folder.path, 'tidegate.yaml') : word))
      const result = await runCli(known, { cwd: folder.path })
      assert.deepEqual([result.code, result.stdout], [2, ''], why)
      assert.match(result.stderr, message, why)
      assert.doesNotMatch(result.stderr, /\n\s+at /, `${why}: no stack trace`)
    }
  } finally {
    folder.remove()
  }
})

test('a server that does not answer is exit code 3', async () => {
  const closed = createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => closed.once('listening', resolve))
  const address = closed.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  await new Promise((resolve) => closed.close(resolve))
  const result = await runCli(['event', 'list', '--server', `http://127.0.0.1:${port}`], { cwd: process.cwd() })
  assert.equal(result.code, 3)
  assert.match(result.stderr, /no answer from the server at http:\/\/127\.0\.0\.1:\d+ .*ECONNREFUSED/)
})

test('init writes a configuration that check accepts, and never writes over a file', async () => {
  const folder = makeFolder()
  try {
    const first = await runCli(['init', 'new/place'], { cwd: folder.path })
    assert.deepEqual([first.code, first.stdout], [0, 'new/place/tidegate.yaml\nnew/place/policy/edge.yaml\n'])
    const file = join(folder.path, 'new/place/tidegate.yaml')
    const text = readFileSync(file, 'utf8')
    // The starter's ports may be in use on this machine.
    writeFileSync(file, text.replace(/127\.0\.0\.1:(8080|9090)/g, '127.0.0.1:0'))
    const check = await runCli(['check', '--config', file, '--json'], { cwd: folder.path })
    const findings = JSON.parse(check.stdout) as { level: string; subject: string }[]
    assert.deepEqual(
      findings.filter(({ level }) => level === 'error'),
      [],
    )
    assert.equal(check.code, 0)
    const again = await runCli(['init', 'new/place'], { cwd: folder.path })
    assert.equal(again.code, 2)
    assert.match(again.stderr, /exist already/)
    assert.notEqual(readFileSync(file, 'utf8'), text, 'left as it was changed')
  } finally {
    folder.remove()
  }
})

test('check names every part that is faulty', async () => {
  const taken = createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => taken.once('listening', resolve))
  const address = taken.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  const folder = makeFolder({
    'tidegate.yaml': CONFIG.replace('address: 127.0.0.1:0', `address: 127.0.0.1:${port}`),
    'policy/edge.yaml': 'phase: firewall_custom\nrules:\n  - { id: a, when: ssl eq, action: block }\n',
  })
  try {
    const result = await runCli(['check'], { cwd: folder.path })
    assert.equal(result.code, 2)
    assert.match(result.stdout, /^error +policy: .*policy\/edge\.yaml:3:\d+: /m)
    assert.match(result.stdout, new RegExp(`^error +edge\\.listeners\\[0\\]\\.address: .*127\\.0\\.0\\.1:${port}`, 'm'))
    assert.match(result.stdout, /^ok +configuration: /m)
  } finally {
    folder.remove()
    await new Promise((resolve) => taken.close(resolve))
  }
})

test('trace explains a request that was never sent', async () => {
  const folder = makeFolder({
    'tidegate.yaml': CONFIG,
    'policy/edge.yaml': `lists: { office: [10.0.0.0/8] }
---
phase: firewall_custom
rules:
  - { id: no-admin, when: 'http.request.uri.path wildcard "/admin*" and not ip.src in $office', action: block }
  - { id: agents, when: 'any(lower(http.request.headers["user-agent"][*]) contains "scan")', action: block }
`,
  })
  try {
    const trace = (...args: string[]) => runCli(['trace', 'http', ...args], { cwd: folder.path })
    const blocked = await trace('GET', 'https://shop.test/a/../admin?x=1', '--ip', '192.0.2.1')
    assert.equal(blocked.code, 0, blocked.stderr)
    assert.match(blocked.stdout, /^GET shop\.test\/admin\?x=1: site shop$/m)
    assert.match(blocked.stdout, /matched +no-admin \(block\)/)
    assert.match(blocked.stdout, /false ip\.src in \$office +.*= "192\.0\.2\.1"/)
    assert.match(blocked.stdout, /not-reached +agents/)
    const office = JSON.parse((await trace('GET', 'https://shop.test/admin', '--ip', '10.0.0.9', '--json')).stdout) as {
      decision: { verdict: string }
    }
    assert.equal(office.decision.verdict, 'allow')
    const agent = await trace('GET', 'http://shop.test/', '-H', 'User-Agent: MegaScanner/1', '--json')
    assert.match(agent.stdout, /"ruleId": "agents"/)
    const refused = await trace('GET', 'http://shop.test/', '-H', 'Host: a', '-H', 'Host: b', '--json')
    assert.equal((JSON.parse(refused.stdout) as { status: number }).status, 400, 'refused by the parser of the edge')
  } finally {
    folder.remove()
  }
})

test('a link signed for an hour is valid by the time of the request', async () => {
  const rule = `not is_timed_hmac_valid("secret", http.request.uri, 3600, http.request.timestamp.sec, 8)`
  const folder = makeFolder({
    'tidegate.yaml': CONFIG,
    'policy/edge.yaml': `phase: firewall_custom\nrules: [{ id: unsigned, when: '${rule}', action: block }]\n`,
  })
  const signed = (secondsAgo: number): string => {
    const time = Math.floor(Date.now() / 1000) - secondsAgo
    const mac = createHmac('sha256', 'secret').update(`/file${time}`).digest('base64')
    return `http://shop.test/file?verify=${time}-${encodeURIComponent(mac)}`
  }
  try {
    for (const [url, verdict] of [
      [signed(60), 'allow'],
      [signed(3700), 'block'],
    ] as const) {
      const { stdout } = await runCli(['trace', 'http', 'GET', url, '--json'], { cwd: folder.path })
      assert.equal((JSON.parse(stdout) as { decision: { verdict: string } }).decision.verdict, verdict, url)
    }
  } finally {
    folder.remove()
  }
})

test('completion scripts are valid and know every command', async () => {
  const cwd = process.cwd()
  for (const shell of ['bash', 'zsh', 'fish']) {
    const { stdout, code } = await runCli(['completion', shell], { cwd })
    assert.equal(code, 0)
    for (const word of ['rule', 'explain', 'follow', 'completion'])
      assert.ok(stdout.includes(word), `${shell}: ${word}`)
    if (shell !== 'bash') continue
    const script = `${stdout}\nCOMP_WORDS=(tidegate event l); COMP_CWORD=2; _tidegate; echo "\${COMPREPLY[*]}"`
    assert.equal(execFileSync('bash', ['-c', script], { encoding: 'utf8' }), 'list\n')
  }
})

test('version says what runs', async () => {
  const { stdout } = await runCli(['version'], { cwd: process.cwd() })
  assert.match(stdout, /^tidegate \d+\.\d+\.\d+ \(Node 24\./)
})
