import { type ChildProcess, execFileSync, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Dice } from './dice.ts'
import { Host, withSbin } from './host.ts'
import type { WireSettings } from './wire-settings.ts'

let networks = 0

const CONGESTION_CONTROLS = ['reno', 'bbr']

/** Where packets are captured. */
export type CapturePoint = 'client' | 'server' | 'router'

/**
 * A client, a router and a server, each in a namespace of its own; a second host on the client's segment, and a resolver
 * beside the server. Between router and server lies a wire that can be impaired.
 */
export class FaultNetwork {
  readonly client: Host
  readonly rogue: Host
  readonly router: Host
  readonly server: Host
  readonly resolver: Host
  /** The router's address on the client's segment. */
  readonly gateway: string
  readonly gateway6: string
  readonly #wire: Host
  readonly #spaces: readonly string[]
  readonly #wireSettings: WireSettings | undefined
  readonly #far: Segment
  readonly #congestionControl: string

  constructor(dice: Dice, wire: WireSettings | undefined) {
    const name = (part: string): string => `tgf${process.pid}x${networks}${part}`
    networks++
    const [near, far] = [segment(dice, 10), segment(dice, 172)]
    this.gateway = `${near.ipv4}.1`
    this.gateway6 = `${near.ipv6}::1`
    const host = (part: string, device: string, net: Segment, number: number): Host =>
      new Host(name(part), device, { ipv4: `${net.ipv4}.${number}`, ipv6: `${net.ipv6}::${number}` })
    this.client = host('c', 'eth0', near, 2 + dice.between(0, 60))
    this.rogue = host('o', 'eth0', near, 100 + dice.between(0, 60))
    this.router = host('r', 'lan', near, 1)
    this.server = host('s', 'eth0', far, 2 + dice.between(0, 60))
    this.resolver = host('d', 'eth0', far, 100 + dice.between(0, 60))
    this.#wire = host('w', 'near', far, 250)
    const hosts = [this.client, this.rogue, this.router, this.server, this.resolver, this.#wire]
    this.#spaces = hosts.map(({ space }) => space)
    this.#wireSettings = wire
    this.#far = far
    this.#congestionControl = dice.pick(CONGESTION_CONTROLS)
  }

  /** Makes the hosts and the cables between them. */
  lay(): void {
    for (const space of this.#spaces) ip('netns', 'add', space)
    this.#layCables()
    for (const { space } of [this.client, this.server, this.rogue, this.resolver]) quiet(space, 'eth0')
    for (const device of ['lan', 'wan', 'lan1', 'lan2', 'wan1', 'wan2']) quiet(this.router.space, device)
    for (const device of ['near', 'far']) quiet(this.#wire.space, device)
  }

  /** Switches the impaired wire on. */
  async start(): Promise<void> {
    if (this.#wireSettings === undefined) {
      batch(this.#wire.space, [
        'link add wire type bridge',
        'link set near master wire',
        'link set far master wire',
        'link set wire up',
      ])
    } else await this.#wire.program('wire-process.ts', 'near', 'far', JSON.stringify(this.#wireSettings))
  }

  #layCables(): void {
    const { client, rogue, router, server, resolver } = this
    const far = this.#far
    ipBatch([
      `link add eth0 netns ${client.space} type veth peer name lan1 netns ${router.space}`,
      `link add eth0 netns ${rogue.space} type veth peer name lan2 netns ${router.space}`,
      `link add near netns ${this.#wire.space} type veth peer name wan1 netns ${router.space}`,
      `link add eth0 netns ${server.space} type veth peer name far netns ${this.#wire.space}`,
      `link add eth0 netns ${resolver.space} type veth peer name wan2 netns ${router.space}`,
    ])
    batch(router.space, [
      'link add lan type bridge',
      'link add wan type bridge',
      'link set lan1 master lan',
      'link set lan2 master lan',
      'link set wan1 master wan',
      'link set wan2 master wan',
      ...['lan', 'lan1', 'lan2', 'wan', 'wan1', 'wan2', 'lo'].map((device) => `link set ${device} up`),
      ...addresses('lan', this.gateway, this.gateway6),
      ...addresses('wan', `${far.ipv4}.1`, `${far.ipv6}::1`),
    ])
    router.sync([
      'sysctl',
      '-qw',
      'net.ipv4.ip_forward=1',
      'net.ipv6.conf.all.forwarding=1',
      'net.ipv4.icmp_ratelimit=0',
    ])
    for (const host of [client, rogue, server, resolver]) {
      const isNear = host === client || host === rogue
      batch(host.space, [
        'link set lo up',
        'link set eth0 up',
        ...addresses('eth0', host.ipv4, host.ipv6),
        `route add default via ${isNear ? this.gateway : `${far.ipv4}.1`}`,
      ])
      batch(host.space, [`route add default via ${isNear ? this.gateway6 : `${far.ipv6}::1`}`], '-6')
      host.sync([
        'sysctl',
        '-qw',
        `net.ipv4.tcp_congestion_control=${this.#congestionControl}`,
        'net.ipv4.tcp_no_metrics_save=1',
      ])
    }
    for (const device of ['near', 'far']) ip('-n', this.#wire.space, 'link', 'set', device, 'up', 'promisc', 'on')
  }

  /** Captures at one point until the returned function is called, which says how many packets were lost by the capture itself. */
  async capture(point: CapturePoint, file: string, options: readonly string[] = []): Promise<() => Promise<number>> {
    const [host, device] = point === 'router' ? [this.router, 'wan'] : [this[point], 'eth0']
    const command = [
      'tcpdump',
      '-i',
      device,
      '-U',
      '-n',
      '--immediate-mode',
      '-B',
      '32768',
      '-w',
      file,
      '-Z',
      'root',
      ...options,
    ]
    const child = await host.start(command, /listening on/)
    let said = ''
    child.stderr?.on('data', (text: string) => (said += text))
    return async () => {
      await sleep(150)
      const ended = once(child, 'close')
      child.kill('SIGINT')
      await ended
      return Number(/(\d+) packets? dropped by kernel/.exec(said)?.[1] ?? 0)
    }
  }

  async remove(): Promise<void> {
    for (const host of [this.client, this.rogue, this.router, this.server, this.resolver, this.#wire])
      await host.clear()
    for (const space of this.#spaces) spawnSync('ip', ['netns', 'delete', space], { env: withSbin() })
  }
}

/** Freezes a process, as a machine that does not come to its work. */
export function freeze(child: ChildProcess): void {
  child.kill('SIGSTOP')
}

interface Segment {
  readonly ipv4: string
  readonly ipv6: string
}

function segment(dice: Dice, first: number): Segment {
  const second = first === 10 ? dice.between(1, 250) : dice.between(16, 31)
  const third = dice.between(0, 250)
  return { ipv4: `${first}.${second}.${third}`, ipv6: `fd${first === 10 ? '10' : '72'}:${dice.between(1, 9999)}` }
}

function addresses(device: string, ipv4: string, ipv6: string): string[] {
  return [`addr add ${ipv4}/24 dev ${device}`, `addr add ${ipv6}/64 dev ${device} nodad`]
}

/** Frames as they are on a real wire: no offloading of segments or checksums. */
function quiet(space: string, device: string): void {
  const off = ['tso', 'gso', 'gro', 'tx', 'rx', 'sg'].flatMap((feature) => [feature, 'off'])
  execFileSync('ip', ['netns', 'exec', space, 'ethtool', '-K', device, ...off], { stdio: 'ignore', env: withSbin() })
}

function batch(space: string, lines: readonly string[], ...options: readonly string[]): void {
  execFileSync('ip', [...options, '-n', space, '-batch', '-'], { input: `${lines.join('\n')}\n`, env: withSbin() })
}

function ipBatch(lines: readonly string[]): void {
  execFileSync('ip', ['-batch', '-'], { input: `${lines.join('\n')}\n`, env: withSbin() })
}

function ip(...args: readonly string[]): void {
  execFileSync('ip', args, { stdio: ['ignore', 'ignore', 'pipe'], env: withSbin() })
}
