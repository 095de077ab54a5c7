import { type IdRange, holdsId } from '../seclang/id-ranges.ts'
import type { EngineRule } from './engine-rule.ts'
import { means, type Selector } from './targets.ts'
import type { SecValue } from './sec-value.ts'

/** Which rules an action or an exception speaks of. */
export type RuleChoice =
  | { readonly by: 'id'; readonly ranges: readonly IdRange[] }
  | { readonly by: 'tag'; readonly tag: string }
  | { readonly by: 'message'; readonly message: string }

/** Whether a choice holds a rule. */
export function chooses(choice: RuleChoice, rule: EngineRule): boolean {
  switch (choice.by) {
    case 'id':
      return holdsId(choice.ranges, rule.id)
    case 'tag':
      return rule.tags.includes(choice.tag)
    case 'message':
      return rule.source.metadata.message === choice.message
  }
}

interface TargetRemoval {
  readonly choice: RuleChoice
  readonly target: Selector
}

/** What the rules themselves took out of the judgement of one request, by `ctl:ruleRemove...`. */
export class Removals {
  readonly #rules: RuleChoice[] = []
  readonly #targets: TargetRemoval[] = []

  removeRules(choice: RuleChoice): void {
    this.#rules.push(choice)
  }

  removeTarget(choice: RuleChoice, target: Selector): void {
    this.#targets.push({ choice, target })
  }

  hidesRule(rule: EngineRule): boolean {
    for (const choice of this.#rules) if (chooses(choice, rule)) return true
    return false
  }

  hidesValue(rule: EngineRule, value: SecValue): boolean {
    for (const { choice, target } of this.#targets) if (means(target, value) && chooses(choice, rule)) return true
    return false
  }
}
