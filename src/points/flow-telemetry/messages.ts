import type { EventsConfig, FlowsConfig } from '#config'
import type { ListenAddress } from '#config'

/** What the supervisor gives the collector at birth. */
export interface CollectorStart {
  readonly flows: FlowsConfig
  readonly events: EventsConfig
  readonly spoolDirectory: string
  /** Secret key of this installation for keyed hashes of redacted values. */
  readonly redactionKey: Uint8Array
  /** Shared tables of the address data; undefined where there is none. */
  readonly geo: SharedArrayBuffer | undefined
  /** Where templates and sampling rates of exporters are kept. */
  readonly memoryFile: string
  /** Where is kept what is usual for the destinations of flows. */
  readonly floodFile: string
}

/** Supervisor to collector: finish and end. */
export interface ToCollector {
  readonly type: 'drain'
}

/** Collector to supervisor. */
export type FromCollector =
  | { readonly type: 'ready'; readonly addresses: readonly ListenAddress[] }
  | { readonly type: 'failed'; readonly message: string; readonly remedy: string | undefined }
  | { readonly type: 'counters'; readonly counters: Readonly<Record<string, number>> }
  | { readonly type: 'drained' }
