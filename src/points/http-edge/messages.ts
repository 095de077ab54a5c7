import type { Action } from '#act'
import type { EdgeConfig, EventsConfig, WafTables } from '#config'
import type { Policy } from '#decide'

/** What the supervisor gives a data worker at birth. */
export interface WorkerStart {
  readonly index: number
  readonly edge: EdgeConfig
  readonly events: EventsConfig
  readonly policy: Policy<Action>
  readonly waf: WafTables
  /** Secret of the test client; undefined when there is none. */
  readonly testToken: string | undefined
  readonly spoolDirectory: string
  /** Secret key of this installation for keyed hashes of redacted values. */
  readonly redactionKey: Uint8Array
  /** Shared tables of the address data; undefined where there is none. */
  readonly geo: SharedArrayBuffer | undefined
  /** Health of the origins, shared by all workers: see origin-health.ts. */
  readonly health: SharedArrayBuffer
  /** TLS session ticket key shared by all workers, so that resumption works whichever worker answers. */
  readonly ticketKeys: Uint8Array
}

/**
 * Supervisor to worker. A policy, with the WAF that runs under it, is first prepared by all, then committed by all: no worker
 * runs a policy that another refused.
 */
export type ToWorker =
  | {
      readonly type: 'prepare-policy'
      readonly policy: Policy<Action>
      /** Undefined: the worker keeps the one that it has. */
      readonly waf: WafTables | undefined
    }
  | { readonly type: 'commit-policy'; readonly version: string }
  | { readonly type: 'reload-certificates' }
  | { readonly type: 'drain' }

/** Worker to supervisor. */
export type FromWorker =
  | {
      readonly type: 'ready'
      readonly addresses: readonly { readonly host: string; readonly port: number; readonly tls: boolean }[]
    }
  | { readonly type: 'failed'; readonly message: string }
  | { readonly type: 'policy-prepared'; readonly version: string }
  | { readonly type: 'policy-refused'; readonly version: string; readonly message: string }
  | { readonly type: 'policy-committed'; readonly version: string }
  | { readonly type: 'certificates-reloaded'; readonly faults: readonly string[] }
  | { readonly type: 'counters'; readonly counters: Readonly<Record<string, number>> }
  | { readonly type: 'drained' }
