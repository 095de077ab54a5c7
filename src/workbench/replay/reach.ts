import type { Action } from '#act'
import {
  HTTP_PHASES,
  isPacketPhase,
  isSkip,
  PACKET_PHASES,
  type Phase,
  type Policy,
  type Rule,
  REQUEST_PHASES,
  RESPONSE_PHASES,
} from '#decide'
import type { Event } from '#events'
import type { ReplayReach } from '#store'

/** What of a draft decides which events it would have been asked about, and which of them records tell. */
export interface DraftPlace {
  readonly phase: Phase
  /** A rule reads what the WAF finds. */
  readonly readsInspection: boolean
}

/** Which events of a policy version a draft would have been asked about that stands behind all rules of its phase. */
export function reachOf(policy: Policy<Action>, { phase, readsInspection }: DraftPlace): ReplayReach {
  const phases: readonly Phase[] = isPacketPhase(phase) ? PACKET_PHASES : HTTP_PHASES
  const upTo = phases.slice(0, phases.indexOf(phase) + 1)
  const isResponse = RESPONSE_PHASES.has(phase)
  // The WAF judges when the rules of its phase have been asked: its own decisions come behind the draft.
  const decidedBefore = phase === 'firewall_managed' ? upTo.slice(0, -1) : upTo
  const enforced = policy.rulesets.flatMap(({ phase: written, rules }) =>
    rules.filter(({ mode }) => mode === 'enforce').map((rule) => ({ ...rule, written })),
  )
  const idsOf = (test: (rule: Written) => boolean): string[] => enforced.filter(test).map(({ id }) => id)
  return {
    decidedBefore: isResponse ? upTo.filter((each) => RESPONSE_PHASES.has(each)) : decidedBefore,
    refusedBefore: isResponse ? REQUEST_PHASES : [],
    passedBy: isResponse
      ? []
      : idsOf(({ action, written }) => upTo.includes(written) && endsBefore(action, decidedBefore.includes(written))),
    skippedBy: idsOf(({ action, written }) => skips(action, written, phase)),
    // A rule that wants to know what the WAF finds has it look before the rules that may switch it off.
    unjudgedBy:
      readsInspection && phase === 'firewall_custom'
        ? idsOf(({ action, written }) => written === phase && skips(action, written, 'firewall_managed'))
        : [],
    // What lets a request pass ends the phases of requests; those of answers run all the same.
    undone: phases.filter((each) => !decidedBefore.includes(each) && !RESPONSE_PHASES.has(each)),
  }
}

type Written = Rule<Action> & { readonly written: Phase }

/** Where the phase of a decision tells all, only what lets pass leaves no decision against the request. */
function endsBefore(action: Action, isToldByPhase: boolean): boolean {
  return isToldByPhase ? action.type === 'allow' : action.terminating
}

/** Whether the WAF would have judged an event for the draft that it did not judge then. */
export function isUnjudged({ decision, facts }: Event, { unjudgedBy }: ReplayReach): boolean {
  return facts['waf.verdict'] === undefined && decision.matches.some(({ ruleId }) => unjudgedBy.includes(ruleId))
}

function skips(action: Action, written: Phase, phase: Phase): boolean {
  return isSkip(action) && (action.phases.includes(phase) || (action.rest && written === phase))
}

/** Whether a draft would have been asked about an event: the same answer as SQL gives. */
export function isReached({ decision }: Event, reach: ReplayReach): boolean {
  const { verdict, phase, matches } = decision
  if (verdict === 'refuse') return false
  if (phase !== undefined && reach.decidedBefore.includes(phase)) return false
  if (reach.refusedBefore.length > 0 && verdict === 'error') return false
  if (phase !== undefined && verdict !== 'allow' && reach.refusedBefore.includes(phase)) return false
  return !matches.some(({ ruleId }) => reach.passedBy.includes(ruleId) || reach.skippedBy.includes(ruleId))
}
