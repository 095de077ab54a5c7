import type { LiteralCondition } from '../literal/condition-set.ts'
import type { TranslatedRegex } from '../regex/translate.ts'
import { BYTE_MASK, type ByteMaskBits, type Transformation } from '../transformations/index.ts'
import type { EngineRule } from './engine-rule.ts'
import { conditionOf, type RuleCondition } from './rule-condition.ts'
import type { TargetGroup } from './targets.ts'
import { stepsOf, type TransformationChain } from './transformation-chain.ts'
import { VARIABLE_STEPS, type VariableStep } from './variable-table.ts'

/** A step of a request at which values are looked through. */
export type ScanStep = Exclude<VariableStep, 'volatile'>

/**
 * Conditions that are looked for together, by one automaton: those of lists that most rules look at, those of lists that few
 * do, and those of answers. What a list does not ask for only costs time where it is found.
 */
export const CONDITION_GROUPS = ['values', 'pieces', 'answers'] as const

export type ConditionGroup = (typeof CONDITION_GROUPS)[number]

/** Lists with fewer conditions than this are looked through for those of their like only. */
const FEW_CONDITIONS = 16

/** A rule that runs for a value only when the value fulfils its condition. */
export interface FilteredRule {
  /** Place among all filtered rules, in the order in which they run. */
  readonly number: number
  readonly rule: EngineRule
}

/** A filtered rule as it looks at one list of values. */
export interface FilterEntry {
  readonly filtered: FilteredRule
  readonly group: TargetGroup
}

interface ByteEntry {
  readonly mask: ByteMaskBits
  readonly entry: FilterEntry
}

/** What is looked for in a text. */
export interface Wanted {
  /** Entries by the number of their condition. */
  readonly byCondition: readonly (readonly FilterEntry[] | undefined)[]
  readonly byBytes: readonly ByteEntry[]
}

/** A transformation of a chain, as far as it matters to conditions. */
export interface PlanStep {
  readonly transformation: Transformation
  /** Classes of bytes without which it changes at most the case of letters. */
  readonly touches: ByteMaskBits
  /** Classes without which it does not change even that; 0 for a step that touches no case by itself. */
  readonly caseTouches: ByteMaskBits
  /** A shorter text before the step leads to none that fulfils a condition. */
  readonly minBytes: number
}

/** What is looked for in the values of one list after one chain of transformations. */
export interface ChainPlan extends Wanted {
  readonly id: number
  readonly steps: readonly PlanStep[]
  /** A shorter text at the end of the chain fulfils none of the conditions. */
  readonly minTextBytes: number
}

export interface ListPlan {
  readonly home: number
  readonly conditions: ConditionGroup
  readonly chains: readonly ChainPlan[]
}

export interface PrefilterPlan {
  readonly filtered: readonly FilteredRule[]
  readonly lists: Readonly<Record<ScanStep, readonly ListPlan[]>>
  readonly conditions: Readonly<Record<ConditionGroup, readonly LiteralCondition[]>>
}

/** Transformations that change nothing but the case of letters when no other of their bytes is there. */
const FOLDS_CASE: ReadonlySet<string> = new Set(['lowercase', 'uppercase', 'cmdLine'])

/** Sorts the rules of the phases 1 to 4 that have a condition by the lists that they look at. */
export function planPrefilter(
  phases: readonly (readonly EngineRule[])[],
  patterns: ReadonlyMap<string, TranslatedRegex>,
): PrefilterPlan {
  const planner = new Planner()
  for (const rule of phases.slice(0, LAST_FILTERED_PHASE + 1).flat()) {
    const condition = conditionOf(rule, patterns)
    if (condition !== undefined) planner.add(rule, condition)
  }
  return planner.finish()
}

const LAST_FILTERED_PHASE = 4
const REQUEST_BODY_PHASE = 2

/** When a list is complete for the rules of a phase. */
function stepOf(phase: number, home: number): ScanStep {
  const step = VARIABLE_STEPS[home]
  if (phase === 1) return 'head'
  if (phase === REQUEST_BODY_PHASE) return step === 'head' ? 'head' : 'body'
  return phase === LAST_FILTERED_PHASE && step === 'responseBody' ? 'responseBody' : 'response'
}

interface DraftChain {
  readonly chain: TransformationChain
  readonly literals: { readonly condition: LiteralCondition; readonly entry: FilterEntry }[]
  readonly byBytes: ByteEntry[]
}

class Planner {
  readonly #filtered: FilteredRule[] = []
  readonly #drafts = new Map<ScanStep, Map<number, Map<TransformationChain, DraftChain>>>()
  readonly #numberings: Readonly<Record<ConditionGroup, ConditionNumbering>> = {
    values: new ConditionNumbering(),
    pieces: new ConditionNumbering(),
    answers: new ConditionNumbering(),
  }

  add(rule: EngineRule, condition: RuleCondition): void {
    const filtered = { number: this.#filtered.length, rule }
    this.#filtered.push(filtered)
    const [link] = rule.links
    for (const group of link.targets?.groups ?? []) {
      for (const chain of link.stages ?? [link.chain]) {
        const draft = this.#draft(stepOf(rule.phase, group.home), group.home, chain)
        const entry = { filtered, group }
        if (condition.kind === 'bytes') draft.byBytes.push({ mask: condition.mask, entry })
        else draft.literals.push({ condition: condition.literals, entry })
      }
    }
  }

  #draft(step: ScanStep, home: number, chain: TransformationChain): DraftChain {
    const lists = valueOf(this.#drafts, step, () => new Map<number, Map<TransformationChain, DraftChain>>())
    const chains = valueOf(lists, home, () => new Map<TransformationChain, DraftChain>())
    return valueOf(chains, chain, () => ({ chain, literals: [], byBytes: [] }))
  }

  finish(): PrefilterPlan {
    const plans = (step: ScanStep): ListPlan[] =>
      [...(this.#drafts.get(step) ?? [])].map(([home, chains]) => this.#listPlan(step, home, [...chains.values()]))
    return {
      filtered: this.#filtered,
      lists: {
        head: plans('head'),
        body: plans('body'),
        response: plans('response'),
        responseBody: plans('responseBody'),
      },
      conditions: {
        values: this.#numberings.values.conditions,
        pieces: this.#numberings.pieces.conditions,
        answers: this.#numberings.answers.conditions,
      },
    }
  }

  #listPlan(step: ScanStep, home: number, drafts: readonly DraftChain[]): ListPlan {
    const conditions = groupOf(step, drafts)
    return { home, conditions, chains: drafts.map((draft) => chainPlan(draft, this.#numberings[conditions])) }
  }
}

function groupOf(step: ScanStep, drafts: readonly DraftChain[]): ConditionGroup {
  if (step === 'response' || step === 'responseBody') return 'answers'
  return drafts.reduce((count, { literals }) => count + literals.length, 0) < FEW_CONDITIONS ? 'pieces' : 'values'
}

/** Gives each condition a number; rules with the same pattern have the very same condition. */
class ConditionNumbering {
  readonly conditions: LiteralCondition[] = []
  readonly #numbers = new Map<LiteralCondition, number>()

  numberOf(condition: LiteralCondition): number {
    return valueOf(this.#numbers, condition, () => this.conditions.push(condition) - 1)
  }
}

function chainPlan({ chain, literals, byBytes }: DraftChain, numbering: ConditionNumbering): ChainPlan {
  const byCondition: FilterEntry[][] = []
  for (const { condition, entry } of literals) (byCondition[numbering.numberOf(condition)] ??= []).push(entry)
  const minTextBytes = byBytes.length > 0 ? 1 : Math.min(...literals.map(({ condition }) => shortestText(condition)))
  return { id: chain.id, steps: planSteps(chain, minTextBytes), byCondition, byBytes, minTextBytes }
}

/** The steps of a chain; how much text each needs is worked out from the end. */
function planSteps(chain: TransformationChain, minTextBytes: number): PlanStep[] {
  let minBytes = minTextBytes
  return stepsOf(chain)
    .toReversed()
    .map((transformation): PlanStep => {
      minBytes = Math.ceil(minBytes * (BYTES_NEEDED[transformation.name] ?? 0))
      const foldsCase = FOLDS_CASE.has(transformation.name)
      return {
        transformation,
        touches: foldsCase ? transformation.touches & ~CASES : transformation.touches,
        caseTouches: foldsCase ? transformation.touches & CASES : 0,
        minBytes,
      }
    })
    .toReversed()
}

/** The length of the shortest text that fulfils a condition. */
function shortestText(condition: LiteralCondition): number {
  return Math.max(0, ...condition.map((clause) => Math.min(...clause.map(({ length }) => length))))
}

/** Transformations that never make a text longer, with the bytes that they need for one that comes out. */
const BYTES_NEEDED: Readonly<Record<string, number>> = {
  urlDecode: 1,
  urlDecodeUni: 1,
  jsDecode: 1,
  removeWhitespace: 1,
  removeNulls: 1,
  replaceComments: 1,
  lowercase: 1,
  base64Decode: 4 / 3,
  base64DecodeExt: 4 / 3,
  hexDecode: 2,
}

/** What several chains look for, as one. */
export function unite(plans: readonly Wanted[]): Wanted {
  const conditionCount = Math.max(0, ...plans.map(({ byCondition }) => byCondition.length))
  return {
    byCondition: Array.from({ length: conditionCount }, (_, id) => {
      const entries = plans.flatMap(({ byCondition }) => byCondition[id] ?? [])
      return entries.length === 0 ? undefined : withoutRepeats(entries, (entry) => entry)
    }),
    byBytes: withoutRepeats(
      plans.flatMap(({ byBytes }) => byBytes),
      ({ entry }) => entry,
    ),
  }
}

/** A rule that tests several stages stands in several chains. */
function withoutRepeats<Item>(items: readonly Item[], entryOf: (item: Item) => FilterEntry): Item[] {
  const seen = new Map<FilteredRule, Set<TargetGroup>>()
  return items.filter((item) => {
    const { filtered, group } = entryOf(item)
    const groups = seen.get(filtered) ?? new Set()
    if (groups.has(group)) return false
    seen.set(filtered, groups.add(group))
    return true
  })
}

const CASES = BYTE_MASK.upperCase | BYTE_MASK.lowerCase

function valueOf<Key, Value>(map: Map<Key, Value>, key: Key, make: () => Value): Value {
  let value = map.get(key)
  if (value === undefined) map.set(key, (value = make()))
  return value
}
