import { shareInterval } from './search/significance.ts'
import type { Advice, CompareKind, CompareReport, RateProposal, Shares, UnseenReport } from './report.ts'

type Judged = Pick<CompareReport, 'filters' | 'together' | 'good'>

/** What a filter must reach to be the answer by itself. */
const ENOUGH_COVERAGE = 0.5

export interface AdviceInput extends Judged {
  readonly kind: CompareKind
  readonly rate: RateProposal | undefined
  /** False when the bad side holds no more than the baseline. */
  readonly isExcess: boolean
  /** Tolerated share of good rows for a block. */
  readonly limit: number
  readonly labels: CompareReport['labels']
  readonly unseen: UnseenReport | undefined
}

/** What to do, and why. */
export function adviseOn(input: AdviceInput): { readonly advice: Advice; readonly why: string } {
  const { filters, together, kind, rate, limit } = input
  if (filters.length > 0) {
    const rest = restText(input)
    const found = filterText(filters.length, together)
    const doubt = together.collateral > limit ? ' That is too many to block.' : doubtText(input)
    if (doubt === '') return { advice: 'block', why: `${found}${unseenText(input)}${rest}` }
    return { advice: kind === 'http' ? 'challenge' : 'rate_limit', why: `${found}${doubt}${rest}` }
  }
  if (!input.isExcess) return { advice: 'none', why: 'The bad side holds no more than the baseline explains.' }
  if (rate !== undefined) return { advice: 'rate_limit', why: `${NO_FILTER} ${rateText(rate)}` }
  if (kind === 'http') {
    return {
      advice: 'challenge',
      why: `${NO_FILTER} Clients cannot be told apart by rate either: a challenge makes them prove what they are.`,
    }
  }
  const why = `${NO_FILTER} A limit at what the target can bear keeps it reachable for some.`
  return { advice: 'rate_limit', why }
}

const NO_FILTER = 'No filter is safe: whatever selects the bad rows also selects good ones.'

function filterText(count: number, together: Shares): string {
  const what = count === 1 ? 'One filter selects' : `${count} filters together select`
  return `${what} ${percent(together.coverage)} of the bad rows and ${percent(together.collateral)} of the good ones.`
}

/** The other numbers are also of rows that chose the filters. */
function unseenText({ unseen }: AdviceInput): string {
  if (unseen === undefined) return ''
  const { rows, collateral, interval } = unseen
  const hit = `${percent(collateral)} are hit: at most ${percent(interval[1])} of good traffic`
  return ` Of ${rows.toLocaleString('en-US')} good rows that the search had not seen ${hit}.`
}

/** Share of good rows that a filter to block with may hit at worst: the upper end of the 95 % interval. */
const WORST_COLLATERAL = 0.01

/** What few good rows do not say. */
function doubtText({ together, unseen, limit, good }: AdviceInput): string {
  const rows = unseen?.rows ?? good.rows
  const [least, worst] = unseen?.interval ?? shareInterval(together.collateral * rows, rows)
  if (least > limit)
    return ` But of rows that the search had not seen they hit ${percent(unseen?.collateral ?? least)}.`
  if (worst < WORST_COLLATERAL) return ''
  const hit = `up to ${percent(worst)} of the good traffic may be hit`
  return ` But ${rows} good rows are too few to block by: ${hit}. Compare with more, or let the rule only log at first.`
}

function restText({ together, rate, labels }: AdviceInput): string {
  if (together.coverage >= ENOUGH_COVERAGE) return ''
  const rest =
    labels === 'trusted'
      ? ' What is left looks like good traffic: the bad side may hold some, or a part of the attack imitates it.'
      : ' What is left cannot be told apart from good traffic.'
  return rate === undefined ? rest : `${rest} ${rateText(rate)}`
}

function rateText({ key, periodSeconds, threshold, coverage }: RateProposal): string {
  const of = key.join(' and ')
  return `A limit of ${threshold} in ${periodSeconds} s for each ${of} holds back ${percent(coverage)} of the bad rows.`
}

function percent(share: number): string {
  const value = share * 100
  if (value === 0 || value === 100) return `${value} %`
  const digits = value < 0.01 ? 4 : value < 1 || value > 99 ? 2 : 1
  return `${value.toFixed(digits)} %`
}
