import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { BpfAssembler, XDP } from '#wire'
import { loadProgram, XdpLink } from '#net'
import { enterOwnNetwork, makeCable } from '../../../src/net/bpf/testing/own-network.ts'

const TOKEN = 'lab-token'
/** The machine may be busy; whoever is locked out has to notice nevertheless. */
const ANSWER_MS = 10_000
const SPACE = `tidegate-lab-${process.pid}`
export const SERVER = { ipv4: '10.77.0.1', ipv6: 'fd77::1' } as const
const CONSOLE = `http://${SERVER.ipv4}:9090`

/** What `GET /api/v1/firewall` answers; only what tests look at. */
export interface FirewallAnswer {
  readonly policyVersion?: string
  readonly deaths: number
  readonly revertsAt?: string
  readonly counters: readonly {
    readonly phase?: string
    readonly ruleId?: string
    readonly packets: number
    readonly over: number
  }[]
}

/**
 * Two hosts and a cable: this process is the client, and Tidegate runs on the other one, in a network namespace. Both are
 * gone when the process ends.
 */
export class FirewallLab {
  readonly home = mkdtempSync(path.join(tmpdir(), 'tidegate-lab-'))
  /** The client's end of the cable, and the hardware addresses of both ends. */
  readonly cable: { readonly clientIndex: number; readonly client: string; readonly server: string }
  /** The network namespace of the server's host, and the environment in which programs find it. */
  readonly space = SPACE
  readonly environment = withSbin()
  readonly #others: ChildProcess[] = []
  #server: ChildProcess | undefined
  #output = ''

  /** Lays the cable. `configuration` is the section `firewall` beside its interface, `ofInterface` what is said of that. */
  constructor(configuration: string, policy: string, ofInterface: string = '') {
    enterOwnNetwork()
    ip('netns', 'add', SPACE)
    const [, clientIndex] = makeCable('fw0', 'cl0')
    ip('link', 'set', 'fw0', 'netns', SPACE)
    for (const [space, device, host] of [
      [['-n', SPACE], 'fw0', 1],
      [[], 'cl0', 2],
    ] as const) {
      ip(...space, 'addr', 'add', `10.77.0.${host}/24`, 'dev', device)
      ip(...space, '-6', 'addr', 'add', `fd77::${host}/64`, 'dev', device, 'nodad')
      for (const name of [device, 'lo']) ip(...space, 'link', 'set', name, 'up')
    }
    this.cable = { clientIndex, client: macOf([], 'cl0'), server: macOf(['-n', SPACE], 'fw0') }
    // A veth takes what XDP sends back only where the receiving end has a program as well.
    const pass = loadProgram(new BpfAssembler().mov('r0', XDP.pass).exit().build(), new Map(), 'lab_client')
    XdpLink.attach(pass, clientIndex, 'native')
    mkdirSync(path.join(this.home, 'policy'))
    writeFileSync(
      path.join(this.home, 'tidegate.yaml'),
      `console: { listen: "${SERVER.ipv4}:9090", tokens: [{ name: lab, secretEnv: LAB_TOKEN, scopes: [admin] }] }
firewall:
  interfaces: [{ name: fw0, ${ofInterface} }]
  ${configuration}
`,
    )
    this.writePolicy(policy)
  }

  /** Lets the server's end take what the kernel sends into the cable, also while no program of XDP is there. */
  openCable(): void {
    execFileSync('ip', ['netns', 'exec', SPACE, 'ethtool', '-K', 'fw0', 'gro', 'on'], { env: withSbin() })
  }

  /** Lays another cable: `server` on the host of Tidegate, `client` here, in a network of its own, `10.NETWORK.0.0/24`. */
  addCable(server: string, client: string, network: number): void {
    makeCable(server, client)
    ip('link', 'set', server, 'netns', SPACE)
    for (const [space, device, host] of [
      [['-n', SPACE], server, 1],
      [[], client, 2],
    ] as const) {
      ip(...space, 'addr', 'add', `10.${network}.0.${host}/24`, 'dev', device)
      ip(...space, 'link', 'set', device, 'up')
    }
  }

  /** Writes the policy; Tidegate loads it by itself a little later. */
  writePolicy(text: string): void {
    writeFileSync(path.join(this.home, 'policy/packets.yaml'), text)
  }

  async start(): Promise<void> {
    const bin = path.resolve('bin/tidegate.mjs')
    const command = ['netns', 'exec', SPACE, process.execPath, bin, 'up', '--config', 'tidegate.yaml']
    this.#server = spawn('ip', command, {
      cwd: this.home,
      env: { ...withSbin(), LAB_TOKEN: TOKEN },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    for (const stream of [this.#server.stdout, this.#server.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => (this.#output += text))
    }
    await this.until('Tidegate runs', async () => (await this.firewall()).policyVersion !== undefined)
  }

  async api(method: 'GET' | 'POST', route: string): Promise<unknown> {
    const headers = { authorization: `Bearer ${TOKEN}`, connection: 'close' }
    const response = await fetch(CONSOLE + route, { method, headers, signal: AbortSignal.timeout(ANSWER_MS) })
    return response.json()
  }

  async firewall(): Promise<FirewallAnswer> {
    return (await this.api('GET', '/api/v1/firewall')) as FirewallAnswer
  }

  /** Packets that a rule counted, as soon as they are at least `least`. */
  async packets(ruleId: string, least: number): Promise<number> {
    let packets = 0
    await this.until(`${ruleId} counted ${least} packets`, async () => {
      const { counters } = await this.firewall()
      packets = counters.find((counter) => counter.ruleId === ruleId)?.packets ?? 0
      return packets >= least
    })
    return packets
  }

  /** Asks until it holds; a question that fails is asked again. */
  async until(what: string, holds: () => Promise<boolean>): Promise<void> {
    for (let attempt = 0; attempt < 300; attempt++) {
      if (await holds().catch(() => false)) return
      await sleep(200)
    }
    throw new Error(`this did not come: ${what}\n${this.#output}`)
  }

  /** Sends datagrams, a few at a time, and waits until all have left. */
  async flood(port: number, count: number): Promise<void> {
    const socket = createSocket('udp4')
    // Without a firewall the answer would be that nobody listens.
    socket.on('error', () => {})
    for (let sent = 0; sent < count; sent += 50) {
      const batch = Array.from(
        { length: Math.min(50, count - sent) },
        () => new Promise<void>((resolve) => socket.send('x', port, SERVER.ipv4, () => resolve())),
      )
      await Promise.all(batch)
    }
    socket.close()
  }

  /** Sends datagrams until it is told to stop, which gives how many. */
  keepSending(port: number): { stop(): Promise<number> } {
    let isOver = false
    const work = (async () => {
      let sent = 0
      for (; !isOver; sent += 200) {
        await this.flood(port, 200)
        // The sender shares its processor with everything else here.
        await sleep(20)
      }
      return sent
    })()
    return {
      stop: () => {
        isOver = true
        return work
      },
    }
  }

  /** How an attempt to connect ends. */
  connect(host: string, port: number): Promise<string> {
    return new Promise((resolve) => {
      const socket = connect({ host, port, timeout: 1500 })
      const end = (how: string): void => {
        socket.destroy()
        resolve(how)
      }
      socket.on('connect', () => end('connected'))
      socket.on('timeout', () => end('no answer'))
      socket.on('error', (error: NodeJS.ErrnoException) => end(error.code ?? 'error'))
    })
  }

  /** Ends the process that filters packets, as a fault in native memory would. */
  killFirewall(): void {
    const supervisor = this.#server?.pid
    if (supervisor === undefined) throw new Error('no server runs')
    // `ip netns exec` becomes the launcher, whose child is the server.
    const child = descendants(supervisor).find((pid) => commandOf(pid).includes('points/firewall/worker.ts'))
    if (child === undefined) throw new Error('no process filters packets')
    process.kill(child, 'SIGKILL')
  }

  /** True while a program is on the interface of the server. */
  get isFiltered(): boolean {
    return ip('-n', SPACE, '-d', 'link', 'show', 'fw0').includes('prog/xdp')
  }

  /** Starts a program on the server's host; it is ended with the lab. */
  startThere(command: string, ...args: readonly string[]): void {
    this.#others.push(
      spawn('ip', ['netns', 'exec', SPACE, command, ...args], { cwd: this.home, env: withSbin(), stdio: 'ignore' }),
    )
  }

  /** Runs a command of Tidegate on the server's host. */
  command(...args: readonly string[]): string {
    const bin = path.resolve('bin/tidegate.mjs')
    return execFileSync('ip', ['netns', 'exec', SPACE, process.execPath, bin, ...args], {
      cwd: this.home,
      encoding: 'utf8',
      env: withSbin(),
    })
  }

  /** Runs any program on the server's host. */
  run(...command: readonly string[]): string {
    return execFileSync('ip', ['netns', 'exec', SPACE, ...command], { encoding: 'utf8', env: withSbin() })
  }

  /** Starts a program on the server's host. */
  spawn(...command: readonly string[]): ChildProcess {
    return spawn('ip', ['netns', 'exec', SPACE, ...command], { stdio: 'ignore', env: withSbin() })
  }

  /** Ends everything of Tidegate at once, without a chance to say goodbye. */
  killAll(): void {
    const server = this.#server
    if (server?.pid === undefined) throw new Error('no server runs')
    for (const pid of [server.pid, ...descendants(server.pid)]) process.kill(pid, 'SIGKILL')
    this.#server = undefined
  }

  async stop(): Promise<void> {
    const server = this.#server
    this.#server = undefined
    if (server === undefined || server.exitCode !== null) return
    const ended = new Promise((resolve) => server.on('exit', resolve))
    server.kill('SIGTERM')
    await ended
  }

  async remove(): Promise<void> {
    await this.stop()
    for (const other of this.#others) other.kill('SIGTERM')
    ip('netns', 'delete', SPACE)
    rmSync(this.home, { recursive: true, force: true })
  }
}

function macOf(space: readonly string[], device: string): string {
  const [{ address }] = JSON.parse(ip(...space, '-j', 'link', 'show', device)) as { address: string }[]
  return address
}

function descendants(pid: number): number[] {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'latin1').trim().split(' ').filter(Boolean)
  return children.map(Number).flatMap((child) => [child, ...descendants(child)])
}

function commandOf(pid: number): string {
  return readFileSync(`/proc/${pid}/cmdline`, 'latin1')
}

function withSbin(): NodeJS.ProcessEnv {
  return { ...process.env, NODE_TEST_CONTEXT: undefined, PATH: `${process.env['PATH']}:/usr/sbin:/sbin` }
}

function ip(...args: readonly string[]): string {
  return execFileSync('ip', args, { encoding: 'utf8', env: withSbin() })
}
