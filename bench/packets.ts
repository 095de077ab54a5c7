import { applyNft, type LoadedProgram, receiveFrames, XdpLink } from '#net'
import type { BpfProgram } from '#wire'
import { enterOwnNetwork, makeCable } from '../src/net/bpf/testing/own-network.ts'
import { withRandomSource } from '../src/points/firewall/testing/changed-packets.ts'
import type { WrittenRule } from '../src/points/firewall/testing/packet-policy.ts'
import { printLists } from './packet-lists.ts'
import {
  bareProgram,
  type LoadedPolicy,
  loadPolicy,
  measureProgram,
  measureRounds,
  type PacketCost,
  type PolicyOptions,
  withRandomRule,
} from './packet-programs.ts'
import {
  datagram,
  DENY_LIST,
  fiveFieldRules,
  frameOfRule,
  LIMIT_BY_SOURCE,
  missedNftRules,
  missedRules,
  networkList,
} from './packet-workloads.ts'
import { median, printTable } from './table.ts'

type Row = readonly [what: string, minimum: string, median: string, goal: string]

const RULES = 1024
const LIVE_PACKETS = 50_000
const DEVICE = 'tgbench'
const randomSource = (program: BpfProgram): BpfProgram => withRandomSource(program, 32)
const randomNeighbour = (program: BpfProgram): BpfProgram => withRandomSource(program, 16)
const STRANGER = datagram('198.51.100.7', 53)

/** Packets in the kernel: what each costs, and what changing the rules does. Needs root; `short` leaves out what is long. */
export async function run(args: readonly string[]): Promise<void> {
  const isShort = args.includes('short')
  enterOwnNetwork()
  const [, index] = makeCable(`${DEVICE}-peer`, DEVICE)
  printCosts()
  printLoading()
  printLists(DEVICE, index, isShort)
  await printAgainstNft(index)
}

function rowOf(what: string, { minimumNs, medianNs }: PacketCost, goal: string): Row {
  return [what, minimumNs.toFixed(1), medianNs.toFixed(1), goal]
}

function printCosts(): void {
  const rows = [
    rowOf('floor: a test run of a program that passes everything', measureOnce(bareProgram('pass')), ''),
    rowOf('floor with a random source', measureOnce(bareProgram('pass', randomSource)), ''),
    rowOf('pass: counted and sampled, no rules', costOf([]), '<= 15'),
    rowOf('1,000-prefix deny list, random sources', costOf(DENY_LIST, deny(1000)), '<= 150'),
    rowOf('100,000-prefix deny list, random sources', costOf(DENY_LIST, deny(100_000)), ''),
    rowOf('10 five-field rules, none hits', costOf(fiveFieldRules(10)), ''),
    rowOf(
      '1,024 five-field rules: the last one hits',
      costOf(fiveFieldRules(RULES), {}, [frameOfRule(RULES - 1)]),
      '<= 100',
    ),
    rowOf('the same: none hits, random sources', costOf(fiveFieldRules(RULES), { change: randomSource }), '<= 100'),
    rowOf('the same: a random one hits', costOf(fiveFieldRules(RULES), { change: withRandomRule }), '<= 100'),
    rowOf('limit by source: one source', costOf(LIMIT_BY_SOURCE), ''),
    rowOf(
      'limit by source: 1 M random sources',
      costOf(LIMIT_BY_SOURCE, { change: (program) => withRandomSource(program, 20) }),
      '<= 450',
    ),
  ]
  printTable('Processor time of a packet (BPF_PROG_TEST_RUN)', ['program', 'ns minimum', 'median', 'goal'], rows)
}

function deny(prefixes: number): PolicyOptions {
  return { lists: [networkList('deny', prefixes)], change: randomSource }
}

function costOf(
  rules: readonly WrittenRule[],
  options: PolicyOptions = {},
  frames: readonly Buffer[] = [STRANGER],
): PacketCost {
  const loaded = loadPolicy(rules, options)
  const cost = measureProgram(loaded.program, frames)
  loaded.close()
  return cost
}

function measureOnce(program: LoadedProgram): PacketCost {
  const cost = measureProgram(program, [STRANGER])
  program.close()
  return cost
}

function printLoading(): void {
  const rows = [100, RULES, 4 * RULES].map((count) => {
    const loads = Array.from({ length: 5 }, () => {
      const loaded = loadPolicy(fiveFieldRules(count))
      loaded.close()
      return loaded
    })
    const sum = ({ milliseconds: { compile, maps, verify } }: LoadedPolicy): number => compile + maps + verify
    const part = (read: (loaded: LoadedPolicy) => number): string => median(loads.map(read)).toFixed(1)
    return [
      count,
      part((loaded) => loaded.milliseconds.compile),
      part((loaded) => loaded.milliseconds.maps),
      part((loaded) => loaded.milliseconds.verify),
      part(sum),
      count === RULES ? '<= 50' : '',
      loads[0].instructions,
      mebibytes(loads[0].memoryBytes),
    ]
  })
  const header = ['five-field rules', 'compile ms', 'maps ms', 'verify ms', 'all ms', 'goal', 'instructions', 'MiB']
  printTable('Loading rules (wall clock, median of 5)', header, rows)
}

function mebibytes(bytes: number): string {
  return (bytes / 2 ** 20).toFixed(1)
}

async function printAgainstNft(index: number): Promise<void> {
  const pass = bareProgram('pass', randomNeighbour)
  const rules = loadPolicy(missedRules(), { change: randomNeighbour })
  const drop = bareProgram('drop', randomNeighbour)
  // A veth takes frames of a test run only when it has a program.
  const link = XdpLink.attach(pass, index, 'native')
  const live = (program: LoadedProgram): PacketCost =>
    measureRounds(LIVE_PACKETS, () => receiveFrames(program, STRANGER, index, LIVE_PACKETS))
  const ours = live(rules.program)
  const rows: Row[] = [rowOf('XDP: drop', live(drop), ''), rowOf('XDP: 100 five-field rules, then drop', ours, '')]
  for (const [what, text] of [
    ['nftables: drop', ''],
    ['nftables: the same 100 rules, then drop', missedNftRules()],
  ]) {
    applyNft(
      `table netdev bench { chain c { type filter hook ingress device ${DEVICE} priority -500; ${text}\n counter drop; }; }`,
    )
    const cost = live(pass)
    rows.push(
      rowOf(what, cost, `${(cost.minimumNs / ours.minimumNs).toFixed(1)} x${text === '' ? '' : ', goal >= 30 x'}`),
    )
    applyNft('delete table netdev bench')
  }
  link.close()
  printTable('Against nftables (live frames, random sources)', ['program', 'ns minimum', 'median', 'to ours'], rows)
}
