import type { ManagedInspection } from '../managed/index.ts'
import { wafScore } from '../score.ts'
import type { WafCoverage, WafMatch, WafVerdict } from '../verdict.ts'
import type { Budget } from './budget.ts'
import type { SecInspection } from './sec-inspection.ts'

export interface VerdictParts {
  readonly sec: SecInspection | undefined
  readonly managed: ManagedInspection | undefined
  readonly exceptionIds: Iterable<string>
  readonly request: WafCoverage
  readonly response: WafCoverage | undefined
  readonly budget: Budget
}

/** What all rule sets together say so far. */
export function verdictOf({ sec, managed, exceptionIds, request, response, budget }: VerdictParts): WafVerdict {
  const matches: readonly WafMatch[] = [...(sec?.log.matches ?? []), ...(managed?.matches ?? [])]
  const secIds = sec === undefined ? [] : [...sec.log.ruleIds].map(String)
  const managedIds = (managed?.matches ?? []).map(({ ruleId }) => ruleId)
  return {
    ...wafScore(matches),
    inboundAnomaly: sec?.log.inbound ?? 0,
    outboundAnomaly: sec?.log.outbound ?? 0,
    matches,
    matchesOmitted: (sec?.log.omitted ?? 0) + (managed?.matchesOmitted ?? 0),
    ruleIds: [...new Set([...secIds, ...managedIds])],
    exceptionIds: [...new Set([...exceptionIds, ...(managed?.exceptionIds ?? [])])],
    request,
    response,
    staged: undefined,
    budgetExceeded: budget.exceeded,
    spentMs: budget.spentMs,
  }
}
