import type { Action } from '#act'
import type { FirewallConfig } from '#config'
import type { Policy } from '#decide'
import type { PacketRule } from '../packet-decision.ts'
import type { FirewallState, PacketSample, RuleCounter } from './messages.ts'
import type { Strides } from './sample-desk.ts'

/** What filters packets in the kernel. Everything here talks to the kernel and takes its time. */
export interface PacketFilter {
  /** Rules that are in force in the kernel now. */
  readonly rules: readonly PacketRule[]

  /**
   * Lets a policy take the place of the one that runs: every packet meets one of them, and when something cannot be had, the
   * old one runs on everywhere. `nowMs` is the wall clock.
   *
   * @throws TidegateError ERR_BPF_FAILED, ERR_NFTABLES_FAILED, ERR_RULE_INVALID or ERR_USAGE
   */
  apply(policy: Policy<Action>, firewall: FirewallConfig, nowMs: number): FirewallState

  counters(): readonly RuleCounter[]

  /** Gives what was sampled since the last call to `visit`; returns how many there were. */
  drainSamples(visit: (sample: PacketSample) => void): number

  /** Says of how many packets one is sampled: powers of two. */
  sample(strides: Strides): void

  /** Takes everything off: packets pass. */
  release(): void
}
