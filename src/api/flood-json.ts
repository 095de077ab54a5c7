import type { FloodAttack, FloodVeto, MitigationEvidence } from '#detect'
import type { MitigationRecord } from '#points'
import type { AttackJson, MitigationJson, VetoJson } from './schema/flood.ts'

/** A rule against a flood as the API shows it; `packets` is what its rule counted. */
export function mitigationJson(record: MitigationRecord, packets: number | undefined): MitigationJson {
  const { id, attackId, when, action, step, destination, endedAtMs, endedBy, capture } = record
  return {
    id,
    attackId,
    active: endedAtMs === undefined,
    when,
    action: typeof action === 'string' ? action : { ...action },
    step,
    destination,
    class: record.class,
    createdAt: timeText(record.createdAtMs),
    ...(endedAtMs === undefined ? { expiresAt: timeText(record.expiresAtMs) } : { endedAt: timeText(endedAtMs) }),
    ...(endedBy !== undefined && { endedBy }),
    pinned: record.isPinned,
    rearmed: record.rearmedCount,
    ...(packets !== undefined && { packets }),
    evidence: evidenceJson(record.evidence),
    ...(capture !== undefined && { capture }),
  }
}

function evidenceJson(evidence: MitigationEvidence): MitigationJson['evidence'] {
  const { counter, sampledPackets, estimatedPackets, sources, coverage, conditions, collateral, reason } = evidence
  return {
    counter: { ...counter },
    sampledPackets,
    estimatedPackets,
    sources,
    coverage,
    conditions: [...conditions],
    collateral: { ...collateral },
    reason,
  }
}

export function attackJson(attack: FloodAttack): AttackJson {
  const { id, destination, rate, peakRate, passedRate, counter, mitigationIds, unmitigated } = attack
  return {
    id,
    destination,
    class: attack.class,
    began: timeText(attack.beganAtMs),
    rate,
    peakRate,
    passedRate,
    counter: { ...counter },
    mitigationIds: [...mitigationIds],
    ...(unmitigated !== undefined && { unmitigated }),
  }
}

export function vetoJson({ id, when, destination, vetoedAtMs }: FloodVeto): VetoJson {
  return { id, when, destination, vetoedAt: timeText(vetoedAtMs) }
}

/** A time that cannot be told, such as that of what never ends, is the last one there is. */
function timeText(ms: number): string {
  const LAST_MS = 8.64e15
  return new Date(Math.min(ms, LAST_MS)).toISOString()
}
