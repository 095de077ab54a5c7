import type { Decision } from '#decide'
import type { FieldValue, PointName } from '#fields'

/** What points record: requests, packets and flows of packets. All have the same head; each kind has its own facts. */
export const RECORDED_KINDS = ['http', 'packet', 'flow'] as const

export type RecordedKind = (typeof RECORDED_KINDS)[number]

/** Tables of the event store; `system` holds what happened to Tidegate itself. */
export const EVENT_KINDS = [...RECORDED_KINDS, 'system'] as const

export type EventKind = (typeof EVENT_KINDS)[number]

/**
 * What one request, packet or flow did and why. `facts` holds every value that a rule could have read, by field name,
 * after redaction; `weight` is 1 / probability of being kept.
 */
export interface Event {
  readonly ray: string
  /** The ray of the outermost thing that this belongs to; absent when it is the outermost itself. */
  readonly trace?: string
  /** Microseconds since the epoch, UTC. */
  readonly timeMicros: number
  readonly kind: RecordedKind
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
  /** How many others the event stands for, itself included, when the point chose it out of them; default 1. */
  readonly weight?: number
  /** Fields of which the point itself saw only the beginning. */
  readonly cutFields?: readonly string[]
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
