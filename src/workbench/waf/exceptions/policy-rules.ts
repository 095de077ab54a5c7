import { stringify } from 'yaml'
import type { Alternative } from './alternatives.ts'

/** One rule of the phase `firewall_managed`, as a policy file writes it. */
export interface WrittenRule {
  readonly id: string
  readonly description: string
  readonly when: string
  readonly action: {
    readonly waf_exception: {
      readonly rules: readonly (number | string)[]
      readonly parameters?: readonly string[]
    }
  }
  /** A date. */
  readonly expires: string
}

export interface ExceptionWords {
  readonly reason: string
  /** Date from which on it does nothing: the end of that day. */
  readonly expires: string
  /** Ids that other rules of the policy have. */
  readonly takenIds: ReadonlySet<string>
}

/** The rules of an alternative: one for each of its exceptions. */
export function policyRules(
  { when, exceptions }: Pick<Alternative, 'when' | 'exceptions'>,
  { reason, expires, takenIds }: ExceptionWords,
): readonly WrittenRule[] {
  const taken = new Set(takenIds)
  return exceptions.map(({ rules, parameters }) => {
    const id = freeId(`except-${rules.length === 1 ? rules[0] : `${rules[0]}-and-${rules.length - 1}-more`}`, taken)
    taken.add(id)
    const waf_exception = { rules: rules.map(ruleWord), ...(parameters.length > 0 && { parameters }) }
    return { id, description: reason, when, action: { waf_exception }, expires }
  })
}

/** The text of a policy document that holds the rules. */
export function policyYaml(rules: readonly WrittenRule[]): string {
  return stringify({ phase: 'firewall_managed', rules }, { lineWidth: 0 })
}

function ruleWord(id: string): number | string {
  return /^\d+$/.test(id) ? Number(id) : id
}

function freeId(wanted: string, taken: ReadonlySet<string>): string {
  for (let number = 1; ; number++) {
    const id = number === 1 ? wanted : `${wanted}-${number}`
    if (!taken.has(id)) return id
  }
}
