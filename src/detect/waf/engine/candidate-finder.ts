import { ConditionSet, type ConditionTables } from '../literal/condition-set.ts'
import { CACHED_VALUE_BYTES, CandidateCache, type KnownText } from './candidate-cache.ts'
import type { Candidates } from './candidates.ts'
import { ChainSearch } from './chain-search.ts'
import {
  CONDITION_GROUPS,
  type ConditionGroup,
  type FilterEntry,
  type ListPlan,
  type PrefilterPlan,
  type ScanStep,
} from './prefilter-plan.ts'
import { satisfies } from './evaluate-rule.ts'
import type { SecValue } from './sec-value.ts'
import { selects } from './targets.ts'
import type { Transaction } from './transaction.ts'

export type PrefilterTables = Readonly<Record<ConditionGroup, ConditionTables>>

const STEPS: readonly ScanStep[] = ['head', 'body', 'response', 'responseBody']
const NO_ENTRIES: readonly FilterEntry[] = []

/** Lists of which a value is costly to look through remember more of them: a document may have hundreds of names. */
const MANY_CHAINS = 8
const MANY_PLACES = 4096
const FEW_PLACES = 512

/** Places of a list for which the value that stood there last is remembered: documents of one kind repeat their names in order. */
const POSITIONS = 1024

/** Finds the rules that can match a value, in one pass over it for all rules together. */
export class CandidateFinder {
  readonly #scanners: ReadonlyMap<ScanStep, readonly ListScanner[]>

  constructor(plan: PrefilterPlan, tables: PrefilterTables) {
    const sets = new Map(CONDITION_GROUPS.map((group) => [group, new ConditionSet(tables[group])]))
    this.#scanners = new Map(
      STEPS.map((step) => [step, plan.lists[step].map((list) => new ListScanner(list, sets.get(list.conditions)!))]),
    )
  }

  /** Looks through all lists that are complete at a step. */
  find(transaction: Transaction, candidates: Candidates, step: ScanStep): void {
    for (const scanner of this.#scanners.get(step) ?? []) {
      const list = transaction.listOf(scanner.home)
      for (let at = 0; at < list.length; at++) {
        const entries = scanner.entriesOf(transaction, list[at], at)
        for (let index = 0; index < entries.length; index++) {
          const { filtered, group } = entries[index]
          if (selects(group, list[at])) candidates.add(filtered, list[at])
        }
        if (list[at].text.length > CACHED_VALUE_BYTES && transaction.budget.isSpent()) return
      }
    }
  }
}

/** Finds the rules for the values of one list. */
class ListScanner {
  readonly home: number
  readonly #search: ChainSearch
  readonly #cache: CandidateCache
  readonly #lastTexts: string[] = []
  readonly #lastKnown: KnownText[] = []

  constructor({ home, chains }: ListPlan, set: ConditionSet) {
    this.home = home
    this.#search = new ChainSearch(chains, set)
    this.#cache = new CandidateCache(chains.length >= MANY_CHAINS ? MANY_PLACES : FEW_PLACES)
  }

  /** Entries whose condition a value fulfils; `at` is its place in the list. */
  entriesOf(transaction: Transaction, value: SecValue, at: number): readonly FilterEntry[] {
    const { text } = value
    if (text.length > CACHED_VALUE_BYTES) return this.#searched(value)
    // Header fields mostly stand where they stood in the request before, and are the same strings.
    if (text === this.#lastTexts[at]) return this.#tested(transaction, value, this.#lastKnown[at])
    let known = this.#cache.get(text)
    if (known === undefined) {
      known = { text, entries: this.#searched(value), isTested: false }
      this.#cache.set(known)
      return known.entries
    }
    if (at < POSITIONS) {
      this.#lastTexts[at] = text
      this.#lastKnown[at] = known
    }
    return this.#tested(transaction, value, known)
  }

  /** A text that comes again is worth the work of finding out which of its rules do match. */
  #tested(transaction: Transaction, value: SecValue, known: KnownText): readonly FilterEntry[] {
    if (!known.isTested) {
      known.entries = known.entries.filter(({ filtered }) => satisfies(transaction, filtered.rule, value))
      known.isTested = true
    }
    return known.entries
  }

  #searched(value: SecValue): readonly FilterEntry[] {
    const found: FilterEntry[] = []
    this.#search.search(value.text, value.mask, found)
    return found.length === 0 ? NO_ENTRIES : found
  }
}
