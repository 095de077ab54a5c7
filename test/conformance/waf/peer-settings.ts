import { WAF_CLASSES, type WafRuleSet, type WafSettings } from '#detect'

/** Settings under which a rule set is compared: everything of a request is inspected, answers are not. */
export function peerSettings(ruleSet: WafRuleSet, paranoia: number): WafSettings {
  return {
    mode: 'block',
    ruleSets: [ruleSet],
    paranoia,
    inboundThreshold: 5,
    outboundThreshold: 4,
    sensitivity: Object.fromEntries(WAF_CLASSES.map((name) => [name, 'medium'])) as WafSettings['sensitivity'],
    bodyLimitBytes: 1024 * 1024,
    responseBodyLimitBytes: 0,
    budgetMs: 60_000,
    onBudget: 'closed',
  }
}
