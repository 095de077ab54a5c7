import type { PointName } from '#fields'

/**
 * Phases of packets, in the order in which the point `firewall` runs them. A terminating action ends both: the first rule
 * that lets a packet pass or throws it away decides. A packet that no rule decides about passes.
 */
export const PACKET_PHASES = ['packet_ddos', 'packet_firewall'] as const

/**
 * Phases of requests, in the order in which a point runs them. Order is law: a phase sees what the phases above it did,
 * and must not care what the phases below it will do. A terminating action ends the evaluation, whatever phase it stands in.
 *
 * Fields show the ORIGINAL request in every phase: a rewrite changes what the origin receives, never what later rules read.
 * So one recorded fact per field explains every decision about a request, in whichever phase it was made.
 *
 * The WAF judges a request in `firewall_managed`, whose rules say how, and an answer in `firewall_response`: who skips the
 * phase lets its judgement pass. A rule of an earlier phase that reads `waf.` fields makes the inspection come first.
 */
export const HTTP_PHASES = [
  'firewall_custom',
  'firewall_managed',
  'transform_request',
  'route',
  'firewall_response',
  'transform_response',
] as const

/** Every phase, packets first: what a packet filter throws away never becomes a request. */
export const PHASES = [...PACKET_PHASES, ...HTTP_PHASES] as const

export type Phase = (typeof PHASES)[number]

/** Phases that run after the origin answered: only their rules may read fields that are `since: 'response'`. */
export const RESPONSE_PHASES: ReadonlySet<Phase> = new Set(['firewall_response', 'transform_response'])

/** Phases that run before the origin is asked, in order. */
export const REQUEST_PHASES: readonly Phase[] = HTTP_PHASES.filter((phase) => !RESPONSE_PHASES.has(phase))

/** The point that runs a phase: rules may read the fields that this point has. */
export function pointOfPhase(phase: Phase): PointName {
  return isPacketPhase(phase) ? 'firewall' : 'http-edge'
}

/** True for the phases that decide about packets. */
export function isPacketPhase(phase: Phase): boolean {
  return (PACKET_PHASES as readonly string[]).includes(phase)
}
