export type ScalarType = 'Bool' | 'Int' | 'String' | 'IP'

/** The types of the rules language. Maps have string keys; there is no implicit conversion between types. */
export type FieldType = ScalarType | `Array<${ScalarType}>` | `Map<${ScalarType}>` | `Map<Array<${ScalarType}>>`

/** An enforcement point, or a source of evidence, that can provide fields. `waf` is our managed rules at one inspected value. */
export type PointName =
  | 'http-edge'
  | 'firewall'
  | 'flow-telemetry'
  | 'dns'
  | 'gateway'
  | 'access'
  | 'ssh'
  | 'l4-proxy'
  | 'capture'
  | 'waf'

/** How a target outside JavaScript and SQL reads a field; absent means that it cannot. */
export interface FieldTargets {
  /** Wireshark display filter name. */
  readonly displayFilter?: string
  /** Name under which the nftables target knows how to read it. */
  readonly nftables?: string
  /** Name under which the eBPF target knows how to read it. */
  readonly bpf?: string
}

export interface Field {
  readonly name: string
  readonly type: FieldType
  /** One sentence for the reference page and for completion. */
  readonly help: string
  /** A literal or short expression that shows a typical value, as it would be written in a rule. */
  readonly example: string
  /** Who can read it while deciding. */
  readonly points: readonly PointName[]
  /**
   * `response` fields are unknown until the origin answered: rules of request phases may not use them. `inspection` fields
   * are what the WAF found: rules that decide how it looks may not use them. `end` fields are complete when the answer was
   * sent: no rule can read them, only those who search events.
   */
  readonly since?: 'request' | 'inspection' | 'response' | 'end'
  readonly unit?: 'bytes' | 'seconds' | 'milliseconds' | 'microseconds'
  /** Map keys are compared after ASCII lower-casing, as header names are. */
  readonly keys?: 'lower-case'
  /** `personal` data falls under retention rules; `secret` values are stored as keyed hashes only. */
  readonly privacy?: 'personal' | 'secret'
  /** Kept as a column of the event store. A field without column is derived or too large to keep. */
  readonly column?: boolean
  readonly targets?: FieldTargets
}
