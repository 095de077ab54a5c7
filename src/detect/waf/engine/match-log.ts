import type { WafMatch } from '../verdict.ts'
import type { EngineLink, EngineRule } from './engine-rule.ts'
import { SecCount, type SecValue } from './sec-value.ts'
import type { Transaction } from './transaction.ts'
import { changingSteps, type TransformationChain } from './transformation-chain.ts'
import { TX } from './variable-table.ts'

/** Matches that are explained; of more only the rule ids and the number are kept. */
const KEPT_MATCHES = 64

/** Bytes of a value that are shown around what matched. */
const SHOWN_BYTES = 512

/** A value that satisfied a link of the rule that is being evaluated. */
export interface LinkMatch {
  readonly link: EngineLink
  /** Undefined for a link that looks at nothing. */
  readonly value: SecValue | undefined
  /** The text that was tested, after `chain`. */
  readonly text: string
  readonly chain: TransformationChain
  /** What its effects added to the anomaly scores by paranoia level, and to one that is not told apart by level. */
  levelScore: number
  totalScore: number
}

/** Rule sets that keep scores by level sum them up themselves: only of the others the total counts. */
function scoreOf({ levelScore, totalScore }: LinkMatch): number {
  return levelScore === 0 ? totalScore : levelScore
}

/** What matched in one request, in order. */
export class MatchLog {
  readonly matches: WafMatch[] = []
  readonly #ids = new Set<number>()
  omitted = 0
  /** Anomaly scores that the rules added, of the request and of the answer. */
  inbound = 0
  outbound = 0

  /** Ids of all rules that matched, each once, in order. */
  get ruleIds(): Iterable<number> {
    return this.#ids
  }

  has(ruleId: number): boolean {
    return this.#ids.has(ruleId)
  }

  /** Takes a rule that matched with the values that satisfied its links. */
  add(transaction: Transaction, rule: EngineRule, linkMatches: readonly LinkMatch[]): void {
    this.#ids.add(rule.id)
    const score = linkMatches.reduce((sum, match) => sum + scoreOf(match), 0)
    if (rule.phase <= 2) this.inbound += score
    else if (rule.phase <= 4) this.outbound += score
    const told = tellingMatches(linkMatches)
    for (const [index, match] of told.entries()) {
      if (this.matches.length >= KEPT_MATCHES) {
        this.omitted += told.length - index
        return
      }
      // A chain adds its score once, by a link that may not be the one that tells where it matched.
      const isSingle = rule.links.length === 1
      this.matches.push(explain(transaction, rule, match, isSingle ? scoreOf(match) : index === 0 ? score : 0))
    }
  }
}

/** Of a chain: the matches of the last link that looked at something a client sent, else those of the rule itself. */
function tellingMatches(linkMatches: readonly LinkMatch[]): readonly LinkMatch[] {
  const last = linkMatches.findLast(({ value }) => isTelling(value))
  const link = (last ?? linkMatches[0])?.link
  return linkMatches.filter((match) => match.link === link)
}

/** A count or a variable of the rules themselves says nothing about where in the request it was. */
function isTelling(value: SecValue | undefined): boolean {
  return value !== undefined && value.variable !== TX && !(value instanceof SecCount)
}

function explain(transaction: Transaction, rule: EngineRule, match: LinkMatch, score: number): WafMatch {
  const { link, value, text, chain } = match
  const span = value === undefined ? NOWHERE : link.operator.locate(text, transaction)
  const start = Math.max(0, Math.min(span.offset, text.length - SHOWN_BYTES, span.offset - SHOWN_BYTES / 4))
  const shown = text.slice(start, start + SHOWN_BYTES)
  const finding = link.operator.finding?.(text)
  return {
    ruleSet: 'crs',
    ruleId: String(rule.id),
    class: rule.class,
    score,
    phase: rule.phase,
    paranoia: rule.source.metadata.paranoia,
    message: rule.message.read(transaction),
    variable: value?.fullName ?? '',
    trail: value === undefined ? [] : changingSteps(chain, value.text),
    value: shown,
    matchOffset: Math.min(span.offset - start, shown.length),
    matchLength: Math.max(0, Math.min(span.length, shown.length - (span.offset - start))),
    valueOffset: start + (value?.offset ?? 0),
    ...(finding === undefined ? {} : { finding }),
  }
}

const NOWHERE = { offset: 0, length: 0 } as const
