import type { Population, RateCounts, RateQuestion } from './population/population.ts'
import type { CompareKind, RateProposal } from './report.ts'

/** What clients can be counted by; the first is the easiest to live with. */
const KEYS: Readonly<Record<CompareKind, readonly (readonly string[])[]>> = {
  http: [['ip.src'], ['ip.src', 'http.host'], ['ip.src', 'tls.ja4']],
  packet: [['ip.src'], ['ip.dst']],
  flow: [['ip.src'], ['ip.dst']],
  dns: [['ip.src']],
}
const PERIODS_SECONDS = [10, 60, 600]
/** The busiest good clients that a limit may touch, as a share of their periods. */
const TOUCHED = 0.0001
/** Room above the busiest good clients. */
const HEADROOM = 1.5
/** A limit that leaves more than this of the bad rows is not worth having. */
const LEAST_COVERAGE = 0.5

/**
 * The rate limit that holds back most bad rows while nearly every good client stays below it in every period; undefined when
 * there is none, or rows have no times.
 */
export async function proposeRate(
  bad: Population,
  good: Population,
  kind: CompareKind,
): Promise<RateProposal | undefined> {
  const questions = KEYS[kind].flatMap((key) => PERIODS_SECONDS.map((periodSeconds) => ({ key, periodSeconds })))
  const [badCounts, goodCounts] = await Promise.all([bad.rates(questions), good.rates(questions)])
  if (badCounts === undefined || goodCounts === undefined) return undefined
  const proposals = questions.flatMap((question, at) => proposalOf(question, badCounts[at], goodCounts[at]))
  return proposals.toSorted((a, b) => b.coverage - a.coverage)[0]
}

function proposalOf(question: RateQuestion, bad: RateCounts, good: RateCounts): RateProposal[] {
  const busiest = busiestSize(good)
  if (busiest === undefined || bad.keysBySize.size === 0) return []
  const threshold = Math.max(2, Math.ceil(busiest * HEADROOM))
  const coverage = shareAbove(bad, threshold)
  if (coverage < LEAST_COVERAGE) return []
  return [{ ...question, threshold, coverage, collateral: shareAbove(good, threshold) }]
}

/** The rows that nearly no key exceeds in a period; undefined when there are no keys. */
function busiestSize({ keysBySize }: RateCounts): number | undefined {
  const sizes = [...keysBySize].toSorted(([a], [b]) => b - a)
  const touched = TOUCHED * sizes.reduce((sum, [, keys]) => sum + keys, 0)
  let above = 0
  for (const [size, keys] of sizes) {
    above += keys
    if (above > touched) return size
  }
  return sizes.at(-1)?.[0]
}

/** Share of the rows that are beyond the threshold of their key. */
function shareAbove({ keysBySize }: RateCounts, threshold: number): number {
  let above = 0
  let all = 0
  for (const [size, keys] of keysBySize) {
    above += Math.max(0, size - threshold) * keys
    all += size * keys
  }
  return all === 0 ? 0 : Math.round((above / all) * 1e6) / 1e6
}
