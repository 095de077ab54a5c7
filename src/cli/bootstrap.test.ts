import assert from 'node:assert/strict'
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import test from 'node:test'
import { fileURLToPath } from 'node:url'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const PINNED = join(ROOT, 'node_modules', `node-${process.platform}-${process.arch}`)
const SYSTEM_NODE = findSystemNode()
const SKIP =
  SYSTEM_NODE !== undefined && existsSync(PINNED) ? false : 'needs a Node older than 24 in PATH, and the pinned one'

/** A Node that is too old to run Tidegate itself, as a fresh machine has. */
function findSystemNode(): string | undefined {
  return (process.env['PATH'] ?? '')
    .split(delimiter)
    .map((folder) => join(folder, 'node'))
    .find(
      (path) =>
        existsSync(path) &&
        Number(execFileSync(path, ['-p', 'process.versions.node'], { encoding: 'utf8' }).split('.')[0]) < 24,
    )
}

const LOCK = JSON.stringify({ lockfileVersion: 3, packages: { '': {}, 'node_modules/thing': { version: '1.0.0' } } })

/** A checkout with our bin/, a program that shows how it was started, and an npm that counts its calls. */
function makeCheckout(npmWorks: boolean): {
  readonly path: string
  start(...args: string[]): ChildProcess
  /** How npm was called: its command, and whether it was asked for what only development needs. */
  npmCalls(): readonly string[]
  remove(): void
} {
  const path = mkdtempSync(join(tmpdir(), 'tidegate-checkout-'))
  cpSync(join(ROOT, 'bin'), join(path, 'bin'), { recursive: true })
  mkdirSync(join(path, 'src', 'cli'), { recursive: true })
  writeFileSync(join(path, 'package.json'), '{ "type": "module" }')
  writeFileSync(join(path, 'package-lock.json'), LOCK)
  writeFileSync(
    join(path, 'src', 'cli', 'index.ts'),
    `export async function runCommandLine(args: readonly string[]): Promise<void> {
      if (args[0] === 'wait') process.on('SIGTERM', () => process.exit(7))
      process.stdout.write(JSON.stringify({ pid: process.pid, version: process.versions.node, args, cache: process.env.NODE_COMPILE_CACHE }) + '\\n')
      if (args[0] === 'exit') process.exitCode = Number(args[1])
      if (args[0] !== 'wait') return
      await new Promise((resolve) => setTimeout(resolve, 60_000))
    }`,
  )
  mkdirSync(join(path, 'npm'))
  writeFileSync(join(path, 'npm', 'package.json'), '{}')
  writeFileSync(
    join(path, 'npm', 'npm.js'),
    `const fs = require('node:fs')
    console.log('npm called with', process.argv.slice(2).join(' '))
    const dev = process.argv.find((arg) => /=dev$/.test(arg))
    fs.appendFileSync(__dirname + '/calls', process.argv[2] + ' ' + dev + '\\n')
    if (!${npmWorks}) process.exit(1)
    fs.mkdirSync('node_modules', { recursive: true })
    fs.symlinkSync(${JSON.stringify(PINNED)}, 'node_modules/' + ${JSON.stringify(`node-${process.platform}-${process.arch}`)})
    fs.copyFileSync('package-lock.json', 'node_modules/.package-lock.json')`,
  )
  return {
    path,
    start: (...args) =>
      spawn(SYSTEM_NODE ?? '', args, {
        cwd: path,
        env: {
          ...process.env,
          npm_execpath: join(path, 'npm', 'npm.js'),
          NODE_COMPILE_CACHE: undefined,
          NODE_TEST_CONTEXT: undefined,
        },
        stdio: ['ignore', 'pipe', 'pipe'],
      }),
    npmCalls: () =>
      readFileSync(join(path, 'npm', 'calls'), 'utf8')
        .trim()
        .split('\n'),
    remove: () => rmSync(path, { recursive: true, force: true }),
  }
}

interface Ended {
  readonly code: number | null
  readonly signal: string | null
  readonly stdout: string
  readonly stderr: string
}

function ended(child: ChildProcess): Promise<Ended> {
  return new Promise((resolve) => {
    let stdout = ''
    let stderr = ''
    child.stdout?.setEncoding('utf8').on('data', (text: string) => (stdout += text))
    child.stderr?.setEncoding('utf8').on('data', (text: string) => (stderr += text))
    child.on('close', (code, signal) => resolve({ code, signal, stdout, stderr }))
  })
}

function firstLine(child: ChildProcess): Promise<{ readonly pid: number }> {
  return new Promise((resolve) => {
    child.stdout?.once('data', (bytes: Buffer) => resolve(JSON.parse(bytes.toString()) as { pid: number }))
  })
}

test(
  'the first start installs, every start runs on the pinned Node with arguments and exit code',
  { skip: SKIP },
  async () => {
    const checkout = makeCheckout(true)
    try {
      const first = await ended(checkout.start('bin/tidegate.mjs', 'exit', '5'))
      assert.match(first.stderr, /^tidegate: installing dependencies/)
      assert.deepEqual(checkout.npmCalls(), ['install --omit=dev'])
      assert.equal(first.code, 5)
      const seen = JSON.parse(first.stdout) as { version: string; args: string[]; cache: string }
      assert.match(seen.version, /^24\./)
      assert.deepEqual(seen.args, ['exit', '5'])
      assert.equal(seen.cache, join(checkout.path, 'node_modules', '.cache', 'tidegate'))
      const second = await ended(checkout.start('bin/tidegate.mjs'))
      assert.deepEqual([second.code, second.stderr], [0, ''], 'nothing to install, nothing to say')
    } finally {
      checkout.remove()
    }
  },
)

test('an installation that fails says why and what to do, and exits with 2', { skip: SKIP }, async () => {
  const checkout = makeCheckout(false)
  try {
    const result = await ended(checkout.start('bin/tidegate.mjs', 'exit', '5'))
    assert.deepEqual([result.code, result.stdout], [2, ''])
    assert.deepEqual(checkout.npmCalls(), ['install --omit=dev'])
    assert.match(result.stderr, /^ {2}\| npm called with install --no-save/m, 'what npm said last')
    assert.match(result.stderr, /could not install the dependencies: `npm install` failed with exit code 1/)
    assert.doesNotMatch(result.stderr, /\n\s+at /)
  } finally {
    checkout.remove()
  }
})

test('a changed lock file installs what is missing', { skip: SKIP }, async () => {
  const checkout = makeCheckout(true)
  try {
    mkdirSync(join(checkout.path, 'node_modules'))
    writeFileSync(join(checkout.path, 'node_modules', '.package-lock.json'), LOCK.replace('1.0.0', '0.9.0'))
    const result = await ended(checkout.start('bin/tidegate.mjs'))
    assert.deepEqual(checkout.npmCalls(), ['install --omit=dev'])
    assert.equal(result.code, 0)
  } finally {
    checkout.remove()
  }
})

test('signals reach the program, and it does not outlive its launcher', { skip: SKIP }, async () => {
  const checkout = makeCheckout(true)
  try {
    mkdirSync(join(checkout.path, 'node_modules'))
    symlinkSync(PINNED, join(checkout.path, 'node_modules', `node-${process.platform}-${process.arch}`))
    writeFileSync(join(checkout.path, 'node_modules', '.package-lock.json'), LOCK)

    const asked = checkout.start('bin/tidegate.mjs', 'wait')
    const askedEnd = ended(asked)
    const program = await firstLine(asked)
    asked.kill('SIGTERM')
    assert.equal((await askedEnd).code, 7)
    assert.ok(!isAlive(program.pid))

    const killed = checkout.start('bin/tidegate.mjs', 'wait')
    // Its pipes end only when the program, which shares them, has ended as well.
    const killedEnd = ended(killed)
    await firstLine(killed)
    killed.kill('SIGKILL')
    assert.equal((await killedEnd).signal, 'SIGKILL')
  } finally {
    checkout.remove()
  }
})

test(
  'run.mjs runs a script of the checkout with its arguments and what only development needs',
  { skip: SKIP },
  async () => {
    const checkout = makeCheckout(true)
    try {
      writeFileSync(
        join(checkout.path, 'script.ts'),
        'const args: string[] = process.argv.slice(2)\nconsole.log(args.join("|"))\n',
      )
      const result = await ended(checkout.start('bin/run.mjs', 'script.ts', 'a b', '--c'))
      assert.deepEqual([result.code, result.stdout], [0, 'a b|--c\n'])
      assert.deepEqual(checkout.npmCalls(), ['install --include=dev'])
      assert.equal((await ended(checkout.start('bin/run.mjs'))).code, 2)
    } finally {
      checkout.remove()
    }
  },
)

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}
