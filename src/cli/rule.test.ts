import assert from 'node:assert/strict'
import test from 'node:test'
import { makeFolder, runCli } from './testing/cli-process.ts'

const ROWS = [
  '{"http.host":"a.test","ip.src":"10.1.2.3","http.response.code":200}',
  '{"http.host":"b.test","ip.src":"2001:db8::1"}',
  '{}',
  '{"http.host":null,"http.request.headers":{"X-A":"1"}}',
].join('\n')

const MATCHES: readonly (readonly [string, readonly boolean[], string])[] = [
  ['http.host == "a.test"', [true, false, false, false], 'equality'],
  ['not http.host == "a.test"', [false, true, true, true], 'absent is not equal'],
  ['ip.src in {10.0.0.0/8 2001:db8::/32}', [true, true, false, false], 'addresses of both families'],
  ['http.response.code in {200..299}', [true, false, false, false], 'integers'],
  [
    'any(http.request.headers["x-a"][*] == "1")',
    [false, false, false, true],
    'a string stands for an array of one, keys are folded',
  ],
]

test('rule test answers for each row, from a file and from standard input', async () => {
  const folder = makeFolder({ 'rows.ndjson': ROWS })
  try {
    for (const [expression, expected, why] of MATCHES) {
      const lines = expected.map((match) => `{"match":${match}}\n`).join('')
      const fromFile = await runCli(['rule', 'test', expression, '--input', 'rows.ndjson', '--json'], {
        cwd: folder.path,
      })
      assert.deepEqual([fromFile.stdout, fromFile.code], [lines, 0], why)
    }
    const piped = await runCli(['rule', 'test', 'http.host == "a.test"', '-i', '-', '--json'], {
      cwd: folder.path,
      input: ROWS,
    })
    assert.equal(piped.stdout, '{"match":true}\n{"match":false}\n{"match":false}\n{"match":false}\n')
  } finally {
    folder.remove()
  }
})

test('text above 0xff stands for its UTF-8 bytes, other characters are bytes', async () => {
  const input = ['{"http.host":"\u20ac"}', '{"http.host":"\\u00e2\\u0082\\u00ac"}', '{"http.host":"\\u00e9"}'].join(
    '\n',
  )
  const cwd = process.cwd()
  const euro = await runCli(['rule', 'test', 'http.host == "\u20ac"', '-i', '-', '--json'], { cwd, input })
  assert.equal(euro.stdout, '{"match":true}\n{"match":true}\n{"match":false}\n')
  const byte = await runCli(['rule', 'test', 'http.host == "\\xe9"', '-i', '-', '--json'], { cwd, input })
  assert.equal(byte.stdout, '{"match":false}\n{"match":false}\n{"match":true}\n')
})

test('a faulty row gets an error on its line, the others are answered, and the exit code is 1', async () => {
  const input =
    '{"http.host":"a.test"}\n{"http.host":7}\nno json\n[1]\n\n{"ip.src":"10.0.0.300","http.host":"a.test"}\n'
  const result = await runCli(['rule', 'test', 'http.host == "a.test"', '-i', '-', '--json'], {
    cwd: process.cwd(),
    input,
  })
  assert.equal(result.code, 1)
  const lines = result.stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { match?: boolean; error?: string })
  assert.equal(lines[0].match, true)
  assert.match(lines[1].error ?? '', /^line 2: http\.host must be a string, not 7$/)
  assert.match(lines[2].error ?? '', /^line 3: this is no JSON/)
  assert.match(lines[3].error ?? '', /^line 4: a JSON object/)
  assert.equal(lines[4].match, true, 'a field that the expression does not read is not checked')
  assert.match(result.stderr, /3 faulty rows/)
})

test('a faulty expression exits with 2 and shows the place on standard error only', async () => {
  const result = await runCli(['rule', 'test', 'http.hots == "a"', '-i', '-', '--json'], { cwd: process.cwd() })
  assert.deepEqual([result.code, result.stdout], [2, ''])
  assert.match(result.stderr, /1:1: .*\n {2}http\.hots == "a"\n {2}\^{9}\n {2}did you mean `http\.host`/)
})

test('named lists come from the policy of a configuration', async () => {
  const folder = makeFolder({
    'tidegate.yaml':
      'console: { listen: 127.0.0.1:0 }\npolicy: ./policy\nedge:\n  listeners: [{ address: 127.0.0.1:0 }]\n  sites: [{ name: a, hosts: ["*"], origins: [http://127.0.0.1:9] }]\n',
    'policy/lists.yaml': 'lists:\n  office: [10.0.0.0/8]\n',
  })
  try {
    const args = ['rule', 'test', 'ip.src in $office', '-i', '-', '--json']
    const input = '{"ip.src":"10.9.9.9"}\n{"ip.src":"192.0.2.1"}\n'
    const known = await runCli([...args, '--config', 'tidegate.yaml'], { cwd: folder.path, input })
    assert.deepEqual([known.stdout, known.code], ['{"match":true}\n{"match":false}\n', 0], known.stderr)
    const unknown = await runCli(args, { cwd: folder.path, input })
    assert.equal(unknown.code, 2)
    assert.match(unknown.stderr, /office/)
  } finally {
    folder.remove()
  }
})

test('rule compile writes each target, and refuses with the place what a target cannot say', async () => {
  const cwd = process.cwd()
  const sql = await runCli(['rule', 'compile', 'http.host == "it\'s"', '--target', 'duckdb', '--json'], { cwd })
  const { text, parameters } = JSON.parse(sql.stdout) as { text: string; parameters: string[] }
  assert.match(text, /"http\.host" = \$1/)
  assert.deepEqual(parameters, ["it's"], 'user text is bound, never spliced')
  const filter = await runCli(['rule', 'compile', 'http.host == "a.test"', '-t', 'display-filter'], { cwd })
  assert.match(filter.stdout, /http\.host == "a\.test"/)
  const script = await runCli(['rule', 'compile', 'http.host == "a.test"', '-t', 'js'], { cwd })
  assert.match(script.stdout, /=== "a\.test"/)
  const packets = 'udp.srcport == 53 and ip.len > 1000 and not ip.src in {10.0.0.0/8}'
  const bytecode = await runCli(['rule', 'compile', packets, '-t', 'bpf'], { cwd })
  assert.match(bytecode.stdout, /if w1 != 53 goto pass\n[^]*drop:\n\d+ {2}r0 = 1\n/)
  const chains = await runCli(['rule', 'compile', packets, '-t', 'nft'], { cwd })
  assert.match(chains.stdout, /^table netdev tidegate \{\n[^]*@th,0,16 53 @nh,16,16 1001-65535 ip saddr/)
  const split = await runCli(['rule', 'compile', 'udp.srcport == 53 and l4.payload contains "x"', '-t', 'bpf'], { cwd })
  assert.equal(split.code, 2)
  assert.match(
    split.stderr,
    /not possible in bpf[^]*the kernel can ask `udp.srcport == 53` first, and user space the rest/,
  )
  const refused = await runCli(['rule', 'compile', 'ssl and tls.version == "TLSv1.3"', '-t', 'display-filter'], { cwd })
  assert.equal(refused.code, 2)
  assert.match(refused.stderr, /display-filter.*\n.*\n +\^+/)
})

test('rule explain names what an expression reads, and why a row matches', async () => {
  const cwd = process.cwd()
  const facts = await runCli(['rule', 'explain', 'http.host eq "a.test" && ip.src in {10.0.0.0/8}', '--json'], { cwd })
  const parsed = JSON.parse(facts.stdout) as { fields: { name: string }[]; targets: { target: string }[] }
  assert.deepEqual(
    parsed.fields.map(({ name }) => name),
    ['http.host', 'ip.src'],
  )
  assert.deepEqual(
    parsed.targets.map(({ target }) => target),
    ['js', 'duckdb', 'display-filter', 'bpf', 'nft'],
  )
  const input = '{"http.host":"a.test","ip.src":"10.0.0.1"}\n'
  const rows = await runCli(['rule', 'explain', 'http.host eq "b.test" or ip.src in {10.0.0.0/8}', '-i', '-'], {
    cwd,
    input,
  })
  assert.match(rows.stdout, /true {2}.* or /)
  assert.match(rows.stdout, /false http\.host .*= "a\.test"/)
  assert.match(rows.stdout, /true {2}ip\.src .*= "10\.0\.0\.1"/, 'an address is shown as text')
})

test('rule fields finds by pattern, and says when nothing is found', async () => {
  const cwd = process.cwd()
  const found = await runCli(['rule', 'fields', 'uri*path', '--json'], { cwd })
  const names = (JSON.parse(found.stdout) as { name: string }[]).map(({ name }) => name)
  assert.ok(names.includes('http.request.uri.path') && names.includes('raw.http.request.uri.path'))
  const none = await runCli(['rule', 'fields', 'nothing-like-this'], { cwd })
  assert.deepEqual([none.code, none.stdout], [1, ''])
})
