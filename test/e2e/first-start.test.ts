import assert from 'node:assert/strict'
import { type ChildProcess, execFile, execFileSync, spawn } from 'node:child_process'
import { chmodSync, copyFileSync, existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import test, { type TestContext } from 'node:test'
import { promisify } from 'node:util'
import { skipWithout } from '../debian-tools.ts'
import { httpGet } from './testing/http-client.ts'
import { startHttpOrigin } from './testing/origins.ts'
import { eventually, freePorts, runTidegate, temporaryFolder } from './testing/tidegate-process.ts'

const runFile = promisify(execFile)

/** Every file that a clone would have, with the dependencies of this checkout. */
function freshClone(t: TestContext): string {
  const folder = temporaryFolder(t)
  const listed = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    encoding: 'utf8',
    maxBuffer: 1 << 26,
  })
  for (const file of listed.split('\0')) {
    if (file === '' || !existsSync(file)) continue
    mkdirSync(path.join(folder, path.dirname(file)), { recursive: true })
    copyFileSync(file, path.join(folder, file))
  }
  symlinkSync(path.resolve('node_modules'), path.join(folder, 'node_modules'))
  return folder
}

function skipWithoutClone(): string | false {
  return existsSync('.git') ? skipWithout('curl') : 'needs the git checkout'
}

class NpmStart {
  readonly #child: ChildProcess
  readonly ended: Promise<number | null>
  output = ''

  constructor(t: TestContext, folder: string, args: readonly string[]) {
    this.#child = spawn('npm', ['start', '--', ...args], {
      cwd: folder,
      env: { ...process.env, NO_COLOR: '1' },
      stdio: ['ignore', 'pipe', 'pipe'],
      // A group of its own, as a shell gives it: Ctrl-C reaches all of it.
      detached: true,
    })
    for (const stream of [this.#child.stdout, this.#child.stderr])
      stream?.setEncoding('utf8').on('data', (text: string) => (this.output += text))
    this.ended = new Promise((resolve) => this.#child.on('exit', resolve))
    t.after(() => this.signal('SIGKILL'))
  }

  signal(signal: NodeJS.Signals): void {
    try {
      process.kill(-(this.#child.pid ?? 0), signal)
    } catch {
      // The whole group has ended.
    }
  }

  printed(pattern: RegExp): Promise<RegExpExecArray> {
    return eventually(
      `${pattern} in:\n${this.output}`,
      async () => {
        if (this.#child.exitCode !== null) throw new Error(`it ended with ${this.#child.exitCode}:\n${this.output}`)
        return pattern.exec(this.output) ?? undefined
      },
      60_000,
    )
  }
}

test(
  'npm start in a fresh clone runs the demo, and what it prints is true',
  { skip: skipWithoutClone() },
  async (t) => {
    const clone = freshClone(t)
    const [edgePort, consolePort] = await freePorts(2)
    const demo = new NpmStart(t, clone, ['--listen', `127.0.0.1:${edgePort}`, '--console', `127.0.0.1:${consolePort}`])
    await demo.printed(/Ctrl-C stops/)
    assert.match(demo.output, new RegExp(`edge +http://127\\.0\\.0\\.1:${edgePort}`))
    assert.match(demo.output, new RegExp(`console +http://127\\.0\\.0\\.1:${consolePort}`))

    // The very lines that it printed.
    const commands = demo.output
      .split('\n')
      .map((line) => line.trim())
      .filter((line) => /^(?:curl|node) /.test(line))
    const shell = async (command: string): Promise<string> =>
      (await runFile('bash', ['-c', command], { cwd: clone, env: { ...process.env, NO_COLOR: '1' } })).stdout
    const [allowed, blocked] = commands.filter((command) => command.startsWith('curl -i'))
    assert.match(await shell(allowed), /^HTTP\/1\.1 200 /)
    const refusal = await shell(blocked)
    assert.match(refusal, /^HTTP\/1\.1 403 /)
    const [, ray] = /^tidegate-ray: (\S+)/im.exec(refusal) ?? []

    const list = commands.find((command) => command.includes('event list')) ?? ''
    await eventually('both events', async () => {
      const output = await shell(list)
      return output.includes('/hello') && output.includes('/admin') ? true : undefined
    })
    const explain = commands.find((command) => command.includes('event explain')) ?? ''
    const explained = await shell(explain.replace(/RAY.*/, ray))
    assert.match(explained, /no-admin/)
    const api = commands.find((command) => command.includes('/api/v1/events')) ?? ''
    assert.match(await shell(api), new RegExp(ray))

    demo.signal('SIGINT')
    await demo.ended
    await assert.rejects(httpGet(edgePort, '/'), 'nothing is left running')
  },
)

test('npm start -- --config FILE runs that configuration', { skip: skipWithoutClone() }, async (t) => {
  const clone = freshClone(t)
  const [edgePort, consolePort] = await freePorts(2)
  const origin = await startHttpOrigin(t, (_, response) => response.end('mine'))
  const home = temporaryFolder(t)
  mkdirSync(path.join(home, 'policy'))
  writeFileSync(
    path.join(home, 'my.yaml'),
    `console: { listen: 127.0.0.1:${consolePort} }
edge:
  listeners: [{ address: 127.0.0.1:${edgePort} }]
  sites: [{ name: mine, hosts: ["*"], origins: [${origin.url}] }]
`,
  )
  const started = new NpmStart(t, clone, ['--config', path.join(home, 'my.yaml')])
  await started.printed(/runs with/)
  assert.equal((await httpGet(edgePort, '/')).body, 'mine')
  assert.ok(existsSync(path.join(home, 'data')), 'data lies beside the configuration')
  started.signal('SIGTERM')
  await started.ended
})

test('what cannot be had is one clear line and exit code 2', async (t) => {
  const home = temporaryFolder(t)
  const [edgePort, consolePort] = await freePorts(2)
  const config = (name: string, lines: string): string => {
    const file = path.join(home, name)
    const edge = `edge:\n  listeners: [{ address: 127.0.0.1:${edgePort} }]\n  sites: [{ name: a, hosts: ["*"], origins: [http://127.0.0.1:1] }]\n`
    writeFileSync(file, `console: { listen: 127.0.0.1:${consolePort} }\n${lines}\n${edge}`)
    return file
  }
  mkdirSync(path.join(home, 'policy'))
  writeFileSync(path.join(home, 'a-file'), '')
  const cases: readonly [file: string, message: RegExp][] = [
    [path.join(home, 'missing.yaml'), /missing\.yaml/],
    [config('data-in-file.yaml', 'data: ./a-file/data'), /data: .*a-file.*cannot be used/],
    [config('data-is-file.yaml', 'data: ./a-file'), /data: .*a-file.*cannot be used/],
    [config('typo.yaml', 'dada: ./x'), /typo\.yaml:2:1: .*data/],
    [config('broken.yaml', 'data: [./x'), /broken\.yaml:\d+:\d+/],
  ]
  for (const [file, message] of cases) {
    const result = await runTidegate(['up', '--config', file])
    assert.equal(result.exitCode, 2, `${file}: ${result.stderr}`)
    assert.match(result.stderr, message)
    assert.doesNotMatch(result.stderr, /\n\s+at /, 'no stack trace')
    assert.equal(result.stdout, '')
  }
})

test('a data folder without the right to write is one clear line and exit code 2', async (t) => {
  if (process.getuid?.() === 0) return t.skip('root may write everywhere')
  const home = temporaryFolder(t)
  mkdirSync(path.join(home, 'data'))
  chmodSync(path.join(home, 'data'), 0o500)
  const [edgePort] = await freePorts(1)
  const file = path.join(home, 'tidegate.yaml')
  writeFileSync(
    file,
    `edge:\n  listeners: [{ address: 127.0.0.1:${edgePort} }]\n  sites: [{ name: a, hosts: ["*"], origins: [http://127.0.0.1:1] }]\n`,
  )
  const result = await runTidegate(['up', '--config', file])
  assert.equal(result.exitCode, 2)
  assert.match(result.stderr, /data: .* cannot be used/)
})
