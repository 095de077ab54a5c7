import type { Action } from '#act'
import type { NewRules, PolicyArchive, Problem, WrittenRules } from '#config'
import type { Policy } from '#decide'
import type { FirewallGuard } from '#points'
import type { EventStore } from '#store'
import type { ComparisonDesk } from '#workbench'
import type { MetricFamily } from './metrics-text.ts'

/** The policy that runs, and since when. */
export interface RunningPolicy {
  readonly policy: Policy<Action>
  readonly sinceMs: number
  readonly warnings: readonly Problem[]
}

export interface ReloadOutcome {
  readonly version: string
  readonly previousVersion: string
  /** Settings or rules of the WAF are others than before. */
  readonly wafChanged: boolean
  readonly warnings: readonly Problem[]
  /** Faults of certificates that were read again; the certificates that ran before stay in use. */
  readonly certificateFaults: readonly string[]
}

export interface RunningState {
  /** True when everything that should run does. */
  readonly healthy: boolean
  readonly workersRunning: number
  readonly workersWanted: number
  readonly startedAtMs: number
}

/** What the API needs of the running server. */
export interface ApiServices {
  readonly store: Pick<EventStore, 'query' | 'status'>
  readonly comparisons: Pick<ComparisonDesk, 'compare'>
  readonly archive: Pick<PolicyArchive, 'read'>
  /** Absent where no packets are filtered. */
  readonly firewall?: Pick<FirewallGuard, 'report' | 'confirm' | 'top' | 'floods' | 'orderFlood'> | undefined
  running(): RunningPolicy
  state(): RunningState
  /**
   * Loads policy and certificates again; all or nothing. `actor` is written to the log.
   * @throws TidegateError when the new policy is refused; the old one then still runs
   */
  reload(actor: string): Promise<ReloadOutcome>
  /**
   * Adds rules to a file of the policy folder, which is validated as a whole; what runs stays until the next reload.
   * @throws TidegateError ERR_USAGE, ERR_POLICY_INVALID
   */
  addRules(fileName: string, rules: NewRules): WrittenRules
  metrics(): readonly MetricFamily[]
}
