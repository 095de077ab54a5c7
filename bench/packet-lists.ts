import type { ListData } from '#decide'
import { receiveFrames, XdpLink } from '#net'
import { packRanges, parseCidr, unpackRanges } from '#wire'
import { NftFirewall } from '../src/points/firewall/nftables/nft-firewall.ts'
import { XdpFirewall } from '../src/points/firewall/process/xdp-firewall.ts'
import { packetPolicy } from '../src/points/firewall/testing/packet-policy.ts'
import { withRandomSource } from '../src/points/firewall/testing/changed-packets.ts'
import { bareProgram, measureRounds } from './packet-programs.ts'
import { datagram, DENY_LIST, millionOfBothVersions, millionPrefixes, networkList } from './packet-workloads.ts'
import { median, printTable } from './table.ts'

type AddressList = Extract<ListData, { type: 'IP' }>
type Row = readonly (string | number)[]

const CHANGES = 201
const MILLION = 1_000_000
const LIVE_PACKETS = 50_000
const HEADER = ['prefixes', 'put in force ms', 'goal', 'one entry ms', 'goal', `${CHANGES} taken back ms`, 'MiB']

/** What it takes to put large lists in force, and to change them, by both backends. */
export function printLists(device: string, index: number, isShort: boolean): void {
  const sizes = [1000, 100_000, ...(isShort ? [] : [MILLION])]
  const interfaces = [{ name: device, directions: ['in'], protect: [] }] as const
  const firewall = { interfaces, backend: 'auto', onExit: 'open', management: [] } as const
  const listOf = (prefixes: number): AddressList =>
    prefixes === MILLION ? millionPrefixes('deny') : networkList('deny', prefixes)

  const rowOf = (what: string | number, list: AddressList, measure: Measure): Row => {
    const { applied, oneEntry, restored, memoryBytes, packetNs } = measure(list, firewall, index)
    const goal = list.ranges.count === MILLION ? '<= 5000' : ''
    const mebibytes = (memoryBytes / 2 ** 20).toFixed(1)
    const row = [what, applied.toFixed(0), goal, oneEntry.toFixed(2), '<= 1', restored.toFixed(1), mebibytes]
    return packetNs === undefined ? row : [...row, packetNs.toFixed(0)]
  }
  const xdp = sizes.map((prefixes) => rowOf(prefixes, listOf(prefixes), measureXdp))
  printTable('Lists by XDP (wall clock; an entry by itself)', HEADER, xdp)
  const nft = sizes.map((prefixes) => rowOf(prefixes, listOf(prefixes), measureNft))
  const both = isShort ? [] : [rowOf('1000000, half of them IPv6', millionOfBothVersions('deny'), measureNft)]
  printTable(
    'Lists by nftables (wall clock; an entry as a policy that is put in force; processor time of a packet that passes)',
    [...HEADER, 'packet ns'],
    [...nft, ...both],
  )
}

interface ListCost {
  readonly applied: number
  readonly oneEntry: number
  readonly restored: number
  readonly memoryBytes: number
  readonly packetNs?: number
}

type Configuration = Parameters<XdpFirewall['apply']>[1]
type Measure = (list: AddressList, configuration: Configuration, index: number) => ListCost

function timeOf(work: () => void): number {
  const started = performance.now()
  work()
  return performance.now() - started
}

function measureXdp(list: AddressList, configuration: Configuration): ListCost {
  const firewall = new XdpFirewall()
  const policy = packetPolicy(DENY_LIST, [list])
  let memoryBytes = 0
  const applied = timeOf(() => ({ memoryBytes } = firewall.apply(policy, configuration, 0)))
  const added = Array.from({ length: CHANGES }, (_, index) => {
    const entry = parseCidr(`198.18.${index}.0/24`)
    return timeOf(() => firewall.changeList('deny', entry === undefined ? [] : [entry], []))
  })
  const restored = timeOf(() => firewall.apply(policy, configuration, 0))
  firewall.release()
  return { applied, oneEntry: median(added), restored, memoryBytes }
}

function measureNft(list: AddressList, configuration: Configuration, index: number): ListCost {
  const firewall = new NftFirewall(() => {})
  const policyOf = (entries: readonly string[]): ReturnType<typeof packetPolicy> => {
    const added = entries.flatMap((entry) => parseCidr(entry) ?? [])
    return packetPolicy(DENY_LIST, [{ ...list, ranges: packRanges([...unpackRanges(list.ranges), ...added]) }])
  }
  const entries = Array.from({ length: CHANGES }, (_, index) => `198.18.${index}.0/24`)
  const [policy, one, all] = [policyOf([]), policyOf(entries.slice(0, 1)), policyOf(entries)]
  let memoryBytes = 0
  const applied = timeOf(() => ({ memoryBytes } = firewall.apply(policy, configuration, 0)))
  const packetNs = costOfPacket(index)
  // Another list each time: what is compared is all of it.
  const changed = entries.map((_, index) =>
    timeOf(() => firewall.apply(index % 2 === 0 ? one : policy, configuration, 0)),
  )
  firewall.apply(all, configuration, 0)
  const restored = timeOf(() => firewall.apply(policy, configuration, 0))
  firewall.release()
  return { applied, oneEntry: median(changed), restored, memoryBytes, packetNs }
}

/** What a packet from anywhere costs the whole way up to the network stack, which throws it away. */
function costOfPacket(index: number): number {
  const pass = bareProgram('pass', (program) => withRandomSource(program, 32))
  // A veth takes frames of a test run only when it has a program.
  const link = XdpLink.attach(pass, index, 'native')
  const frame = datagram('198.51.100.7', 53)
  const { minimumNs } = measureRounds(LIVE_PACKETS, () => receiveFrames(pass, frame, index, LIVE_PACKETS))
  link.close()
  pass.close()
  return minimumNs
}
