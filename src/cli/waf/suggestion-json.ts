import { ruleIdJson } from '#events'
import { policyYaml, type Suggestion, type WrittenRule } from '#workbench'
import type { WrittenRules } from '#config'
import type { ReplayedLog } from './suggestion-text.ts'

/** What `waf suggest-exception --json` prints; `rules` are those of the chosen alternative. */
export function suggestionsJson(
  suggestions: readonly Suggestion[],
  rules: readonly WrittenRule[],
  log: ReplayedLog,
  written: WrittenRules | undefined,
): string {
  const answer = {
    log,
    alternatives: suggestions.map(({ width, when, exceptions, effect }) => ({
      width,
      when,
      exceptions: exceptions.map((each) => ({ ...each, rules: each.rules.map(ruleIdJson) })),
      effect: {
        ...effect,
        samples: effect.samples.map(({ request: { ray, time, client, method, host, path, score }, looks, why }) => ({
          looks,
          ...(why !== undefined && { why }),
          request: { ray, time, client, method, host, path, score },
        })),
      },
    })),
    policy: { phase: 'firewall_managed', rules },
    yaml: policyYaml(rules),
    written: written ?? null,
  }
  return `${JSON.stringify(answer, null, 2)}\n`
}
