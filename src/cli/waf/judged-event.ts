import type { EventJson, WafMatchJson } from '#api'
import { WAF_MATCH } from '#decide'
import type { WafClass, WafRuleSet } from '#detect'
import type { JudgedRequest } from '#workbench'

interface Settings {
  readonly inboundThreshold?: number
  readonly outboundThreshold?: number
}

/** What an event tells about a request that the WAF judged. */
export function judgedRequest(event: EventJson): JudgedRequest {
  const { facts, decision } = event
  const hidden = new Set((event.omissions ?? []).map(({ field }) => field))
  const text = (name: string): string | undefined => {
    const value = facts[name]
    return typeof value === 'string' && !hidden.has(name) ? value : undefined
  }
  const settings = (facts['waf.settings'] ?? {}) as Settings
  const matches = (Array.isArray(facts['waf.matches']) ? facts['waf.matches'] : []) as readonly WafMatchJson[]
  return {
    ray: event.ray,
    time: event.time,
    weight: event.weight,
    host: text('http.host'),
    method: text('http.request.method'),
    path: text('http.request.uri.path'),
    client: text('ip.src'),
    score: numberOf(facts['waf.score']) ?? 99,
    class: text('waf.class'),
    matches: matches.map(matchOf),
    isCut: idsOf(facts['waf.rule_ids']).some((id) => !matches.some(({ ruleId }) => String(ruleId) === id)),
    isBodyUnseen: isBodyUnseen(facts),
    decidedBy: decision.matches.find(({ action }) => action === WAF_MATCH)?.ruleId,
    inbound: anomaly(numberOf(facts['waf.anomaly.inbound']), settings.inboundThreshold),
    outbound: anomaly(numberOf(facts['waf.anomaly.outbound']), settings.outboundThreshold),
  }
}

/** True when less was inspected than the client announced, or sent. */
function isBodyUnseen(facts: EventJson['facts']): boolean {
  const inspectedBytes = numberOf(facts['waf.body.inspected'])
  return inspectedBytes !== undefined && inspectedBytes < (numberOf(facts['http.request.body.size']) ?? 1)
}

function matchOf({
  ruleSet,
  ruleId,
  class: name,
  score,
  phase,
  variable,
}: WafMatchJson): JudgedRequest['matches'][number] {
  return { ruleSet: ruleSet as WafRuleSet, ruleId: String(ruleId), class: name as WafClass, score, phase, variable }
}

function numberOf(value: unknown): number | undefined {
  return typeof value === 'number' ? value : undefined
}

function idsOf(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.map(String) : []
}

function anomaly(sum: number | undefined, threshold: number | undefined): JudgedRequest['inbound'] {
  return sum === undefined || threshold === undefined ? undefined : { sum, threshold }
}
