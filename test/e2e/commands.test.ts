import assert from 'node:assert/strict'
import { execFile, spawn } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import test from 'node:test'
import { promisify } from 'node:util'
import vm from 'node:vm'
import { DuckDBInstance } from '@duckdb/node-api'
import { skipWithout } from '../debian-tools.ts'
import { httpGet } from './testing/http-client.ts'
import { startHttpOrigin } from './testing/origins.ts'
import { eventually, freePorts, runTidegate, temporaryFolder } from './testing/tidegate-process.ts'

const runFile = promisify(execFile)

test('init, check, up and trace: a starter works as it is written', async (t) => {
  const folder = temporaryFolder(t)
  const run = (...args: string[]): ReturnType<typeof runTidegate> => runTidegate(args, {}, '', folder)
  const made = await run('init')
  assert.equal(made.exitCode, 0, made.stderr)
  assert.deepEqual(made.stdout.trim().split('\n').toSorted(), ['policy/edge.yaml', 'tidegate.yaml'])
  const again = await run('init')
  assert.equal(again.exitCode, 2, 'it overwrites nothing')
  assert.match(again.stderr, /exist already/)

  const origin = await startHttpOrigin(t, (_, response) => response.end('the application'))
  const [edgePort, consolePort] = await freePorts(2)
  const file = path.join(folder, 'tidegate.yaml')
  const starter = readFileSync(file, 'utf8')
  const ports = { '8080': edgePort, '9090': consolePort, '9000': origin.port }
  writeFileSync(
    file,
    starter.replaceAll(/127\.0\.0\.1:(\d+)/g, (_, port: keyof typeof ports) => `127.0.0.1:${ports[port]}`),
  )
  const checked = await run('check')
  assert.equal(checked.exitCode, 0, checked.stdout + checked.stderr)

  const child = spawn(process.execPath, [path.resolve('bin/tidegate.mjs'), 'up', '--config', 'tidegate.yaml'], {
    cwd: folder,
    stdio: 'ignore',
  })
  const ended = new Promise((resolve) => child.on('exit', resolve))
  t.after(() => child.kill('SIGKILL'))
  const answer = await eventually('an answer', () => httpGet(edgePort, '/').catch(() => undefined), 30_000)
  assert.equal(answer.body, 'the application')
  assert.equal(answer.headers['x-content-type-options'], 'nosniff')
  assert.equal((await httpGet(edgePort, '/.git/config')).status, 404)
  const shown = await eventually('its event', async () => {
    const result = await run('event', 'show', String(answer.headers['tidegate-ray']), '--json')
    return result.exitCode === 0 ? result : undefined
  })
  assert.equal((JSON.parse(shown.stdout) as { decision: { verdict: string } }).decision.verdict, 'allow')
  child.kill('SIGTERM')
  assert.equal(await ended, 0)

  const traced = await run('trace', 'http', 'GET', 'https://shop.test/admin/x', '--ip', '203.0.113.7')
  assert.equal(traced.exitCode, 0, traced.stderr)
  assert.match(traced.stdout, /no-admin/)
  assert.match(traced.stdout, /ip\.src in \$office/)
  const json = await run('trace', 'http', 'GET', 'https://shop.test/admin/x', '--ip', '10.1.2.3', '--json')
  assert.doesNotMatch((JSON.parse(json.stdout) as { decision: { verdict: string } }).decision.verdict, /block/)
  const header = await run('trace', 'http', 'GET', 'https://shop.test/', '--header', 'Content-Length: x')
  assert.match(header.stdout, /bad-content-length/, 'what no rule would see is said too')
  const badIp = await run('trace', 'http', 'GET', 'https://shop.test/', '--ip', 'localhost')
  assert.equal(badIp.exitCode, 2)

  const gone = await run('event', 'list')
  assert.equal(gone.exitCode, 3, 'nothing answers any more')
  assert.match(gone.stderr, /tidegate up/)
})

test('rule test says true or false a line; a faulty expression and a faulty row say so', async () => {
  const rows = '{"http.host":"shop.test","ip.src":"192.0.2.7"}\n{"http.host":"b.test"}\n{}\n'
  const good = await runTidegate(['rule', 'test', 'http.host eq "shop.test"', '--input', '-', '--json'], {}, rows)
  assert.equal(good.exitCode, 0, good.stderr)
  assert.equal(good.stdout, '{"match":true}\n{"match":false}\n{"match":false}\n')

  const bad = await runTidegate(['rule', 'test', 'ip.src eq 1.2.3.4 and http.hosd eq "x"', '--input', '-'], {}, rows)
  assert.equal(bad.exitCode, 2)
  assert.equal(bad.stdout, '')
  const lines = bad.stderr.split('\n')
  const at = lines.findIndex((line) => line.includes('http.hosd eq'))
  const carets = /\^+/.exec(lines[at + 1])
  assert.equal(carets?.[0].length, 'http.hosd'.length)
  assert.equal(carets.index, lines[at].indexOf('http.hosd'), 'carets stand below the fault')
  assert.match(bad.stderr, /1:23/)
  assert.match(bad.stderr, /did you mean `http\.host`/)

  for (const [expression, message] of [
    ['http.host eq 5', /expected a string/],
    ['http.host matches "(?=a)"', /look/],
    ['ip.src in $nobody', /nobody/],
    ['http.host eq "open', /quote|string|unclosed|ends/i],
    ['', /expression|empty|expected/i],
  ] as const) {
    const result = await runTidegate(['rule', 'test', expression, '--input', '-'], {}, rows)
    assert.equal(result.exitCode, 2, expression)
    assert.match(result.stderr, message, expression)
    assert.doesNotMatch(result.stderr, /\n\s+at /, 'no stack trace')
  }

  const faulty = await runTidegate(
    ['rule', 'test', 'http.host eq "shop.test"', '--input', '-', '--json'],
    {},
    `{"http.host":"shop.test"}\nnonsense\n{"http.host":5}\n{"http.host":"shop.test"}\n`,
  )
  assert.equal(faulty.exitCode, 1)
  const answers = faulty.stdout.trim().split('\n')
  assert.deepEqual([answers[0], answers[3]], ['{"match":true}', '{"match":true}'], 'the other rows are judged')
  assert.match(answers[1], /^\{"error":"line 2: /)
  assert.match(answers[2], /^\{"error":"line 3: /)

  const missing = await runTidegate(['rule', 'test', 'ssl', '--input', '/no/such/file'])
  assert.equal(missing.exitCode, 2)
  assert.match(missing.stderr, /\/no\/such\/file/)
})

const EXPRESSION = 'http.host eq "shop.test" and ip.src in {192.0.2.0/24} and len(http.user_agent) > 3'

interface Compiled {
  readonly target: string
  readonly text: string
  readonly parameters?: string[]
}

async function compile(target: string): Promise<Compiled> {
  const result = await runTidegate(['rule', 'compile', EXPRESSION, '--target', target, '--json'])
  assert.equal(result.exitCode, 0, result.stderr)
  return JSON.parse(result.stdout) as Compiled
}

test('rule compile: the SQL runs in DuckDB, the JavaScript is JavaScript', async () => {
  const { text, parameters } = await compile('duckdb')
  const instance = await DuckDBInstance.create(':memory:')
  const connection = await instance.connect()
  await connection.run(
    'CREATE TABLE http (id INTEGER, "http.host" VARCHAR, "ip.src" UHUGEINT, "http.user_agent" VARCHAR)',
  )
  const address = (last: number): string => String((0xffffn << 32n) + 0xc0000200n + BigInt(last))
  await connection.run(`INSERT INTO http VALUES (1, 'shop.test', ${address(7)}, 'curl/9'), (2, 'shop.test', ${address(7)}, 'me'),
    (3, 'b.test', ${address(7)}, 'curl/9'), (4, 'shop.test', ${address(300)}, 'curl/9'), (5, NULL, NULL, NULL)`)
  const reader = await connection.runAndReadAll(`SELECT id FROM http WHERE ${text}`, parameters)
  assert.deepEqual(reader.getRowsJS(), [[1]])
  connection.closeSync()
  instance.closeSync()

  const javascript = await compile('js')
  assert.doesNotThrow(() => new vm.Script(javascript.text))
  const unknown = await runTidegate(['rule', 'compile', EXPRESSION, '--target', 'cobol'])
  assert.equal(unknown.exitCode, 2)
  assert.match(unknown.stderr, /duckdb/, 'it names what there is')
})

test('rule compile: tshark takes the display filter', { skip: skipWithout('tshark') }, async (t) => {
  const capture = path.join(temporaryFolder(t), 'empty.pcap')
  const header = Buffer.alloc(24)
  header.writeUInt32LE(0xa1b2c3d4, 0)
  header.writeUInt16LE(2, 4)
  header.writeUInt16LE(4, 6)
  header.writeUInt32LE(1, 20)
  writeFileSync(capture, header)
  const { text } = await compile('display-filter')
  await runFile('tshark', ['-r', capture, '-Y', text])
  await assert.rejects(runFile('tshark', ['-r', capture, '-Y', `${text} and no.such.field`]), 'it does check')
  const refused = await runTidegate(['rule', 'compile', 'site.name eq "a"', '--target', 'display-filter'])
  assert.equal(refused.exitCode, 2)
  assert.match(refused.stderr, /site\.name/)
  assert.match(refused.stderr, /\^\^\^/)
})

test('bash completes commands, subcommands and options', async () => {
  const script = await runTidegate(['completion', 'bash'])
  assert.equal(script.exitCode, 0)
  const complete = async (...words: string[]): Promise<string[]> => {
    const quoted = ['tidegate', ...words].map((word) => `'${word}'`).join(' ')
    const { stdout } = await runFile('bash', [
      '--norc',
      '-c',
      `${script.stdout}\nCOMP_WORDS=(${quoted}); COMP_CWORD=${words.length}; _tidegate; printf '%s\\n' "\${COMPREPLY[@]}"`,
    ])
    return stdout.trim().split('\n')
  }
  assert.ok((await complete('')).includes('event'))
  assert.deepEqual(await complete('ch'), ['check'])
  assert.deepEqual(await complete('rule', 'co'), ['compile'])
  assert.ok((await complete('event', 'list', '--')).includes('--since'))
  assert.deepEqual(await complete('completion', 'ba'), ['bash'])
  assert.deepEqual(await complete('rule', 'compile', '-t', 'd'), ['duckdb', 'display-filter'])
  assert.deepEqual(await complete('capture', 'analyze', ''), [''], 'the shell offers files')
  assert.deepEqual(await complete('capture', 'filter', '-o', ''), [''], 'and here')
  assert.ok((await complete('replay', '')).includes('--rule'))
})

test('every command explains itself, and a wrong use of any is exit code 2', async () => {
  const commands = async (words: readonly string[]): Promise<string[][]> => {
    const help = await runTidegate([...words, '--help'])
    assert.equal(help.exitCode, 0, words.join(' '))
    assert.match(help.stdout, new RegExp(`^Usage: tidegate ${words.join(' ')}`))
    const [, list = ''] = help.stdout.split(/^Commands:$/m)
    const names = [...list.matchAll(/^ {2}([a-z]+)(?: |$)/gm)]
      .map((match) => match[1])
      .filter((name) => name !== 'help')
    const below = await Promise.all(names.map((name) => commands([...words, name])))
    return [words.slice(), ...below.flat()]
  }
  const all = await commands([])
  assert.ok(all.length > 15, `${all.length} commands`)
  const leaves = all.filter(
    (words) => !all.some((other) => other.length > words.length && words.every((w, i) => other[i] === w)),
  )
  const wrong = await Promise.all(leaves.map((words) => runTidegate([...words, '--no-such-option'])))
  for (const [i, result] of wrong.entries()) {
    assert.equal(result.exitCode, 2, leaves[i].join(' '))
    assert.match(result.stderr, /no-such-option|argument|option/)
    assert.equal(result.stdout, '')
  }
  const version = await runTidegate(['version'])
  assert.match(version.stdout, /\d+\.\d+\.\d+/)
})

test('what needs the server says when it cannot be reached: exit code 3', async () => {
  const [port] = await freePorts(1)
  const ray = '0'.repeat(20)
  for (const command of [
    ['event', 'list'],
    ['event', 'show', ray],
    ['event', 'explain', ray],
    ['event', 'top', 'http.host'],
    ['reload'],
  ]) {
    const result = await runTidegate([...command, '--server', `http://127.0.0.1:${port}`, '--token', 'x'])
    assert.equal(result.exitCode, 3, command.join(' '))
    assert.match(result.stderr, new RegExp(`127\\.0\\.0\\.1:${port}`))
    assert.equal(result.stdout, '')
  }
})
