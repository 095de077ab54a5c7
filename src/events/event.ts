import type { Decision } from '#decide'
import type { FieldValue, PointName } from '#fields'

/** Tables of the event store. Every point writes `http`-like kinds; `system` holds what happened to Tidegate itself. */
export type EventKind = 'http' | 'system'

/**
 * What one request did and why. `facts` holds every value that a rule could have read, by field name,
 * after redaction; `weight` is 1 / probability of being kept.
 */
export interface Event {
  readonly ray: string
  /** Microseconds since the epoch, UTC. */
  readonly timeMicros: number
  readonly kind: EventKind
  readonly point: PointName
  readonly policyVersion: string
  readonly decision: Decision
  readonly weight: number
  readonly facts: Readonly<Record<string, FieldValue>>
}
