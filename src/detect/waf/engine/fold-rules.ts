import { RequestParts } from '../parts/request-parts.ts'
import { Budget } from './budget.ts'
import type { SecLink } from '../seclang/index.ts'
import type { EngineLink, EngineRule } from './engine-rule.ts'
import { evaluateRule } from './evaluate-rule.ts'
import { parseIdRanges } from '../seclang/id-ranges.ts'
import { PersistentCollections } from './persistent-collections.ts'
import { chooses, type RuleChoice } from './removals.ts'
import { type StaticUse, staticUse } from './static-reads.ts'
import { Transaction } from './transaction.ts'
import type { TxNames, TxValue } from './tx-names.ts'

export interface FoldedRules {
  /** Rules that are left, by phase. */
  readonly phases: readonly (readonly EngineRule[])[]
  /** TX as it is before the first of them runs. */
  readonly template: readonly TxValue[]
}

/**
 * Runs, once and for all requests of a profile, what does not depend on the request: defaults are set, and whole stretches of
 * rules that a level skips are left out. What is left behaves for every request as if all rules were there:
 * a rule is only carried out beforehand when nothing that stays could have looked at or changed what it touches before.
 */
export function foldRules(
  phases: readonly (readonly EngineRule[])[],
  names: TxNames,
  template: readonly TxValue[],
): FoldedRules {
  const folder = new Folder(names, template)
  const kept = phases.map((rules) => folder.foldPhase(rules))
  return { phases: kept, template: folder.template }
}

type Outcome =
  /** The rule can be left out; when it jumps, so can what it jumps over. */
  | { readonly kind: 'done'; readonly skipTo: number | undefined }
  /** Its condition always holds, but what it does depends on the request. */
  | { readonly kind: 'unconditional' }
  | { readonly kind: 'open' }

const DONE: Outcome = { kind: 'done', skipTo: undefined }
const UNCONDITIONAL: Outcome = { kind: 'unconditional' }
const OPEN: Outcome = { kind: 'open' }

class Folder {
  readonly #names: TxNames
  readonly #scratch: Transaction
  /** Slots whose value depends on the request from here on. */
  readonly #unknown = new Set<number>()
  /** Slots that a rule which stays has read or may have written. */
  readonly #touched = new Set<number>()
  /** Rules that rules which stay may take out of force; undefined: any. */
  readonly #removals: (RuleChoice | undefined)[] = []
  /** Rules before this position of the phase run for some requests only. */
  #conditionalUntil = 0

  constructor(names: TxNames, template: readonly TxValue[]) {
    this.#names = names
    this.#scratch = new Transaction(
      new RequestParts(NO_REQUEST),
      { names, template, persistent: new PersistentCollections(), noCandidates: [] },
      { exceptions: undefined, stopsAtInterruption: false, budget: new Budget(Number.POSITIVE_INFINITY) },
    )
    for (let slot = 0; slot <= 9; slot++) this.#unknown.add(slot)
  }

  get template(): readonly TxValue[] {
    return this.#scratch.tx.slots.map((value, slot) => (slot <= 9 ? undefined : value))
  }

  foldPhase(rules: readonly EngineRule[]): EngineRule[] {
    const kept: EngineRule[] = []
    let deadUntil = 0
    this.#conditionalUntil = 0
    for (const [index, whole] of rules.entries()) {
      if (whole.position < deadUntil) continue
      const rule = this.#withoutKnownLinks(whole)
      if (rule === undefined) continue
      const use = this.#useOf(rule)
      const outcome = this.#outcome(rule, use, rules.slice(index + 1))
      if (outcome.kind === 'done') {
        deadUntil = outcome.skipTo ?? deadUntil
        continue
      }
      kept.push(outcome.kind === 'unconditional' ? withoutCondition(rule) : rule)
      this.#keep(rule, use)
    }
    return kept
  }

  /**
   * Takes off the first links of a chain that hold for every request and do nothing; undefined when one of them never holds.
   * What a later link reads of the match before it must not be theirs.
   */
  #withoutKnownLinks(rule: EngineRule): EngineRule | undefined {
    let at = 0
    while (at < rule.links.length - 1) {
      const link = oneLink(rule, at)
      const { conditionSlots } = this.#useOf(link)
      if (conditionSlots === undefined || !this.#knows(conditionSlots)) break
      const isQuiet = rule.links[at].effects.length === 0 && !rule.links[at].capture
      if (!isQuiet) break
      if (!this.#run(link)) return undefined
      if (readsMatched(rule, at + 1)) break
      at++
    }
    return at === 0 ? rule : withLinks(rule, rule.links.slice(at), rule.source.links.slice(at))
  }

  #useOf(rule: EngineRule): StaticUse {
    return staticUse(
      rule.source,
      rule.links.map(({ targets }) => targets),
      this.#names,
    )
  }

  #outcome(rule: EngineRule, use: StaticUse, following: readonly EngineRule[]): Outcome {
    if (use.conditionSlots === undefined || !this.#knows(use.conditionSlots)) return { kind: 'open' }
    const before = this.#scratch.tx.slots.slice()
    const matched = this.#run(rule)
    const outcome = this.#outcomeOf(rule, use, following, matched, before)
    if (outcome.kind !== 'done') for (const [slot, value] of before.entries()) this.#scratch.tx.slots[slot] = value
    return outcome
  }

  #outcomeOf(
    rule: EngineRule,
    use: StaticUse,
    following: readonly EngineRule[],
    matched: boolean,
    before: readonly TxValue[],
  ): Outcome {
    const isFullyKnown = use.onlySetsTx && use.valueSlots !== undefined && this.#knows(use.valueSlots)
    const changed = this.#scratch.tx.slots.some((value, slot) => value !== before[slot])
    // A chain of which only the first links hold does what those say.
    if (!matched) return !changed || (isFullyKnown && this.#maySet(rule, use)) ? DONE : OPEN
    if (rule.logs || rule.disruptive !== 'pass') return OPEN
    const isPlain = rule.links.length === 1 && !rule.links[0].capture
    // The value that is there already counts as set where rules that stay have written another one meanwhile.
    const sets = changed || intersects(use.writtenSlots, this.#touched)
    if (!isFullyKnown || (sets && !this.#maySet(rule, use))) return isPlain ? UNCONDITIONAL : OPEN
    if (rule.skipTo !== undefined && !this.#mayJump(rule, following)) return OPEN
    return { kind: 'done', skipTo: rule.skipTo }
  }

  /** Whether variables can be set beforehand: no rule that stays looks at them before, none skips or takes out this one. */
  #maySet(rule: EngineRule, use: StaticUse): boolean {
    if (rule.position < this.#conditionalUntil || intersects(use.writtenSlots, this.#touched)) return false
    return !this.#removals.some((choice) => choice === undefined || chooses(choice, rule))
  }

  /** A jump can be made beforehand when whatever takes the rule out takes out all that it jumps over as well. */
  #mayJump(rule: EngineRule, following: readonly EngineRule[]): boolean {
    const skipTo = rule.skipTo ?? 0
    if (rule.position < this.#conditionalUntil && skipTo > this.#conditionalUntil) return false
    const skipped = following.filter(({ position }) => position < skipTo)
    return this.#removals.every((choice) => {
      if (choice === undefined) return false
      return !chooses(choice, rule) || skipped.every((other) => chooses(choice, other))
    })
  }

  #keep(rule: EngineRule, use: StaticUse): void {
    for (const slot of use.writtenSlots) {
      this.#unknown.add(slot)
      this.#touched.add(slot)
    }
    for (const slot of use.readSlots) this.#touched.add(slot)
    this.#removals.push(...removalsOf(rule))
    if (rule.skipTo !== undefined) this.#conditionalUntil = Math.max(this.#conditionalUntil, rule.skipTo)
    // An `allow`, or a refusal, ends the phase for some requests.
    if (rule.disruptive !== 'pass') this.#conditionalUntil = Number.MAX_SAFE_INTEGER
  }

  #knows(slots: ReadonlySet<number>): boolean {
    return !intersects(slots, this.#unknown)
  }

  #run(rule: EngineRule): boolean {
    const matched = evaluateRule(this.#scratch, rule, undefined)
    this.#scratch.linkMatches = []
    return matched
  }
}

function intersects(one: ReadonlySet<number>, other: ReadonlySet<number>): boolean {
  for (const slot of one) if (other.has(slot)) return true
  return false
}

function withLinks(rule: EngineRule, links: readonly EngineLink[], sources: readonly SecLink[]): EngineRule {
  return { ...rule, links, source: { ...rule.source, links: sources } }
}

function oneLink(rule: EngineRule, at: number): EngineRule {
  return withLinks(rule, [rule.links[at]], [rule.source.links[at]])
}

/** Whether a link from `from` on reads what matched before it. */
function readsMatched({ source }: EngineRule, from: number): boolean {
  return source.links
    .slice(from)
    .some(
      (link) =>
        link.variables.some(({ name }) => name.startsWith('MATCHED_VAR')) || /%\{matched_var/i.test(textOf(link)),
    )
}

function textOf({ operator, actions }: SecLink): string {
  return [operator.argument, ...actions.map(({ value }) => value)].join('\n')
}

function withoutCondition(rule: EngineRule): EngineRule {
  return { ...rule, links: rule.links.map((link) => ({ ...link, targets: undefined })) }
}

/** The rules that `ctl` actions of a rule may take out of force. */
function removalsOf({ source }: EngineRule): (RuleChoice | undefined)[] {
  return source.links.flatMap(({ actions }) =>
    actions.flatMap(({ name, value }) => {
      const removal = name === 'ctl' ? /^ruleRemoveBy(Id|Tag|Msg)=([^]*)$/i.exec(value) : null
      return removal === null ? [] : [removalChoice(removal[1].toLowerCase(), removal[2])]
    }),
  )
}

function removalChoice(by: string, text: string): RuleChoice | undefined {
  if (text.includes('%{')) return undefined
  if (by === 'tag') return { by: 'tag', tag: text }
  if (by === 'msg') return { by: 'message', message: text }
  const ranges = parseIdRanges(text)
  return ranges === undefined ? undefined : { by: 'id', ranges }
}

/** Rules that are carried out beforehand look at TX only. */
const NO_REQUEST = {
  ray: '',
  method: '',
  target: '',
  version: '',
  fields: [],
  remoteAddress: 0,
  remotePort: 0,
  localAddress: 0,
  localPort: 0,
  secure: false,
  receivedMs: 0,
} as const
