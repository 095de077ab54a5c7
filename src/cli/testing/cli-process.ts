import { type ChildProcess, spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** Test support: the command line as real processes. */
const BIN = fileURLToPath(new URL('../../../bin/tidegate.mjs', import.meta.url))

export interface CliResult {
  readonly code: number | null
  readonly signal: string | null
  readonly stdout: string
  readonly stderr: string
}

export interface CliOptions {
  readonly cwd: string
  readonly input?: string
  readonly env?: Readonly<Record<string, string>>
}

/** A folder of its own, with `files` in it; `remove` takes it away. */
export function makeFolder(files: Readonly<Record<string, string>> = {}): { readonly path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), 'tidegate-cli-'))
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(path, name)), { recursive: true })
    writeFileSync(join(path, name), text)
  }
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) }
}

function start(args: readonly string[], { cwd, env }: CliOptions): ChildProcess {
  return spawn(process.execPath, [BIN, ...args], {
    cwd,
    env: { ...process.env, NO_COLOR: '1', TIDEGATE_TOKEN: undefined, NODE_TEST_CONTEXT: undefined, ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
  })
}

/** Runs a command to its end. */
export function runCli(args: readonly string[], options: CliOptions): Promise<CliResult> {
  return new Promise((resolve, reject) => {
    const child = start(args, options)
    let stdout = ''
    let stderr = ''
    child.stdout?.setEncoding('utf8').on('data', (text: string) => (stdout += text))
    child.stderr?.setEncoding('utf8').on('data', (text: string) => (stderr += text))
    child.on('error', reject)
    child.on('close', (code, signal) => resolve({ code, signal, stdout, stderr }))
    child.stdin?.on('error', () => {})
    child.stdin?.end(options.input ?? '')
  })
}

/** `tidegate up` as a process. */
export interface RunningServer {
  readonly edgeUrl: string
  readonly consoleUrl: string
  readonly pid: number
  /** Everything written to standard error so far. */
  log(): string
  signal(name: NodeJS.Signals): void
  /** Resolves with the end of the process; asks for it with SIGTERM first. */
  stop(): Promise<CliResult>
  readonly ended: Promise<CliResult>
}

/** Starts `tidegate up` and waits until it says where it listens. */
export function startServerProcess(args: readonly string[], options: CliOptions): Promise<RunningServer> {
  return new Promise((resolve, reject) => {
    const child = start(['up', ...args], options)
    let stdout = ''
    let stderr = ''
    const ended = new Promise<CliResult>((done) => {
      child.on('close', (code, signal) => {
        done({ code, signal, stdout, stderr })
        reject(new Error(`the server ended with ${code ?? signal}: ${stderr}`))
      })
    })
    child.stderr?.setEncoding('utf8').on('data', (text: string) => (stderr += text))
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      stdout += text
      const edge = /edge +(\S+)/.exec(stdout)
      const console = /console +(http:\/\/[^/\s]+)/.exec(stdout)
      if (edge === null || console === null) return
      resolve({
        edgeUrl: edge[1],
        consoleUrl: console[1],
        pid: child.pid ?? 0,
        log: () => stderr,
        signal: (name) => void child.kill(name),
        stop: () => {
          child.kill('SIGTERM')
          return ended
        },
        ended,
      })
    })
  })
}
