import { type ChildProcess, spawn } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { createServer } from 'node:net'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { TestContext } from 'node:test'

/** A token that every started process accepts with the scope `admin`. */
const TOKEN = 'end-to-end-token'

export interface StartOptions {
  /** The `edge:` section as YAML, without `listeners`; `{http}`, `{https}`, `{proxy}` are not needed: listeners come from us. */
  readonly edge: string
  /** Further top-level sections as YAML. */
  readonly more?: string
  /** Files below the policy folder by name. */
  readonly policy?: Readonly<Record<string, string>>
  /** Adds a TLS listener; the certificate files must be named in `edge`. */
  readonly tls?: boolean
  /** Adds a listener that asks for the PROXY protocol. */
  readonly proxyProtocol?: boolean
  /** An existing folder to start in again; its data stays. */
  readonly home?: string
  readonly env?: Readonly<Record<string, string>>
}

/** What the event API answers; only what tests look at. */
export interface ApiEvent {
  readonly ray: string
  readonly time: string
  readonly point: string
  readonly policyVersion: string
  readonly weight: number
  readonly decision: {
    readonly verdict: string
    readonly phase?: string
    readonly ruleId?: string
    readonly why: string
  }
  readonly facts: Readonly<Record<string, unknown>>
}

/** A real Tidegate, started as a user starts it, in a folder of its own. */
export class TidegateProcess {
  readonly home: string
  readonly httpPort: number
  readonly httpsPort: number
  readonly proxyPort: number
  readonly consolePort: number
  readonly child: ChildProcess
  #output = ''

  constructor(home: string, ports: readonly number[], env: Readonly<Record<string, string>>) {
    this.home = home
    ;[this.httpPort, this.httpsPort, this.proxyPort, this.consolePort] = ports
    this.child = spawn(
      process.execPath,
      [path.resolve('bin/tidegate.mjs'), 'up', '--config', path.join(home, 'tidegate.yaml')],
      {
        cwd: home,
        env: { ...process.env, TIDEGATE_TOKEN: TOKEN, ...env },
        stdio: ['ignore', 'pipe', 'pipe'],
        // A group of its own, so that a test can kill all of it at once.
        detached: true,
      },
    )
    this.child.stdout?.setEncoding('utf8').on('data', (text: string) => (this.#output += text))
    this.child.stderr?.setEncoding('utf8').on('data', (text: string) => (this.#output += text))
  }

  /** Everything that was printed so far. */
  get output(): string {
    return this.#output
  }

  get origin(): string {
    return `http://127.0.0.1:${this.httpPort}`
  }

  async api(pathAndQuery: string, init: RequestInit = {}): Promise<Response> {
    return fetch(`http://127.0.0.1:${this.consolePort}${pathAndQuery}`, {
      ...init,
      headers: { authorization: `Bearer ${TOKEN}`, ...init.headers },
    })
  }

  /** Polls until the event of a ray can be read. */
  async event(ray: string): Promise<ApiEvent> {
    return eventually(`event ${ray}`, async () => {
      const response = await this.api(`/api/v1/events/${ray}`)
      return response.ok ? ((await response.json()) as ApiEvent) : undefined
    })
  }

  /** Polls until at least `count` events match, newest first. */
  async events(filter: string, count: number): Promise<ApiEvent[]> {
    return eventually(`${count} events for ${filter}`, async () => {
      const query = new URLSearchParams({ filter, since: '1h', limit: '1000' })
      const response = await this.api(`/api/v1/events?${query.toString()}`)
      const { events } = (await response.json()) as { events: ApiEvent[] }
      return events.length >= count ? events : undefined
    })
  }

  async waitUntilReady(): Promise<void> {
    await eventually(
      'a healthy console',
      async () => {
        if (this.child.exitCode !== null) throw new Error(`it ended with ${this.child.exitCode}:\n${this.#output}`)
        const response = await this.api('/api/v1/health').catch(() => undefined)
        return response?.ok === true ? true : undefined
      },
      60_000,
    )
  }

  /** Runs another command of the command line against this process. */
  async command(...args: readonly string[]): Promise<CommandResult> {
    return runTidegate([...args, '--config', path.join(this.home, 'tidegate.yaml')], { TIDEGATE_TOKEN: TOKEN })
  }

  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<number | null> {
    if (this.child.exitCode === null && this.child.signalCode === null) {
      const ended = new Promise((resolve) => this.child.once('exit', resolve))
      if (signal === 'SIGKILL') process.kill(-(this.child.pid ?? 0), 'SIGKILL')
      else this.child.kill(signal)
      await ended
    }
    return this.child.exitCode
  }
}

export interface CommandResult {
  readonly exitCode: number | null
  readonly stdout: string
  readonly stderr: string
}

/** Runs `tidegate ARGS` to its end. */
export function runTidegate(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
  input = '',
  cwd: string = process.cwd(),
): Promise<CommandResult> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [path.resolve('bin/tidegate.mjs'), ...args], {
      cwd,
      env: { ...process.env, ...env },
      // A command that should end and does not fails its test instead of holding up all others.
      timeout: 60_000,
      killSignal: 'SIGKILL',
    })
    let [stdout, stderr] = ['', '']
    child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text))
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text))
    child.on('close', (exitCode) => resolve({ exitCode, stdout, stderr }))
    child.stdin.end(input)
  })
}

/** Calls `probe` until it answers something, and fails after `patienceMs`. */
export async function eventually<Result>(
  what: string,
  probe: () => Promise<Result | undefined>,
  patienceMs = 60_000,
): Promise<Result> {
  const deadline = performance.now() + patienceMs
  for (;;) {
    const result = await probe()
    if (result !== undefined) return result
    if (performance.now() > deadline) throw new Error(`waited ${patienceMs} ms for ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

/** Below the ports that systems give to clients, of which one might take ours between our look and the server's start. */
const PORTS = { first: 20_000, count: 12_000 } as const

/** Ports that are free now, and that nobody gets by chance. */
export async function freePorts(count: number): Promise<number[]> {
  const ports = new Set<number>()
  while (ports.size < count) {
    const port = PORTS.first + randomInt(PORTS.count)
    if (await isFree(port)) ports.add(port)
  }
  return [...ports]
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
  })
}

/** A temporary folder that goes when the test ends. */
export function temporaryFolder(t: TestContext): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'tidegate-e2e-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** Starts Tidegate and waits until it serves; it is stopped when the test ends. */
export async function startTidegate(t: TestContext, options: StartOptions): Promise<TidegateProcess> {
  const home = options.home ?? temporaryFolder(t)
  const ports = await freePorts(4)
  const listeners = [`{ address: 127.0.0.1:${ports[0]} }`]
  if (options.tls === true) listeners.push(`{ address: 127.0.0.1:${ports[1]}, tls: true }`)
  if (options.proxyProtocol === true) listeners.push(`{ address: 127.0.0.1:${ports[2]}, proxyProtocol: true }`)
  mkdirSync(path.join(home, 'policy'), { recursive: true })
  for (const [name, text] of Object.entries(options.policy ?? {})) writeFileSync(path.join(home, 'policy', name), text)
  writeFileSync(
    path.join(home, 'tidegate.yaml'),
    `console: { listen: 127.0.0.1:${ports[3]}, tokens: [{ name: test, secretEnv: TIDEGATE_TOKEN, scopes: [admin] }] }
data: ./data
policy: ./policy
${options.more ?? ''}
edge:
  listeners: [${listeners.join(', ')}]
${options.edge}
`,
  )
  const tidegate = new TidegateProcess(home, ports, options.env ?? {})
  t.after(() => tidegate.stop('SIGKILL'))
  await tidegate.waitUntilReady()
  return tidegate
}
