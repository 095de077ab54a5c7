import { OTHER_MIXES } from '../src/detect/flood/testing/other-mixes.ts'
import { runBlock, type BlockResult, type LabRule } from './floods-lab-block.ts'
import { ATTACK_SLICE_MS, GOOD_SLICE, LAB_MIXES, networkOf } from './floods-lab-plan.ts'
import { runTools } from './floods-lab-tools.ts'
import { printTable } from './table.ts'

/** Mixes that share one start of Tidegate: their good traffic goes on at the same time. */
const BLOCK = 6
const LEARN_MS = 20_000
const ATTACK_MS = 8000
const LATE_MS = 2000
const SEED = 71
const WORDS: readonly string[] = ['cold', 'rules', 'new']
/** What is to be reached. */
const GOALS = { delayMs: 500, passedShare: 0.01, goodDroppedShare: 0.001 } as const

interface MixResult {
  readonly name: string
  readonly delayMs: number | undefined
  readonly attackPackets: number
  readonly passedShare: number
  readonly goodPackets: number
  readonly goodDroppedShare: number
  readonly steps: string
  readonly said: string
  readonly rules: readonly string[]
}

function resultsOf(block: BlockResult): readonly MixResult[] {
  return block.victims.map(({ mix }, index) => {
    const own = block.passages.filter(({ victim }) => victim === index)
    const attack = own.filter(({ kind }) => kind === 'attack').sort((left, right) => left.slice - right.slice)
    const first = attack.find(({ sent, received }) => received < sent)
    const { turnMs = Infinity } = LAB_MIXES.find(({ name }) => name === mix) ?? {}
    const late = attack.filter(({ slice }) => (slice * ATTACK_SLICE_MS) % turnMs >= LATE_MS)
    const good = own.filter(({ kind, slice }) => kind !== 'attack' && slice === GOOD_SLICE.since)
    const isOwn = ({ destination }: { readonly destination: string }): boolean => isIn(destination, index, mix)
    const fromMs = block.attackedAtMs[index]
    const rules = block.rules.filter(isOwn).toReversed()
    const said = new Set(block.attacks.filter(isOwn).map(({ unmitigated }) => unmitigated))
    return {
      name: mix,
      delayMs: first === undefined ? undefined : first.slice * ATTACK_SLICE_MS,
      attackPackets: sumOf(attack, 'sent'),
      passedShare: sumOf(late, 'received') / sumOf(late, 'sent'),
      goodPackets: sumOf(good, 'sent'),
      goodDroppedShare: 1 - sumOf(good, 'received') / sumOf(good, 'sent'),
      steps: [...new Set(rules.map(({ step }) => step))].join(', '),
      said: [...said].filter((each) => each !== undefined).join('; '),
      rules: rules.map((rule) => ruleLine(rule, fromMs)),
    }
  })
}

function ruleLine({ createdAt, step, when, evidence }: LabRule, fromMs: number): string {
  const { matched, of, source } = evidence.collateral
  const known = `${percent(evidence.coverage, 1)} of it, ${matched} of ${of} good (${source})`
  return `${Date.parse(createdAt) - fromMs} ms ${step}: ${when} [${known}]`
}

function isIn(destination: string, victim: number, mix: string): boolean {
  if (!mix.includes('IPv6')) return destination.startsWith(networkOf(victim).slice(0, -'0/24'.length))
  return destination.startsWith(`2001:db8:10:${victim + 1}:`) || destination.startsWith('2001:db8:10::/')
}

function sumOf(
  passages: readonly { readonly sent: number; readonly received: number }[],
  what: 'sent' | 'received',
): number {
  return passages.reduce((sum, passage) => sum + passage[what], 0)
}

function reaches({ delayMs, passedShare, goodDroppedShare }: MixResult): boolean {
  const isFast = delayMs !== undefined && delayMs <= GOALS.delayMs
  return isFast && passedShare <= GOALS.passedShare && goodDroppedShare <= GOALS.goodDroppedShare
}

function percent(share: number, digits: number): string {
  return `${(share * 100).toFixed(digits)} %`
}

/**
 * Floods over a real cable into a whole Tidegate with XDP, with good traffic that is counted frame by frame behind the filter.
 * Arguments: part of the names of mixes, `new` for those only that the simulation does not have, `cold` to let attacks come before anything was learnt, `rules` to print the rules;
 * or `tools`, for floods of real programs at a host with real clients.
 */
export async function run(args: readonly string[]): Promise<void> {
  if (args[0] === 'tools') return runTools(args.slice(1))
  const [isCold, areRulesShown, areNew] = WORDS.map((word) => args.includes(word))
  const parts = args.filter((arg) => !WORDS.includes(arg))
  const mixes = (areNew ? OTHER_MIXES : LAB_MIXES).filter(
    ({ name }) => parts.length === 0 || parts.some((part) => name.includes(part)),
  )
  const results: MixResult[] = []
  // What was measured is told also when a later block fails.
  try {
    for (let at = 0; at < mixes.length; at += BLOCK) {
      const learnMs = isCold ? undefined : LEARN_MS
      const block = await runBlock(mixes.slice(at, at + BLOCK), { learnMs, attackMs: ATTACK_MS, seed: SEED + at })
      process.stderr.write(
        `${at + block.victims.length} of ${mixes.length}; the sender lost ${block.lostMs.toFixed(0)} ms\n`,
      )
      const ofBlock = resultsOf(block)
      if (areRulesShown) process.stderr.write(`${JSON.stringify(ofBlock, undefined, 1)}\n`)
      results.push(...ofBlock)
    }
  } finally {
    printResults(results, isCold)
  }
}

function printResults(results: readonly MixResult[], isCold: boolean): void {
  const header = [
    'attack / good traffic',
    'delay ms',
    'passed',
    'good dropped',
    'good packets',
    'steps',
    'goal',
    'said',
  ]
  const rows = results.map((result) => [
    result.name,
    result.delayMs ?? 'never',
    percent(result.passedShare, 2),
    percent(result.goodDroppedShare, 3),
    result.goodPackets,
    result.steps,
    reaches(result) ? 'yes' : 'no',
    result.said,
  ])
  printTable(`Floods over a cable, ${isCold ? 'nothing learnt' : `learnt for ${LEARN_MS / 1000} s`}`, header, rows)
  const delays = results.map(({ delayMs }) => delayMs ?? Infinity).sort((left, right) => left - right)
  const reached = results.filter(reaches).length
  printTable(
    'All of them',
    ['measure', 'value'],
    [
      ['mixes that reach the goals', `${reached} of ${results.length}`],
      ['delay, median, ms', delays[Math.floor(delays.length / 2)]],
      ['delay, 95th percentile, ms', delays[Math.ceil(delays.length * 0.95) - 1] ?? Infinity],
    ],
  )
}
