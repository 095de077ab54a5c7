import { WAF_CLASSES, type WafClass, type WafSensitivity, type WafSettings } from '../settings.ts'

/** Settings with our own rules only, all classes at one sensitivity. */
export function settingsAt(level: WafSensitivity): WafSettings {
  return {
    mode: 'block',
    ruleSets: ['tidegate'],
    paranoia: 1,
    inboundThreshold: 5,
    outboundThreshold: 4,
    sensitivity: Object.fromEntries(WAF_CLASSES.map((name) => [name, level])) as Record<WafClass, WafSensitivity>,
    bodyLimitBytes: 1024 * 1024,
    responseBodyLimitBytes: 1024 * 1024,
    budgetMs: 250,
    onBudget: 'closed',
  }
}
