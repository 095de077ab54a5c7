import type { FieldValue } from '#fields'

/** One event, packet, flow or query: what is not in `facts` is absent. */
export interface FactRow {
  /** Microseconds since the epoch; undefined when the row does not say. */
  readonly timeMicros: number | undefined
  readonly facts: Readonly<Record<string, FieldValue | undefined>>
  /** Events that it stands for; one when absent. */
  readonly weight?: number
  /** Of a packet: the number of its flow, which both directions share. Packets of one flow prove as little as one packet. */
  readonly flow?: number
}
