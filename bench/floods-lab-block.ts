import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import { text } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Mix } from '../src/detect/flood/testing/mixes.ts'
import { FirewallLab } from '../test/lab/testing/firewall-lab.ts'
import { type Mark, MARK_PREFIX, parseMark } from './floods-lab-cable.ts'
import { NETWORK_IPV6, networkOf, type Plan, type SentReport, type Victim } from './floods-lab-plan.ts'

const TABLE = 'lab'
const GAP_MS = 1500
const START_MS = 2000
/** Good traffic before an attack on somebody of whom nothing is known. */
const COLD_MS = 3000
const SETTLE_MS = 400

/** A rule against a flood, and what was said of an attack. */
export interface LabRule {
  readonly when: string
  readonly step: string
  readonly destination: string
  readonly createdAt: string
  readonly evidence: {
    readonly coverage: number
    readonly collateral: { readonly matched: number; readonly of: number; readonly source: string }
  }
}

export interface LabAttack {
  readonly destination: string
  readonly class: string
  readonly unmitigated?: string
}

/** What came of the frames with one mark. */
export interface Passage extends Mark {
  readonly sent: number
  readonly received: number
}

/** What happened to some mixes that ran beside one another. */
export interface BlockResult {
  readonly victims: readonly Victim[]
  readonly attackedAtMs: readonly number[]
  readonly lostMs: number
  readonly passages: readonly Passage[]
  readonly rules: readonly LabRule[]
  readonly attacks: readonly LabAttack[]
}

interface BlockOptions {
  /** How long good traffic is learnt from; undefined when nothing is known at the attack. */
  readonly learnMs: number | undefined
  readonly attackMs: number
  readonly seed: number
}

/** Runs Tidegate before the networks of several victims, and lets the flood of each mix come in its turn. */
export async function runBlock(mixes: readonly Mix[], options: BlockOptions): Promise<BlockResult> {
  const { learnMs } = options
  const learn = learnMs === undefined ? '5m' : `${learnMs / 1000}s`
  const networks = [...mixes.map((_, index) => networkOf(index)), NETWORK_IPV6]
  const lab = new FirewallLab(
    `floods: { mode: mitigate, learn: ${learn} }`,
    'phase: packet_firewall\nrules: []\n',
    `protect: [${networks.map((network) => JSON.stringify(network)).join(', ')}]`,
  )
  try {
    prepare(lab)
    await startTidegate(lab)
    const victims = scheduleOf(mixes, options)
    const untilMs = (victims.at(-1)?.attackUntilMs ?? 0) + GAP_MS
    const { clientIndex: interfaceIndex, client: source, server: destination } = lab.cable
    const plan = { interfaceIndex, source, destination, seed: options.seed, victims, untilMs }
    const attacks: LabAttack[] = []
    const watching = watch(lab, untilMs, attacks)
    const report = await sendPlan(plan)
    await watching
    await sleep(SETTLE_MS)
    const answer = (await lab.api('GET', '/api/v1/firewall/mitigations')) as { readonly mitigations: LabRule[] }
    return {
      victims,
      attackedAtMs: report.attackedAtMs,
      lostMs: report.lostMs,
      passages: passagesOf(report.sent, arrivals(lab)),
      rules: answer.mitigations,
      attacks,
    }
  } finally {
    await lab.remove()
  }
}

/** Starts Tidegate; a busy machine takes its time. */
export async function startTidegate(lab: FirewallLab): Promise<void> {
  const isThere = (): Promise<boolean> => lab.firewall().then(({ policyVersion }) => policyVersion !== undefined)
  await lab.start().catch(() => lab.until('Tidegate runs', isThere))
}

function scheduleOf(mixes: readonly Mix[], { learnMs, attackMs }: BlockOptions): readonly Victim[] {
  const firstMs = (learnMs ?? COLD_MS) + START_MS
  return mixes.map(({ name }, index) => {
    const attackFromMs = firstMs + index * (attackMs + GAP_MS)
    const goodFromMs = learnMs === undefined ? attackFromMs - COLD_MS : 0
    return { mix: name, goodFromMs, attackFromMs, attackUntilMs: attackFromMs + attackMs }
  })
}

/**
 * What arrives behind the filter is counted by its mark, before the host looks at it, and ends there. The host forwards, as
 * one that protects networks does.
 */
const MTU_BYTES = '1600'

function prepare(lab: FirewallLab): void {
  // Some mixes have full IPv4 packets under the header of IPv6.
  lab.run('ip', 'link', 'set', 'fw0', 'mtu', MTU_BYTES)
  execFileSync('ip', ['link', 'set', 'cl0', 'mtu', MTU_BYTES], { env: lab.environment })
  lab.run('sysctl', '-qw', 'net.ipv4.ip_forward=1')
  lab.run('ethtool', '-K', 'fw0', 'gro', 'off')
  countArrivals(lab, 'drop')
}

/** Counts frames with marks behind the filter; then they end, or go on. */
export function countArrivals(lab: FirewallLab, verdict: 'drop' | 'accept'): void {
  const marked = `ether saddr & ff:ff:00:00:00:00 == ${MARK_PREFIX}:00:00:00:00`
  lab.run(
    'nft',
    `add table netdev ${TABLE}
add set netdev ${TABLE} seen { type ether_addr; size 65535; flags dynamic; }
add chain netdev ${TABLE} arrivals { type filter hook ingress device "fw0" priority -400; policy accept; }
add rule netdev ${TABLE} arrivals ${marked} update @seen { ether saddr counter } ${verdict}`,
  )
}

async function sendPlan(plan: Plan): Promise<SentReport> {
  const program = path.join(import.meta.dirname, 'floods-lab-sender.ts')
  const sender = spawn(process.execPath, [program, JSON.stringify(plan)], { stdio: ['ignore', 'pipe', 'inherit'] })
  const [output] = await Promise.all([text(sender.stdout), once(sender, 'exit')])
  return JSON.parse(output) as SentReport
}

/** Notes what is said of attacks while they go on. */
async function watch(lab: FirewallLab, forMs: number, attacks: LabAttack[]): Promise<void> {
  const untilMs = performance.now() + forMs
  while (performance.now() < untilMs) {
    await sleep(2000)
    const answer = await lab.api('GET', '/api/v1/firewall/mitigations').catch(() => ({}))
    attacks.push(...((answer as { readonly attacks?: readonly LabAttack[] }).attacks ?? []))
  }
}

interface SeenElement {
  readonly elem: { readonly val: string; readonly counter: { readonly packets: number } }
}

/** Packets that arrived behind the filter, by their mark. */
export function arrivals(lab: FirewallLab): ReadonlyMap<string, number> {
  const listed = JSON.parse(lab.run('nft', '-j', 'list', 'set', 'netdev', TABLE, 'seen')) as {
    readonly nftables: readonly { readonly set?: { readonly elem?: readonly SeenElement[] } }[]
  }
  const elements = listed.nftables.flatMap(({ set }) => set?.elem ?? [])
  return new Map(elements.map(({ elem }) => [elem.val, elem.counter.packets]))
}

function passagesOf(sent: SentReport['sent'], seen: ReadonlyMap<string, number>): readonly Passage[] {
  return Object.entries(sent).map(([number, count]) => {
    const digits = Number(number).toString(16).padStart(8, '0')
    const text = `${MARK_PREFIX}:${digits.replace(/(..)(?!$)/g, '$1:')}`
    return { ...parseMark(text), sent: count, received: seen.get(text) ?? 0 }
  })
}
