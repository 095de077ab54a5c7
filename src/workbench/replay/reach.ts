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

/** Which events of a policy version a draft would have been asked about that stands behind all rules of its phase. */
export function reachOf(policy: Policy<Action>, phase: Phase): ReplayReach {
  const phases: readonly Phase[] = isPacketPhase(phase) ? PACKET_PHASES : HTTP_PHASES
  const upTo = phases.slice(0, phases.indexOf(phase) + 1)
  const isResponse = RESPONSE_PHASES.has(phase)
  return {
    decidedBefore: isResponse ? upTo.filter((each) => RESPONSE_PHASES.has(each)) : upTo,
    refusedBefore: isResponse ? REQUEST_PHASES : [],
    passedBy: isResponse
      ? []
      : policy.rulesets.flatMap(({ phase: written, rules }) =>
          upTo.includes(written) ? rules.filter(isPass).map(({ id }) => id) : [],
        ),
    skippedBy: policy.rulesets.flatMap(({ phase: written, rules }) =>
      rules.filter((rule) => rule.mode === 'enforce' && skips(rule.action, written, phase)).map(({ id }) => id),
    ),
    // What lets a request pass ends the phases of requests; those of answers run all the same.
    undone: phases.filter((each) => !upTo.includes(each) && !RESPONSE_PHASES.has(each)),
  }
}

function isPass({ mode, action }: Rule<Action>): boolean {
  return mode === 'enforce' && action.type === 'allow'
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
