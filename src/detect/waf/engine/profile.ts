import type { WafSettings } from '../settings.ts'

/** What of the settings decides which SecLang rules run: requests with equal profiles share one program. */
export interface Profile {
  readonly paranoia: number
  readonly inboundThreshold: number
  readonly outboundThreshold: number
}

export function profileOf({ paranoia, inboundThreshold, outboundThreshold }: Profile | WafSettings): Profile {
  return { paranoia, inboundThreshold, outboundThreshold }
}

/** One text for equal profiles. */
export function profileKey({ paranoia, inboundThreshold, outboundThreshold }: Profile): string {
  return `${paranoia} ${inboundThreshold} ${outboundThreshold}`
}

/**
 * The TX variables by which a rule set learns its settings, under the names of CRS 4 and of CRS 3. They stand before its own
 * initialisation runs, which then keeps them.
 */
export function profileVariables({ paranoia, inboundThreshold, outboundThreshold }: Profile): [string, string][] {
  return [
    ['blocking_paranoia_level', String(paranoia)],
    ['detection_paranoia_level', String(paranoia)],
    ['paranoia_level', String(paranoia)],
    ['executing_paranoia_level', String(paranoia)],
    ['inbound_anomaly_score_threshold', String(inboundThreshold)],
    ['outbound_anomaly_score_threshold', String(outboundThreshold)],
  ]
}

const PINNED: ReadonlySet<string> = new Set(
  profileVariables({ paranoia: 1, inboundThreshold: 5, outboundThreshold: 4 }).map(([name]) => name),
)

/**
 * True for a variable that a SecAction may not set: the site's settings go before those of a set-up file. A rule with a
 * condition may, for it speaks of some requests only.
 */
export function isPinned(lowerName: string): boolean {
  return PINNED.has(lowerName)
}
