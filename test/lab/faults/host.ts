import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { once } from 'node:events'
import path from 'node:path'

const READY_MS = 60_000
const COMMAND_MS = 12_000
const OUTPUT_CHARACTERS = 1_000_000

export interface CommandResult {
  readonly code: number | null
  readonly output: string
}

export interface HostAddresses {
  readonly ipv4: string
  readonly ipv6: string
}

/** One machine of the lab: a network namespace with one interface to the outside. */
export class Host implements HostAddresses {
  readonly space: string
  readonly device: string
  readonly ipv4: string
  readonly ipv6: string
  readonly #processes = new Set<ChildProcess>()

  constructor(space: string, device: string, { ipv4, ipv6 }: HostAddresses) {
    this.space = space
    this.device = device
    this.ipv4 = ipv4
    this.ipv6 = ipv6
  }

  /** Runs a program to its end, or kills it after `timeoutMs`. How it ends is the scenario's to judge. */
  async run(command: readonly string[], timeoutMs: number = COMMAND_MS, input: string = ''): Promise<CommandResult> {
    const child = this.#spawn(command)
    let output = ''
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('latin1').on('data', (text: string) => {
        if (output.length < OUTPUT_CHARACTERS) output += text
      })
    }
    child.stdin?.on('error', () => {})
    if (input !== '') child.stdin?.write(input, 'latin1')
    else child.stdin?.end()
    const timer = setTimeout(() => child.kill('SIGKILL'), timeoutMs)
    const [code] = (await once(child, 'close')) as [number | null]
    clearTimeout(timer)
    this.#processes.delete(child)
    return { code, output }
  }

  /** Starts a program that goes on, and waits for `ready` in what it prints. */
  async start(command: readonly string[], ready?: RegExp): Promise<ChildProcess> {
    const child = this.#spawn(command)
    if (ready === undefined) return child
    let output = ''
    await new Promise<void>((resolve, reject) => {
      const fail = (): void => reject(new Error(`${command.join(' ')} did not start in ${this.space}: ${output}`))
      const timer = setTimeout(fail, READY_MS)
      const look = (text: string): void => {
        output += text
        if (!ready.test(output)) return
        clearTimeout(timer)
        resolve()
      }
      child.on('exit', fail)
      for (const stream of [child.stdout, child.stderr]) stream?.setEncoding('latin1').on('data', look)
    })
    return child
  }

  /** Runs one of the programs of this folder. */
  program(file: string, ...args: readonly string[]): Promise<ChildProcess> {
    return this.start([process.execPath, path.join(import.meta.dirname, file), ...args], /ready/)
  }

  /** Rules in a table of their own; `hook` is prerouting, input, forward, output or postrouting. */
  nft(hook: string, ...rules: readonly string[]): void {
    const chain = `chain c_${hook} {\n type filter hook ${hook} priority 0\n ${rules.join('\n ')}\n }`
    this.sync(['nft', '-f', '-'], `table inet faults {\n ${chain}\n}\n`)
  }

  /** Runs a program that is over at once, and takes what it prints. */
  sync(command: readonly string[], input: string = ''): string {
    return execFileSync('ip', ['netns', 'exec', this.space, ...command], {
      encoding: 'utf8',
      env: withSbin(),
      input,
      stdio: ['pipe', 'pipe', 'pipe'],
    })
  }

  /** Names are asked of this resolver. */
  useResolver(address: string, options: string = 'timeout:1 attempts:2'): void {
    const folder = `/etc/netns/${this.space}`
    mkdirSync(folder, { recursive: true })
    writeFileSync(path.join(folder, 'resolv.conf'), `nameserver ${address}\noptions ${options}\n`)
  }

  /** Ends whatever runs here. */
  async clear(): Promise<void> {
    const ends = [...this.#processes].filter(({ exitCode, signalCode }) => exitCode === null && signalCode === null)
    const waits = ends.map((child) => once(child, 'exit'))
    for (const pid of this.#pids()) kill(pid)
    await Promise.all(waits)
    rmSync(`/etc/netns/${this.space}`, { recursive: true, force: true })
  }

  #pids(): number[] {
    return execFileSync('ip', ['netns', 'pids', this.space], { encoding: 'utf8', env: withSbin() })
      .split('\n')
      .filter((line) => line !== '')
      .map(Number)
  }

  #spawn(command: readonly string[]): ChildProcess {
    const child = spawn('ip', ['netns', 'exec', this.space, ...command], {
      env: withSbin(),
      stdio: ['pipe', 'pipe', 'pipe'],
    })
    this.#processes.add(child)
    child.on('error', () => {})
    return child
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // It ended by itself meanwhile.
  }
}

export function withSbin(): NodeJS.ProcessEnv {
  return { ...process.env, NODE_TEST_CONTEXT: undefined, PATH: `${process.env['PATH']}:/usr/sbin:/sbin` }
}
