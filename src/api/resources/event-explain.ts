import { z } from 'zod'
import type { Action } from '#act'
import { explainPolicy, HTTP_PHASES, judgementOf, PACKET_PHASES, type Phase, type Policy } from '#decide'
import { type Event, EVENT_READERS, type RecordedKind, recordedIn } from '#events'
import { mitigationRule, withMitigations } from '#points'
import { explanationJson } from '../explanation-json.ts'
import { ApiRefusal } from '../refusal.ts'
import { NO_PARAMETERS, route } from '../route.ts'
import { DECISION_SCHEMA } from '../schema/event.ts'
import { EXPLANATION_SCHEMA } from '../schema/explanation.ts'
import { WAF_REPORT_SCHEMA } from '../schema/waf.ts'
import type { ApiServices } from '../services.ts'
import { wafReport } from '../waf-report.ts'
import { findEvent, RAY_PATH } from './event.ts'

export const EVENT_EXPLAIN = route({
  method: 'GET',
  path: '/api/v1/events/{ray}/explain',
  scope: 'read',
  summary:
    'Every rule of the policy that decided, with the value of each sub-expression; what the WAF found, and what would have to change.',
  pathSchema: RAY_PATH,
  querySchema: NO_PARAMETERS,
  answerSchema: z.object({
    ray: z.string(),
    recorded: DECISION_SCHEMA.describe('The decision that was made and recorded.'),
    explanation: EXPLANATION_SCHEMA,
    waf: WAF_REPORT_SCHEMA.optional().describe('What the WAF found; absent when it did not look.'),
  }),
  handle: async ({ path, services }) => {
    const event = await findEvent(path.ray, services)
    if (event.kind === 'flow') {
      const remedy = 'Its facts are what `tidegate event show` prints.'
      throw new ApiRefusal(404, 'ERR_NOT_FOUND', 'no rule decides about a flow: it passed elsewhere', { remedy })
    }
    const policy = services.archive.read(event.policyVersion)
    if (policy === undefined) {
      throw new ApiRefusal(404, 'ERR_NOT_FOUND', `the policy ${event.policyVersion} of this event is no longer kept`)
    }
    const judgement = judgementOf(event.decision)
    const source = { readers: EVENT_READERS, recorded: recordedIn(event), judgement }
    const decided = event.kind === 'packet' ? withDecider(policy, event, services) : policy
    const trace = explainPolicy(decided, source, event, event.timeMicros / 1000, PHASES_OF[event.kind])
    const waf = wafReport(event)
    return {
      ray: event.ray,
      recorded: { ...event.decision, matches: [...event.decision.matches] },
      explanation: explanationJson(trace),
      ...(waf !== undefined && { waf }),
    }
  },
})

/** Phases that decide about events of a kind. */
const PHASES_OF: Readonly<Record<RecordedKind, readonly Phase[]>> = {
  http: HTTP_PHASES,
  packet: PACKET_PHASES,
  flow: [],
}

/** The policy with the rule against a flood that decided about a packet: it stands in no file. */
function withDecider(policy: Policy<Action>, { decision }: Event, { firewall }: ApiServices): Policy<Action> {
  const [ruleId] = decision.matches.map((match) => match.ruleId)
  const record = ruleId === undefined ? undefined : firewall?.floods.find(ruleId)
  const rule = record === undefined ? undefined : mitigationRule(record)
  return rule === undefined || typeof rule === 'string' ? policy : withMitigations(policy, [rule])
}
