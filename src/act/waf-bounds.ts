import type { WafMode, WafRuleSet, WafSensitivity } from '#detect'

/** Words of the WAF's settings, as a site and a rule write them. */
export const WAF_MODES = ['off', 'log', 'block'] as const satisfies readonly WafMode[]
export const WAF_RULE_SETS = ['tidegate', 'crs'] as const satisfies readonly WafRuleSet[]
export const WAF_SENSITIVITIES = ['off', 'low', 'medium', 'high'] as const satisfies readonly WafSensitivity[]

/**
 * What the numbers among them may be. A body is held in memory while it is inspected, and a request occupies its worker
 * while it is judged: both end somewhere.
 */
export const WAF_BOUNDS = {
  paranoia: { least: 1, most: 4 },
  threshold: { least: 1, most: 10_000 },
  bodyLimit: { least: '0B', most: '64MiB' },
  budget: { least: '1ms', most: '10s' },
} as const
