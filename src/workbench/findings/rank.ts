import type { FlowRecord } from '#detect'
import type { Evidence } from './evidence.ts'
import { flowText, groupBy } from './figures.ts'
import {
  type Finding,
  type FindingDraft,
  type FindingKind,
  type FindingRule,
  FLOW_LIMIT,
  FRAME_LIMIT,
  SEVERITIES,
  type Severity,
} from './finding.ts'

/** Of one kind so many are weighed, those with the most weight: a capture may have thousands of flows with one fault. */
const WEIGHED_LIMIT = 100
/** So many of one kind are shown, and the last of them says how many there are besides. */
const SHOWN_LIMIT = 5

interface Weighed {
  readonly draft: FindingDraft
  readonly definition: FindingKind
  readonly severity: Severity
}

/**
 * The findings of all rules: symptoms of a found cause left out, likely root causes first, and different kinds before more
 * of the same. A finding explains another when its kind says so and every flow of the other is within its scope, or within
 * that of several such findings together.
 */
export function judge(evidence: Evidence, rules: readonly FindingRule[]): Finding[] {
  const kinds = new Map(rules.flatMap((rule) => Object.entries(rule.kinds)))
  const drafts = groupBy(
    rules.flatMap((rule) => rule.find(evidence)),
    ({ kind }) => kind,
  )
  const weighed = [...drafts].flatMap(([kind, all]) => weigh(all, kinds.get(kind)))
  const causes = weighed.filter((symptom) => {
    const possible = weighed.filter(
      (cause) => cause !== symptom && cause.definition.explains?.includes(symptom.draft.kind) === true,
    )
    return (
      !possible.some((cause) => explains(cause, symptom, evidence)) && !explainTogether(possible, symptom, evidence)
    )
  })
  const depths = causeDepths(kinds)
  const families = [...groupBy(causes, ({ draft }) => draft.kind).values()]
  const ordered = families.flatMap((family) => {
    const sorted = family.toSorted(bySeverityAndWeight)
    const unweighed = Math.max(0, (drafts.get(family[0].draft.kind)?.length ?? 0) - WEIGHED_LIMIT)
    const rest = sorted.length - SHOWN_LIMIT + unweighed
    return sorted
      .slice(0, SHOWN_LIMIT)
      .map((one, place) => ({ one, place, rest: place === SHOWN_LIMIT - 1 ? rest : 0 }))
  })
  ordered.sort(
    (a, b) =>
      severityRank(a.one) - severityRank(b.one) ||
      a.place - b.place ||
      (depths.get(b.one.draft.kind) ?? 0) - (depths.get(a.one.draft.kind) ?? 0) ||
      bySeverityAndWeight(a.one, b.one),
  )
  return ordered.map(({ one, rest }) => finished(one, rest, evidence))
}

function weigh(drafts: readonly FindingDraft[], definition: FindingKind | undefined): Weighed[] {
  if (definition === undefined) return []
  return drafts
    .map((draft) => ({ draft, definition, severity: draft.severity ?? definition.severity }))
    .sort(bySeverityAndWeight)
    .slice(0, WEIGHED_LIMIT)
}

/** How much of a cause a kind is: how many it explains, less those by which it is explained. */
function causeDepths(kinds: ReadonlyMap<string, FindingKind>): Map<string, number> {
  const depths = new Map<string, number>()
  for (const [kind, { explains: symptoms = [] }] of kinds) {
    depths.set(kind, (depths.get(kind) ?? 0) + symptoms.length)
    for (const symptom of symptoms) depths.set(symptom, (depths.get(symptom) ?? 0) - 1)
  }
  return depths
}

function explains({ draft: cause }: Weighed, { draft: symptom }: Weighed, evidence: Evidence): boolean {
  const { everything, flows, covers, withoutFlows } = cause.scope
  if (everything === true) return true
  const hit = symptom.scope.flows
  if (hit === undefined || hit.size === 0) return withoutFlows === true
  const { host } = cause.scope
  let isHit = host !== undefined && host === symptom.scope.host
  for (const flow of hit) {
    if (flows?.has(flow) === true || covers?.(flow) === true) isHit = true
    // Flows that are not remembered can be of either: those that are decide.
    else if (evidence.flow(flow) !== undefined) return false
  }
  return isHit
}

/** Several scans, or several floods, at the same port: each of its flows belongs to one of them. */
function explainTogether(causes: readonly Weighed[], { draft: symptom }: Weighed, evidence: Evidence): boolean {
  const known = [...(symptom.scope.flows ?? [])].filter((flow) => evidence.flow(flow) !== undefined)
  return (
    known.length > 0 &&
    known.every((flow) =>
      causes.some(({ draft: { scope } }) => scope.flows?.has(flow) ?? scope.covers?.(flow) ?? false),
    )
  )
}

function severityRank({ severity }: Weighed): number {
  return SEVERITIES.indexOf(severity)
}

function bySeverityAndWeight(a: Weighed, b: Weighed): number {
  return (
    severityRank(a) - severityRank(b) ||
    (b.draft.weight ?? 1) - (a.draft.weight ?? 1) ||
    (a.draft.frames[0] ?? 0) - (b.draft.frames[0] ?? 0)
  )
}

function finished({ draft, definition, severity }: Weighed, rest: number, evidence: Evidence): Finding {
  return {
    kind: draft.kind,
    severity,
    side: draft.side ?? definition.side,
    frames: draft.frames.slice(0, FRAME_LIMIT),
    text: rest === 0 ? draft.text : `${draft.text} There are ${rest} more of this kind.`,
    next: draft.next ?? definition.next,
    flows: flowsOf(draft, evidence)
      .slice(0, FLOW_LIMIT)
      .map(({ ends }) => flowText(ends)),
  }
}

function flowsOf({ scope: { flows } }: FindingDraft, evidence: Evidence): FlowRecord[] {
  return flows === undefined ? [] : [...flows].slice(0, FLOW_LIMIT).flatMap((id) => evidence.flow(id) ?? [])
}
