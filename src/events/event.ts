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
  /** The ray of the outermost thing that this belongs to; absent when it is the outermost itself. */
  readonly trace?: string
  /** Microseconds since the epoch, UTC. */
  readonly timeMicros: number
  readonly kind: EventKind
  readonly point: PointName
  readonly policyVersion: string
  readonly decision: Decision
  readonly weight: number
  readonly facts: Readonly<Record<string, FieldValue>>
  /** What is in `facts` only in part or as a keyed hash. */
  readonly omissions?: readonly Omission[]
}

/** What a point knows about an event besides the facts. */
export interface EventHead {
  readonly ray: string
  readonly trace?: string | undefined
  /** Microseconds since the epoch, UTC. */
  readonly timeMicros: number
  readonly point: PointName
  readonly policyVersion: string
  readonly decision: Decision
}

/**
 * A value, or one entry of a map, that was not stored as it was: a keyed hash stands in its place (`redacted`), or only
 * its first bytes were kept (`truncated`).
 */
export interface Omission {
  readonly field: string
  /** Key of the map entry, name of the query argument; absent when it concerns the whole field. */
  readonly key?: string
  readonly reason: 'redacted' | 'truncated'
  /** Length of the value before truncation, and its keyed hash. */
  readonly lengthBytes?: number
  readonly hash?: string
}

export type SystemLevel = 'info' | 'warn' | 'error'

/** Something that happened to Tidegate itself: start, stop, reload, a dead worker, dropped events, a bad certificate. */
export interface SystemEvent {
  readonly ray: string
  /** Microseconds since the epoch, UTC. */
  readonly timeMicros: number
  readonly level: SystemLevel
  /** Stable kebab-case name, such as `policy-refused` or `events-dropped`. */
  readonly code: string
  readonly message: string
  readonly facts: Readonly<Record<string, string | number | boolean>>
}
