import type { RequestParts } from '../parts/request-parts.ts'
import type { WafException, WafSettings } from '../settings.ts'
import { CleanTexts } from './clean-texts.ts'
import { ManagedInspection } from './managed-inspection.ts'
import { GatedProgram, parseRule, PlainProgram, type RuleScope } from './rule-program.ts'
import { MANAGED_RULES } from './rules/index.ts'

/** Our own rules, compiled: one in each data worker. Not reentrant: requests are judged one after the other. */
export class ManagedRules {
  readonly values: GatedProgram
  readonly heads: PlainProgram
  readonly bodies: PlainProgram
  readonly files: PlainProgram
  readonly responseBodies: GatedProgram
  readonly cleanHeaders = new CleanTexts()

  constructor() {
    const rules = MANAGED_RULES.map(parseRule)
    const of = (scope: RuleScope) => rules.filter((rule) => rule.scope === scope)
    this.values = new GatedProgram(of('value'), 'waf.value')
    this.heads = new PlainProgram(of('head'))
    this.bodies = new PlainProgram(of('body'))
    this.files = new PlainProgram(of('file'))
    this.responseBodies = new GatedProgram(of('response-body'), 'waf.response.body')
  }

  /** Begins the judgement of one request. `isSpent` is asked now and then: once it answers true, nothing more is looked at. */
  inspection(
    parts: RequestParts,
    settings: WafSettings,
    exceptions: readonly WafException[],
    isSpent: () => boolean,
  ): ManagedInspection {
    return new ManagedInspection(this, parts, settings, exceptions, isSpent)
  }
}

/** Compiles the embedded rules; nothing is read from disk. Throws ERR_RULE_INVALID when one of them is wrong. */
export function createManagedRules(): ManagedRules {
  return new ManagedRules()
}
