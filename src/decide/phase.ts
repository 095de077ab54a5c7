/**
 * Every phase, in the order in which a point runs them. Order is law: a phase sees what the phases above it did,
 * and must not care what the phases below it will do. A terminating action ends the evaluation, whatever phase it stands in.
 */
export const PHASES = ['firewall_custom', 'transform_request', 'route', 'transform_response'] as const

export type Phase = (typeof PHASES)[number]

/** Phases that run after the origin answered: only their rules may read fields that are `since: 'response'`. */
export const RESPONSE_PHASES: ReadonlySet<Phase> = new Set(['transform_response'])
