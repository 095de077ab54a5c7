import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { TidegateError } from '#kernel'
import fc from 'fast-check'
import { loadConfig, parseConfig } from './load-config.ts'
import { InvalidFilesError } from './source/problem.ts'
import { starterFiles } from './starter.ts'

const directory = mkdtempSync(join(tmpdir(), 'tidegate-config-'))
after(() => rmSync(directory, { recursive: true }))

const GOOD = `console: { listen: 127.0.0.1:9090, tokens: [{ name: ops, secretEnv: TIDEGATE_TOKEN, scopes: [admin] }] }
data: ./data
policy: /etc/tidegate/policy
edge:
  workers: 2
  listeners:
    - { address: 127.0.0.1:8080 }
    - { address: "[::1]:8081", proxyProtocol: true, minTlsVersion: 1.3 }
    - 127.0.0.1:0
    - 127.0.0.1:0
  sites:
    - name: shop
      hosts: [Shop.Test, "*.shop.test", bücher.test.]
      origins:
        - http://127.0.0.1:9000
        - { url: "https://[::1]", verify: false, serverName: app.internal, maxConnections: 7 }
      balance: least-connections
      health: { maxFailures: 2, ejectFor: 1.5s, active: { path: /up, interval: 5s, expectStatus: [200, 301-303] } }
      bodyLimit: 1GiB
      upgrade: [WebSocket]
    - { name: rest, hosts: ["*"], origins: [http://127.0.0.1:9001/] }
  trustedProxies: [10.0.0.0/8, ::1]
  timeouts: { head: 500ms }
  limits:
events: { retention: 24h, retentionSize: 10GB, sensitiveHeaders: [X-Token], redact: [http.user_agent] }
`

test('a whole configuration', () => {
  const config = parseConfig(GOOD, join(directory, 'tidegate.yaml'))
  assert.equal(config.file, join(directory, 'tidegate.yaml'))
  assert.equal(config.dataDirectory, join(directory, 'data'))
  assert.equal(config.policyDirectory, '/etc/tidegate/policy')
  assert.deepEqual(config.console, {
    listen: { host: '127.0.0.1', port: 9090 },
    tokens: [{ name: 'ops', secretEnv: 'TIDEGATE_TOKEN', scopes: ['admin'] }],
  })
  assert.deepEqual(config.edge.listeners[1], {
    host: '::1',
    port: 8081,
    tls: false,
    proxyProtocol: true,
    http2: true,
    minTlsVersion: 'TLSv1.3',
  })
  const [shop, rest] = config.edge.sites
  assert.deepEqual(shop.hosts, ['shop.test', '*.shop.test', 'xn--bcher-kva.test'])
  assert.deepEqual(shop.origins, [
    { url: 'http://127.0.0.1:9000', secure: false, host: '127.0.0.1', port: 9000, verify: true, maxConnections: 256 },
    {
      url: 'https://[::1]',
      secure: true,
      host: '::1',
      port: 443,
      verify: false,
      serverName: 'app.internal',
      maxConnections: 7,
    },
  ])
  assert.deepEqual(shop.health, {
    maxFailures: 2,
    ejectMs: 1500,
    active: {
      path: '/up',
      intervalMs: 5000,
      timeoutMs: 2000,
      healthyAfter: 2,
      unhealthyAfter: 3,
      expectStatus: [200, 301, 302, 303],
    },
  })
  assert.equal(shop.bodyLimitBytes, 2 ** 30)
  assert.deepEqual(shop.upgrade, ['websocket'])
  assert.equal(rest.origins[0].url, 'http://127.0.0.1:9001')
  assert.deepEqual(config.edge.trustedProxies, [
    { first: 0x0a00_0000, last: 0x0aff_ffff },
    { first: 1n, last: 1n },
  ])
  assert.equal(config.edge.timeouts.headMs, 500)
  assert.equal(config.edge.timeouts.originConnectMs, 5000)
  assert.equal(config.edge.limits.headBytes, 32_768)
  assert.equal(config.events.retentionSeconds, 86_400)
  assert.equal(config.events.retentionBytes, 10_000_000_000)
  assert.deepEqual(config.events.sensitiveHeaders, ['x-token'])
  assert.deepEqual(structuredClone(config), config, 'it is plain data')
})

test('the smallest configuration has sensible defaults', () => {
  const config = parseConfig(
    'edge: { listeners: [":8080"], sites: [{ name: a, hosts: ["*"], origins: [http://a:1] }] }',
    'x.yaml',
  )
  assert.equal(config.edge.workers, Math.min(availableParallelism(), 4))
  assert.ok(['::', '0.0.0.0'].includes(config.edge.listeners[0].host))
  assert.deepEqual(config.console.listen, { host: '127.0.0.1', port: 9090 })
  assert.equal(config.events.retentionSeconds, 30 * 86_400)
  assert.ok(config.events.sensitiveHeaders.includes('authorization'))
})

const SITE = '{ name: a, hosts: [a.test], origins: [http://a] }'

/** Text, then what is said about it, line by line. */
const FAULTS: readonly (readonly [text: string, ...messages: readonly (string | RegExp)[]])[] = [
  ['', '1:1: the file is empty; expected a mapping with the key `edge`'],
  ['# only a comment\n', '1:1: the file is empty; expected a mapping with the key `edge`'],
  ['- a', '1:1: expected a mapping, got a list'],
  ['edge:', '1:6: missing key `edge` (The reverse proxy)'],
  ['a: 1\na: 2', '2:1: Map keys must be unique'],
  ['a: {', /^c\.yaml:1:\d+: /],
  ['---\na: 1\n---\na: 1', '4:1: expected one YAML document, got several (`---`)'],
  ['a: &x [*x]', /^c\.yaml:1:1: the YAML cannot be read: it is nested too deeply, or an alias contains itself$/],
  ['['.repeat(50_000), /^c\.yaml:/],
  ['edge:\n  listeners: [[::1]:80]', /put an IPv6 address in quotes/],
  ['edge: { sites: [{ hosts: [*.a.test] }] }', /put a value that begins with \* in quotes/],
  [
    `edg: 1\nedge:\n  listeners: [127.0.0.1:1]\n  workrs: 2\n  sites: [${SITE}]`,
    '1:1: unknown key `edg`; did you mean `edge`?',
    '4:3: unknown key `workrs` in edge; did you mean `workers`?',
  ],
  [
    `edge:\n  listeners:\n    - adress: 127.0.0.1:1\n      tls: yes\n  sites: [${SITE}]`,
    /^c\.yaml:3:7: missing key `address` in edge\.listeners\[0\]/,
    '3:7: unknown key `adress` in edge.listeners[0]; did you mean `address`?',
    '4:12: edge.listeners[0].tls: expected true or false, got "yes"',
  ],
  [
    `edge:\n  workers: 0\n  listeners: [8080, "127.0.0.1:70000"]\n  sites: []`,
    '2:12: edge.workers: expected at least 1, got 0',
    '3:15: edge.listeners[0]: expected a mapping, got 8080',
    /^c\.yaml:3:21: edge\.listeners\[1\]\.address: expected an address with a port, such as .*, got "127\.0\.0\.1:70000"$/,
    '4:10: edge.sites: expected at least 1 element, got an empty list',
  ],
  [
    `edge:\n  listeners: [127.0.0.1:1]\n  sites: [${SITE}]\n  timeouts: { head: 5, idle: 5y, drain: 90d }\n  limits: { head: 64 }`,
    '4:21: edge.timeouts.head: expected a duration with its unit, such as 500ms, 5s, 10m, 24h or 30d, got 5',
    '4:30: edge.timeouts.idle: expected a duration with its unit, such as 500ms, 5s, 10m, 24h or 30d, got "5y"',
    '4:41: edge.timeouts.drain: expected a duration from 100ms to 1h, got "90d"',
    '5:19: edge.limits.head: expected a size with its unit, such as 512B, 64KiB, 1MiB or 10GB, got 64',
  ],
  [
    'edge:\n  listeners: [127.0.0.1:1]\n  sites:\n    - name: a b\n      hosts: ["*.*.x", "a.test:80", "http://a", ""]\n      origins: [http://a/b, "http://u:secret@a", ftp://a]\n      balance: round-robbin',
    '4:13: edge.sites[0].name: expected a name of letters, digits, _, . and -, got "a b"',
    /^c\.yaml:5:15: edge\.sites\[0\]\.hosts\[0\]: .*the asterisk may only stand for whole labels at the beginning$/,
    /^c\.yaml:5:24: .*the port belongs to the listener$/,
    /^c\.yaml:5:37: .*without a scheme or path$/,
    /^c\.yaml:5:49: .*expected a host name/,
    /^c\.yaml:6:17: edge\.sites\[0\]\.origins\[0\]\.url: expected an origin URL without path and query.*`rewrite` rule/,
    /^c\.yaml:6:29: .*got "http:\/\/\.\.\.@a"; add an Authorization header/,
    /^c\.yaml:6:50: .*expected the URL of an origin/,
    '7:16: edge.sites[0].balance: expected round-robin or least-connections, got "round-robbin"; did you mean `round-robin`?',
  ],
  [
    `edge:\n  listeners: [127.0.0.1:1]\n  sites: [${SITE}]\nevents: { redact: [http.hots] }`,
    '4:20: events.redact[0]: expected the name of a field, got "http.hots"; did you mean `http.host`?',
  ],
  [
    `edge:\n  listeners: [127.0.0.1:1, 127.0.0.1:1, { address: 127.0.0.1:9090, tls: true }]\n  sites: [${SITE}, { name: a, hosts: [A.test], origins: [{ url: http://a, ca: x }] }]\n  certificates:`,
    '2:28: edge.listeners[1].address: 127.0.0.1:1 is already the address of edge.listeners[0]',
    '2:52: edge.listeners[2].address: 127.0.0.1:9090 is already the address of console.listen',
    /^c\.yaml:2:73: edge\.listeners\[2\]\.tls: a TLS listener needs a certificate/,
    '3:70: edge.sites[1].name: there are two sites named a',
    '3:81: edge.sites[1].hosts[0]: host a.test already belongs to site a',
    '3:121: edge.sites[1].origins[0].ca: this key is for https origins only',
    /^c\.yaml:3:121: edge\.sites\[1\]\.origins\[0\]\.ca: cannot read .*x: no such file$/,
  ],
]

for (const [text, ...expected] of FAULTS) {
  test(`a fault is named with its place: ${JSON.stringify(text.slice(0, 60))}`, () => {
    assert.throws(
      () => parseConfig(text, 'c.yaml'),
      (error) => {
        assert.ok(error instanceof InvalidFilesError)
        assert.equal(error.code, 'ERR_CONFIG_INVALID')
        const lines = error.message.split('\n')
        for (const [index, message] of expected.entries()) {
          if (typeof message === 'string') assert.equal(lines[index], `c.yaml:${message}`)
          else assert.match(lines[index] ?? '', message)
        }
        assert.equal(lines.length, expected.length, error.message)
        return true
      },
    )
  })
}

const withPair = (cert: string, key: string): string =>
  `edge:\n  listeners: [{ address: 127.0.0.1:1, tls: true }]\n  sites: [${SITE}]\n  certificates:\n    - cert: tls/${cert}\n      key: tls/${key}\n`

test('certificates: pairs are accepted, and what is wrong names file and reason', () => {
  mkdirSync(join(directory, 'tls'))
  const at = (name: string): string => join(directory, 'tls', name)
  for (const name of ['a', 'b']) {
    const names = ['-keyout', at(`${name}.key`), '-out', at(`${name}.crt`), '-subj', `/CN=${name}.test`]
    execFileSync(
      'openssl',
      ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2', ...names],
      { stdio: 'ignore' },
    )
  }
  writeFileSync(at('text.pem'), 'not a certificate')
  const file = join(directory, 'tidegate.yaml')
  const config = parseConfig(withPair('a.crt', 'a.key'), file)
  assert.deepEqual(config.edge.certificates, [{ certFile: at('a.crt'), keyFile: at('a.key') }])
  const faults: readonly (readonly [string, string, RegExp])[] = [
    ['none.crt', 'a.key', /:5:13: edge\.certificates\[0\]\.cert: cannot read .*none\.crt: no such file$/],
    ['a.crt', 'none.key', /:6:12: edge\.certificates\[0\]\.key: cannot read .*none\.key: no such file$/],
    ['text.pem', 'a.key', /:5:13: edge\.certificates\[0\]\.cert: .*text\.pem holds no certificate in PEM/],
    ['a.crt', 'text.pem', /:6:12: edge\.certificates\[0\]\.key: .*text\.pem holds no unencrypted private key in PEM/],
    ['a.crt', 'b.key', /:6:12: edge\.certificates\[0\]\.key: .*b\.key is not the key of the certificate in .*a\.crt$/],
  ]
  for (const [cert, key, message] of faults) assert.throws(() => parseConfig(withPair(cert, key), file), { message })
})

test('an unreadable file says so and what to do', () => {
  const missing = join(directory, 'none.yaml')
  assert.throws(() => loadConfig(missing), {
    code: 'ERR_CONFIG_UNREADABLE',
    message: `cannot read the configuration ${missing}: no such file`,
  })
  const binary = join(directory, 'binary.yaml')
  writeFileSync(binary, Buffer.from([0x61, 0xff, 0xfe]))
  assert.throws(() => loadConfig(binary), { code: 'ERR_CONFIG_UNREADABLE', message: /not UTF-8 text$/ })
})

test('the starter configuration is valid', () => {
  const [starter] = starterFiles()
  const config = parseConfig(starter.text, join(directory, 'tidegate.yaml'))
  assert.equal(config.edge.sites[0].name, 'app')
  const switchedOn = starter.text
    .replaceAll(/^(\s*)# (workers|tokens|trustedProxies|  - \{ name)/gm, '$1$2')
    .replace('  tokens: []\n', '')
  assert.equal(parseConfig(switchedOn, join(directory, 'tidegate.yaml')).edge.workers, 2)
})

test('nothing but a TidegateError comes out of broken text', () => {
  const texts = [GOOD, ...starterFiles().map(({ text }) => text)]
  const mutation = fc.record({
    text: fc.constantFrom(...texts),
    at: fc.double({ min: 0, max: 1, noNaN: true }),
    cut: fc.nat(20),
    insert: fc.oneof(
      fc.string(),
      fc.constantFrom(
        '__proto__',
        '{',
        '[',
        '- ',
        '"',
        "'",
        '|',
        '>',
        '&a ',
        '*a',
        '!!binary ',
        '? ',
        ':',
        '\n',
        '\t',
        '#',
        '%YAML 1.1',
        '<<: ',
        '.inf',
        '1e999',
        '!!set',
      ),
    ),
  })
  fc.assert(
    fc.property(mutation, ({ text, at, cut, insert }) => {
      const start = Math.floor(at * text.length)
      try {
        parseConfig(text.slice(0, start) + insert + text.slice(start + cut), 'mutated.yaml')
      } catch (error) {
        assert.ok(error instanceof TidegateError, String(error))
      }
    }),
    { numRuns: 1000 },
  )
})
