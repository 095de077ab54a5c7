import type { SourcePlace } from '#kernel'
import type { SecMarker, SecSetting } from './model.ts'
import type { ParsedAction } from './parse-actions.ts'
import type { Problems } from './problems.ts'
import type { RuleChange } from './rule-change.ts'
import { MISSING_ID, type RuleDraft } from './rule-draft.ts'

/** What has been read so far. Changes to rules wait until the end, because they may stand before the rules they mean. */
export class RuleSetDraft {
  readonly problems: Problems
  readonly items: (RuleDraft | SecMarker)[] = []
  readonly rulesById = new Map<number, RuleDraft>()
  readonly changes: RuleChange[] = []
  /** Actions of SecDefaultAction by phase, as they stand at the current place. */
  readonly defaults = new Map<number, readonly ParsedAction[]>()
  readonly engine = new Map<string, SecSetting>()
  readonly signatures: string[] = []
  readonly files = new Set<string>()
  /** The rule whose last link says `chain`, until the next link is read. */
  openChain: RuleDraft | undefined

  constructor(problems: Problems) {
    this.problems = problems
  }

  /** Says that the open chain was not continued, at a place where it should have been. */
  closeChain(before: string): void {
    const chain = this.openChain
    this.openChain = undefined
    if (chain === undefined) return
    const { place } = chain.links.at(-1)!
    this.problems.report(place, `expected another SecRule for the chain of rule ${chain.id}, found ${before}`)
  }

  /** Takes a rule; another one of the same id is reported. */
  addRule(rule: RuleDraft, place: SourcePlace): void {
    this.items.push(rule)
    if (rule.id === MISSING_ID) return
    const earlier = this.rulesById.get(rule.id)
    if (earlier !== undefined) {
      const { file, line } = earlier.links[0].place
      this.problems.report(place, `rule id ${rule.id} is already taken at ${file}:${line}; give each rule its own`)
    }
    this.rulesById.set(rule.id, rule)
  }
}
