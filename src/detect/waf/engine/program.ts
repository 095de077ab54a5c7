import type { TranslatedRegex } from '../regex/translate.ts'
import type { SecRuleSet } from '../seclang/index.ts'
import { buildRules } from './build-rules.ts'
import { CandidateFinder, type PrefilterTables } from './candidate-finder.ts'
import type { EngineRule } from './engine-rule.ts'
import { foldRules } from './fold-rules.ts'
import type { PatternCache } from './pattern-cache.ts'
import type { PersistentCollections } from './persistent-collections.ts'
import { planPrefilter, type PrefilterPlan } from './prefilter-plan.ts'
import { type Profile, profileVariables } from './profile.ts'
import type { TransactionRules } from './transaction.ts'
import { TransformationChains } from './transformation-chain.ts'
import type { TxNames, TxValue } from './tx-names.ts'
import { registerTxNames } from './tx-registration.ts'
import { TX } from './variable-table.ts'

/** Numbers of the phases: request head and body, head and body of the answer, log; index 0 stays empty. */
const PHASES = [0, 1, 2, 3, 4, 5]

/** What a program is made of. */
export interface ProgramSource {
  readonly set: SecRuleSet
  readonly translated: ReadonlyMap<string, TranslatedRegex>
  readonly patterns: PatternCache
  readonly persistent: PersistentCollections
}

/** The rules of a set as one profile runs them. */
export class Program implements TransactionRules {
  readonly names: TxNames
  readonly template: readonly TxValue[]
  readonly persistent: PersistentCollections
  readonly plan: PrefilterPlan
  readonly noCandidates: readonly undefined[]
  /** Undefined without tables: every rule then runs for every value. */
  readonly finder: CandidateFinder | undefined
  /** By phase, in order: the rules that run for every request. */
  readonly always: readonly (readonly EngineRule[])[]
  /** By phase, in order: of those the rules that look at nothing but TX, such as the sums and what is decided by them. */
  readonly sums: readonly (readonly EngineRule[])[]

  /** @param tables made from the conditions of the plan of the same profile */
  constructor(source: ProgramSource, profile: Profile, tables: PrefilterTables | undefined) {
    const { set, patterns } = source
    this.names = registerTxNames(set.items)
    const settings = new Map(profileVariables(profile).map(([name, value]) => [this.names.slotOf(name), value]))
    const rules = buildRules(set, { names: this.names, chains: new TransformationChains(), patterns })
    const { phases, template } = foldRules(
      PHASES.map((phase) => rules.filter((rule) => rule.phase === phase)),
      this.names,
      this.names.names.map((_, slot) => settings.get(slot)),
    )
    this.template = template
    this.persistent = source.persistent
    this.plan = planPrefilter(phases, source.translated)
    this.noCandidates = this.plan.filtered.map(() => undefined)
    this.finder = tables === undefined ? undefined : new CandidateFinder(this.plan, tables)
    const filtered = new Set(tables === undefined ? [] : this.plan.filtered.map(({ rule }) => rule))
    this.always = phases.map((list) => list.filter((rule) => !filtered.has(rule)))
    this.sums = this.always.map((list) => list.filter(looksAtTxOnly))
  }
}

function looksAtTxOnly({ links }: EngineRule): boolean {
  return links.every(({ targets }) => {
    if (targets === undefined) return true
    return [...targets.groups, ...targets.counts].every(({ home }) => home === TX)
  })
}
