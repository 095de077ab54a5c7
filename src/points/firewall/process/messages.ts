import type { Action } from '#act'
import type { FirewallConfig } from '#config'
import type { Policy } from '#decide'

/** Supervisor to firewall process. Every question has a number, which the answer repeats. */
export type ToFirewall =
  | {
      readonly type: 'apply'
      readonly request: number
      readonly firewall: FirewallConfig
      readonly policy: Policy<Action>
    }
  /** Takes everything off, whatever `onExit` says, and lets packets pass. */
  | { readonly type: 'release'; readonly request: number }

/** How packets of an interface are filtered now: in the driver, or behind it. */
interface InterfaceState {
  readonly name: string
  readonly mode: 'native' | 'generic'
}

/** What runs in the kernel. */
export interface FirewallState {
  readonly policyVersion: string
  readonly interfaces: readonly InterfaceState[]
  readonly rules: number
  /** Memory that the kernel counts for maps and program. */
  readonly memoryBytes: number
  readonly instructions: number
}

/** Packets of one rule since the firewall started; of all packets that no rule decided about without one. */
export interface RuleCounter {
  readonly phase?: string
  readonly ruleId?: string
  readonly action?: string
  readonly packets: number
  readonly bytes: number
  /** Of a rate limit: packets above the rate. */
  readonly over: number
}

/** A packet that was seen, as far as it was copied. */
export interface PacketSample {
  /** The rule that decided; absent when none did. */
  readonly phase?: string
  readonly ruleId?: string
  readonly isDropped: boolean
  /** How many packets it stands for. */
  readonly weight: number
  readonly interfaceName: string
  /** Length of the frame on the wire. */
  readonly frameBytes: number
  readonly head: Uint8Array
}

/** Firewall process to supervisor. */
export type FromFirewall =
  | { readonly type: 'applied'; readonly request: number; readonly state: FirewallState | undefined }
  | { readonly type: 'refused'; readonly request: number; readonly message: string; readonly remedy?: string }
  | { readonly type: 'counters'; readonly counters: readonly RuleCounter[] }
  | { readonly type: 'samples'; readonly samples: readonly PacketSample[] }
  | { readonly type: 'fault'; readonly message: string }
