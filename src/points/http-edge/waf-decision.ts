import type { Decision, Phase, RuleMatch } from '#decide'
import { WAF_MATCH } from '#decide'
import type { WafClass, WafInterruption, WafVerdict } from '#detect'

/** Rules of the WAF that stand among the matches of a decision; `waf.rule_ids` has all of them. */
const MATCH_LIMIT = 16

/** The decision that an interruption amounts to. `matches` are those of the policy so far. */
export function wafDecision(interruption: WafInterruption, phase: Phase, matches: readonly RuleMatch[]): Decision {
  return { verdict: 'block', phase, ruleId: interruption.ruleId, why: interruption.why, matches }
}

/**
 * The rules of the WAF that matched, as an event lists them: the one that decided first. `acted` is false where the mode
 * only logs, or the policy let the request pass.
 */
export function wafMatches(
  verdict: WafVerdict,
  interruption: WafInterruption | undefined,
  acted: boolean,
): readonly RuleMatch[] {
  const phases = new Map(verdict.matches.map(({ ruleId, phase }) => [ruleId, phase]))
  const deciding = interruption?.ruleId
  const others = verdict.ruleIds.filter((ruleId) => ruleId !== deciding)
  const ruleIds = deciding === undefined ? others : [deciding, ...others]
  return ruleIds.slice(0, MATCH_LIMIT).map((ruleId) => {
    const phase = RESPONSE_STEPS.has(phases.get(ruleId)) ? 'firewall_response' : 'firewall_managed'
    return { phase, ruleId, action: WAF_MATCH, logOnly: !acted }
  })
}

/** SecLang phases of the answer. */
const RESPONSE_STEPS: ReadonlySet<number | undefined> = new Set([3, 4])

const CLASS_TEXT: Readonly<Record<WafClass, string>> = {
  sqli: 'an SQL injection',
  xss: 'cross-site scripting',
  rce: 'the execution of commands',
  template: 'a template injection',
  traversal: 'access to files outside of the site',
  ssrf: 'a request to an internal service',
  exploit: 'the use of a known weakness',
  scanner: 'a scan for weaknesses',
  protocol: 'an abuse of the protocol',
  upload: 'a dangerous upload',
  session: 'an attack on a session',
  leak: 'a leak of data',
}

/** What the page says to the person who was blocked: the kind of attack, never the rule. */
export function blockedExplanation(verdict: WafVerdict): string {
  return verdict.class === undefined
    ? 'The protection of this site blocked the request.'
    : `The protection of this site blocked the request: it looks like ${CLASS_TEXT[verdict.class]} (${verdict.class}).`
}

/** As `blockedExplanation`, for an answer that may not leave. */
export function withheldExplanation(verdict: WafVerdict): string {
  const kind = verdict.class === undefined ? '' : ` (${verdict.class})`
  return `The protection of this site withheld the answer of the application${kind}.`
}

const LEAST_STATUS = 400

/** The status to answer with: rules may ask for one that is no refusal. */
export function interruptionStatus(interruption: WafInterruption): number {
  const { status } = interruption
  return status >= LEAST_STATUS && status <= 599 ? status : 403
}
