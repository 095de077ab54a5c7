import type { FloodAttack, FloodChange, Mitigation, MitigationEnd } from '#detect'
import type { SystemEvent, SystemLevel } from '#events'

/** A change of what is done about floods, as the log and the system events tell it. */
export interface FloodNews {
  readonly level: SystemLevel
  readonly code: string
  readonly message: string
  readonly facts: SystemEvent['facts']
}

const ENDS: Readonly<Record<MitigationEnd, string>> = {
  expired: 'nothing matched it any more',
  vetoed: 'it was vetoed',
  promoted: 'it stands in the policy now',
  replaced: 'another rule takes its place',
  off: 'floods are not looked for any more',
}

/** What people are told of a change, with its evidence. */
export function floodNews(change: FloodChange): FloodNews {
  switch (change.kind) {
    case 'attackBegan':
      return attackNews('warn', 'flood-began', 'a flood began', change.attack)
    case 'attackEnded':
      return attackNews('info', 'flood-ended', 'a flood ended', change.attack)
    case 'mitigationAdded':
      return ruleNews('warn', 'flood-rule-added', 'stands against a flood', change.mitigation)
    case 'mitigationRevised':
      return ruleNews('warn', 'flood-rule-revised', 'was revised', change.mitigation)
    case 'mitigationRearmed':
      return ruleNews('warn', 'flood-rule-rearmed', 'stands again: the flood came back', change.mitigation)
    case 'mitigationRemoved': {
      const news = ruleNews('info', 'flood-rule-removed', `is gone: ${ENDS[change.reason]}`, change.mitigation)
      return { ...news, facts: { ...news.facts, reason: change.reason } }
    }
  }
}

function attackNews(level: SystemLevel, code: string, what: string, attack: FloodAttack): FloodNews {
  const { id, destination, counter, rate, peakRate, unmitigated } = attack
  const rates = `${whole(rate)} packets a second (at most ${whole(peakRate)}), above ${whole(counter.threshold)}`
  const rest = unmitigated === undefined ? '' : `; nothing is done about it: ${unmitigated}`
  return {
    level,
    code,
    message: `${what}: ${attack.class} towards ${destination}, ${rates}${rest}`,
    facts: {
      attack: id,
      destination,
      class: attack.class,
      rate: whole(rate),
      peakRate: whole(peakRate),
      threshold: whole(counter.threshold),
      test: counter.test,
      ...(counter.baseline !== undefined && { usualRate: whole(counter.baseline.mean) }),
      ...(unmitigated !== undefined && { unmitigated }),
    },
  }
}

function ruleNews(level: SystemLevel, code: string, what: string, mitigation: Mitigation): FloodNews {
  const { id, attackId, when, step, destination, evidence, rearmedCount } = mitigation
  const { coverage, collateral, sources, estimatedPackets, reason } = evidence
  return {
    level,
    code,
    message: `the rule ${id} (${step}) ${what}: ${when}`,
    facts: {
      rule: id,
      attack: attackId,
      when,
      step,
      destination,
      class: mitigation.class,
      coverage,
      collateral: collateral.share,
      collateralAtMost: collateral.highest,
      sources,
      packets: whole(estimatedPackets),
      rate: whole(evidence.counter.rate),
      threshold: whole(evidence.counter.threshold),
      why: reason,
      rearmed: rearmedCount,
    },
  }
}

function whole(value: number): number {
  return Math.round(value)
}
