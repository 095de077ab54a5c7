/**
 * Every phase, in the order in which a point runs them. Order is law: a phase sees what the phases above it did,
 * and must not care what the phases below it will do. A terminating action ends the evaluation, whatever phase it stands in.
 *
 * Fields show the ORIGINAL request in every phase: a rewrite changes what the origin receives, never what later rules read.
 * So one recorded fact per field explains every decision about a request, in whichever phase it was made.
 */
export const PHASES = ['firewall_custom', 'transform_request', 'route', 'transform_response'] as const

export type Phase = (typeof PHASES)[number]

/** Phases that run after the origin answered: only their rules may read fields that are `since: 'response'`. */
export const RESPONSE_PHASES: ReadonlySet<Phase> = new Set(['transform_response'])

/** Phases that run before the origin is asked, in order. */
export const REQUEST_PHASES: readonly Phase[] = PHASES.filter((phase) => !RESPONSE_PHASES.has(phase))

/** True when `text` names a phase. */
export function isPhase(text: string): text is Phase {
  return (PHASES as readonly string[]).includes(text)
}
