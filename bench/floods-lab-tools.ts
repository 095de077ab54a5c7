import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { client, whileClientsAsk } from '../test/lab/testing/clients.ts'
import { FirewallLab, SERVER } from '../test/lab/testing/firewall-lab.ts'
import { arrivals, countArrivals, type LabAttack, type LabRule, startTidegate } from './floods-lab-block.ts'
import { markText } from './floods-lab-cable.ts'
import { PEOPLE, type Uses } from './floods-lab-people.ts'
import { printTable } from './table.ts'

const SPACE = `tidegate-tools-${process.pid}`
const DEVICE = 'mv0'
const MARK = markText({ kind: 'attack', victim: 1, slice: 0 })
const HOST = SERVER.ipv4
const LEARN_MS = 20_000
const ATTACK_MS = 8000
const LATE_MS = 2000
const CALM_MS = 4000
const CAPTURE_PACKETS = 4000
const PATH = `${process.env['PATH']}:/usr/sbin:/sbin`

interface Tool {
  readonly name: string
  readonly command: readonly string[]
}

const hping = (...options: readonly string[]): readonly string[] => ['hping3', '-q', '-i', 'u50', ...options, HOST]

/** Programs that people send floods with. `FILE` is a capture of one of them. */
const TOOLS: readonly Tool[] = [
  { name: 'hping3 SYN, any source', command: hping('-S', '-p', '80', '--rand-source') },
  { name: 'hping3 SYN, one source', command: hping('-S', '-p', '80') },
  { name: 'hping3 ACK, any source', command: hping('-A', '-p', '80', '--rand-source') },
  { name: 'hping3 RST, one source', command: hping('-R', '-p', '80') },
  { name: 'hping3 FIN PSH URG', command: hping('-F', '-P', '-U', '-p', '80', '--rand-source') },
  { name: 'hping3 UDP', command: hping('-2', '-p', '10000', '-d', '120', '--rand-source') },
  { name: 'hping3 ICMP', command: hping('-1', '--rand-source') },
  { name: 'hping3 fragments', command: hping('-2', '-p', '53', '-d', '2000', '-f', '--rand-source') },
  {
    name: 'nping UDP',
    command: ['nping', '-q', '-c', '0', '--rate', '8000', '--udp', '-p', '443', '--data-length', '700', HOST],
  },
  {
    name: 'hping3 capture by tcpreplay',
    command: ['tcpreplay', '-q', '-i', DEVICE, '--loop', '0', '--pps', '15000', 'FILE'],
  },
  {
    name: 'wrk: many visits',
    command: ['wrk', '-t', '1', '-c', '100', '-d', `${ATTACK_MS / 1000}s`, `http://${HOST}/`],
  },
  { name: 'ab: many connections', command: ['ab', '-q', '-c', '50', '-t', `${ATTACK_MS / 1000}`, `http://${HOST}/`] },
]

/** Floods of real programs at a host with real clients. Arguments: part of the names of programs. */
export async function runTools(parts: readonly string[]): Promise<void> {
  const tools = TOOLS.filter(({ name }) => parts.length === 0 || parts.some((part) => name.includes(part)))
  const lab = new FirewallLab(
    `floods: { mode: mitigate, learn: ${LEARN_MS / 1000}s }`,
    'phase: packet_firewall\nrules: []\n',
    'protect: [10.77.0.0/24]',
  )
  const people: ChildProcess[] = []
  try {
    prepare(lab)
    const capture = path.join(lab.home, 'tool.pcap')
    await record(capture)
    await startTidegate(lab)
    const rows = await withPeople(people, (usesNow) => tryAll(lab, tools, capture, usesNow))
    const header = ['program', 'sent', 'rule after ms', 'passed', 'visits', 'keys', 'voice', 'clients', 'steps', 'said']
    printTable('Floods of real programs at a host with real clients', header, rows)
  } finally {
    for (const each of people) each.kill()
    execFileSync('ip', ['netns', 'delete', SPACE], { env: { ...process.env, PATH } })
    await lab.remove()
  }
}

function prepare(lab: FirewallLab): void {
  lab.run('ethtool', '-K', 'fw0', 'gro', 'off')
  countArrivals(lab, 'accept')
  lab.run('ip', 'route', 'add', 'default', 'via', '10.77.0.2')
  ip('route', 'add', 'local', PEOPLE.network, 'dev', 'lo')
  ip('netns', 'add', SPACE)
  ip('link', 'add', 'link', 'cl0', DEVICE, 'address', MARK, 'type', 'macvlan', 'mode', 'bridge')
  ip('link', 'set', DEVICE, 'netns', SPACE)
  ip('-n', SPACE, 'addr', 'add', '10.77.0.66/24', 'dev', DEVICE)
  for (const device of [DEVICE, 'lo']) ip('-n', SPACE, 'link', 'set', device, 'up')
  const program = path.join(import.meta.dirname, 'floods-lab-people.ts')
  lab.startThere(process.execPath, program, 'serve')
}

async function withPeople<Result>(
  people: ChildProcess[],
  work: (usesNow: () => Uses) => Promise<Result>,
): Promise<Result> {
  await sleep(1000)
  const program = path.join(import.meta.dirname, 'floods-lab-people.ts')
  const users = spawn(process.execPath, [program, 'use', HOST], { stdio: ['ignore', 'pipe', 'inherit'] })
  people.push(users)
  let latest = { web: { tried: 0, failed: 0 }, shell: { tried: 0, failed: 0 }, media: { tried: 0, failed: 0 } } as Uses
  createInterface(users.stdout).on('line', (line) => (latest = JSON.parse(line) as Uses))
  await sleep(LEARN_MS)
  return work(() => latest)
}

async function tryAll(
  lab: FirewallLab,
  tools: readonly Tool[],
  capture: string,
  usesNow: () => Uses,
): Promise<readonly (readonly (string | number)[])[]> {
  const clients = [
    client('ping', ['-c', '10', '-i', '0.1', '-W', '3', HOST], /10 received, 0% packet loss/),
    client('curl', ['-sS', '--max-time', '5', `http://${HOST}:9090/api/v1/health`], /"status":"ok"/),
  ]
  const rows: (readonly (string | number)[])[] = []
  for (const { name, command } of tools) {
    process.stderr.write(`${name}\n`)
    const before = usesNow()
    let flood: FloodOutcome | undefined
    const { asked, failures } = await whileClientsAsk(clients, async () => {
      flood = await tryOne(
        lab,
        command.map((word) => (word === 'FILE' ? capture : word)),
      )
    })
    await sleep(CALM_MS)
    const after = usesNow()
    const lost = (kind: keyof Uses): string =>
      `${after[kind].failed - before[kind].failed} of ${after[kind].tried - before[kind].tried}`
    rows.push([
      name,
      ...outcomeCells(flood),
      lost('web'),
      lost('shell'),
      lost('media'),
      `${failures.length} of ${asked}`,
      flood?.steps ?? '',
      flood?.said ?? '',
    ])
  }
  return rows
}

interface FloodOutcome {
  readonly sent: number
  readonly ruleAfterMs: number | undefined
  readonly passedShare: number
  readonly steps: string
  readonly said: string
}

function outcomeCells(flood: FloodOutcome | undefined): readonly (string | number)[] {
  if (flood === undefined) return ['', '', '']
  return [flood.sent, flood.ruleAfterMs ?? 'never', `${(flood.passedShare * 100).toFixed(2)} %`]
}

async function tryOne(lab: FirewallLab, command: readonly string[]): Promise<FloodOutcome> {
  const first = countsOf(lab)
  const startedAtMs = Date.now()
  const tool = inSpace(command)
  await sleep(LATE_MS)
  const late = countsOf(lab)
  await sleep(ATTACK_MS - LATE_MS - 500)
  const last = countsOf(lab)
  const { mitigations, attacks } = (await lab.api('GET', '/api/v1/firewall/mitigations')) as {
    readonly mitigations: readonly LabRule[]
    readonly attacks: readonly LabAttack[]
  }
  tool.kill('SIGINT')
  const rules = mitigations.filter(({ createdAt }) => Date.parse(createdAt) >= startedAtMs)
  const said = new Set(attacks.map(({ unmitigated }) => unmitigated).filter((each) => each !== undefined))
  const oldest = rules.at(-1)
  return {
    sent: last.sent - first.sent,
    ruleAfterMs: oldest === undefined ? undefined : Date.parse(oldest.createdAt) - startedAtMs,
    passedShare: (last.arrived - late.arrived) / Math.max(1, last.sent - late.sent),
    steps: [...new Set(rules.map(({ step }) => step))].join(', '),
    said: [...said].join('; '),
  }
}

function countsOf(lab: FirewallLab): { readonly sent: number; readonly arrived: number } {
  const file = `/sys/class/net/${DEVICE}/statistics/tx_packets`
  const sent = Number(
    execFileSync('ip', ['netns', 'exec', SPACE, 'cat', file], { encoding: 'utf8', env: { ...process.env, PATH } }),
  )
  return { sent, arrived: arrivals(lab).get(MARK) ?? 0 }
}

/** Takes some packets of a flood down that one program sends, so that another can send them again. */
async function record(file: string): Promise<void> {
  const recorder = inSpace(['tcpdump', '-q', '-i', DEVICE, '-Q', 'out', '-c', String(CAPTURE_PACKETS), '-w', file])
  await sleep(1000)
  const tool = inSpace(hping('-2', '-p', '53', '-d', '400', '--rand-source'))
  await new Promise((resolve) => recorder.on('exit', resolve))
  tool.kill('SIGINT')
}

function inSpace(command: readonly string[]): ChildProcess {
  return spawn('ip', ['netns', 'exec', SPACE, ...command], { stdio: 'ignore', env: { ...process.env, PATH } })
}

function ip(...args: readonly string[]): void {
  execFileSync('ip', args, { env: { ...process.env, PATH } })
}
