import { existsSync } from 'node:fs'
import { type Config, findCrs, loadPolicy } from '#config'
import { classOfRule, loadSecRules, MANAGED_RULES, type SecRule, type WafClass } from '#detect'
import { DEFAULT_CONFIG } from '../client/server-options.ts'
import { localDemoConfig } from '../demo-config.ts'
import { localConfig } from '../local-config.ts'

export type OwnRule = (typeof MANAGED_RULES)[number]

/** A rule of the WAF: one of ours, or one in SecLang. */
export type KnownRule =
  | { readonly ruleSet: 'tidegate'; readonly id: string; readonly class: WafClass; readonly rule: OwnRule }
  | { readonly ruleSet: 'crs'; readonly id: string; readonly class: WafClass; readonly rule: SecRule }

/** Our own rules. */
export function ownRules(): readonly KnownRule[] {
  return MANAGED_RULES.map((rule) => ({ ruleSet: 'tidegate', id: rule.id, class: rule.class, rule }))
}

/**
 * The SecLang rules that a configuration has, whether a site uses them or not; none when there are none.
 * @throws TidegateError ERR_RULE_INVALID
 */
export function secRules(config: Config): readonly KnownRule[] {
  const crs = findCrs(config)
  if (crs === undefined) return []
  const { directory, setupFile } = crs
  const { items } = loadSecRules({ directory, ...(setupFile !== undefined && { setupFile }) })
  return items.flatMap((rule) =>
    rule.type === 'rule' ? [{ ruleSet: 'crs' as const, id: String(rule.id), class: classOfRule(rule), rule }] : [],
  )
}

/** The named configuration, or the one that stands here; undefined when there is none. */
export function configIfAny(file: string | undefined): Config | undefined {
  const isThere = file !== undefined || existsSync(DEFAULT_CONFIG) || existsSync(localDemoConfig().policyDirectory)
  return isThere ? localConfig(file) : undefined
}

/** Whether a site, or a rule of the policy, asks for the SecLang rules. */
export function usesSecRules(config: Config): boolean {
  if (config.edge.sites.some(({ waf }) => waf.mode !== 'off' && waf.ruleSets.includes('crs'))) return true
  const { rulesets } = loadPolicy(config.policyDirectory, { config }).policy
  return rulesets.some(({ rules }) =>
    rules.some(({ enabled, action }) => enabled && action.type === 'waf' && action.changes.ruleSets?.includes('crs')),
  )
}

/** In one word from when on a rule is in force: sensitivity, or paranoia level. */
export function levelOf(known: KnownRule): string {
  return known.ruleSet === 'tidegate' ? known.rule.sensitivity : `PL${known.rule.metadata.paranoia}`
}

/** One sentence about what a rule finds. */
export function messageOfRule(known: KnownRule): string {
  return known.ruleSet === 'tidegate' ? known.rule.help : known.rule.metadata.message
}

/** Whether a rule prepares or skips others and says nothing itself. */
export function isSilent(known: KnownRule): boolean {
  return messageOfRule(known) === ''
}
