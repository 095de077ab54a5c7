import { enterOwnNetwork } from '../../../src/net/bpf/testing/own-network.ts'
import { Random } from '../random.ts'
import { type Comparison, compareBpf, compareNft, emptyComparison } from './compare-targets.ts'
import { comparePolicies } from './compare-policies.ts'
import { kernelLists } from './kernel-lists.ts'
import { NftJudge } from './nft-judge.ts'

const PACKETS = 120_000
const ROUND_FRAMES = 5000
const POLICY_RULES = [5, 20, 60, 200, 600, 1500] as const

/**
 * Compares JavaScript, eBPF and nftables on at least 100,000 hostile packets each. Needs root and nft. Arguments: a seed
 * (else the time), and how many packets.
 */
export async function run([seedText, packetsText]: readonly string[]): Promise<void> {
  const seed = seedText === undefined ? Date.now() >>> 0 : Number(seedText)
  const packets = packetsText === undefined ? PACKETS : Number(packetsText)
  process.stdout.write(`seed ${seed}\n`)
  enterOwnNetwork()
  const [lists, judge] = [kernelLists(), new NftJudge('tgjudge')]
  const [bpf, policies, nft, tables] = Array.from({ length: 4 }, emptyComparison)
  const random = new Random(seed)
  while (bpf.packets < packets && bpf.differences.length === 0) compareBpf(random, ROUND_FRAMES, lists, bpf)
  report('eBPF', bpf)
  while (policies.packets < packets && policies.differences.length === 0) {
    comparePolicies(random, ROUND_FRAMES, random.pick(POLICY_RULES), policies)
  }
  report('policies in eBPF', policies)
  while (nft.packets < packets && nft.differences.length === 0) {
    compareNft(random, ROUND_FRAMES, lists, judge, nft)
  }
  report('nftables', nft)
  while (tables.packets < packets && tables.differences.length === 0) {
    comparePolicies(random, ROUND_FRAMES, random.pick(POLICY_RULES), tables, 'nft')
  }
  report('policies in nftables', tables)
}

function report(target: string, { packets, verdicts, matched, notCompared, differences }: Comparison): void {
  const rest = notCompared === 0 ? '' : `, ${notCompared} packets not compared`
  process.stdout.write(
    `${target}: ${packets} packets, ${verdicts} verdicts, ${matched} true, ${differences.length} differences${rest}\n`,
  )
  for (const difference of differences) process.stdout.write(`${difference}\n`)
  if (differences.length > 0) process.exitCode = 1
}
