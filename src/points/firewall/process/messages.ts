import type { Action } from '#act'
import type { FirewallConfig } from '#config'
import type { Phase, Policy } from '#decide'
import type { FloodAttack, FloodChange, FloodMemory, FloodVeto, Mitigation, VetoedRule } from '#detect'
import type { SourcePlace } from '#kernel'
import type { PacketDirection } from '#rules'
import type { InterfaceNews } from './interface-watch.ts'

/** Supervisor to firewall process. Every question has a number, which the answer repeats. */
export type ToFirewall =
  | {
      readonly type: 'apply'
      readonly request: number
      readonly firewall: FirewallConfig
      readonly policy: Policy<Action>
      /** What an earlier process learnt of the traffic; a process that knows something already keeps to that. */
      readonly floodMemory?: FloodMemory | undefined
    }
  /** Takes everything off, whatever `onExit` says, and lets packets pass. */
  | { readonly type: 'release'; readonly request: number }
  | {
      readonly type: 'flood'
      readonly request: number
      readonly order: FloodOrder
      readonly id: string
      /** Of a rule that is in force no more. */
      readonly ended?: VetoedRule
    }

/** What people decide about the rules against floods: `promoted` says that the rule stands in the policy now. */
export type FloodOrder = 'veto' | 'unveto' | 'promoted' | 'pin' | 'unpin'

/** What filters packets in the kernel. */
export type PacketBackend = 'xdp' | 'nftables'

/** What packets meet: eBPF in the driver, behind it, or, going out, before the queues (TCX); or nftables. */
export type HookMode = 'native' | 'generic' | 'tcx' | 'nftables'

/** How packets of an interface are filtered now in one direction. */
interface HookState {
  readonly name: string
  readonly direction: PacketDirection
  readonly mode: HookMode
}

/** What runs in the kernel. */
export interface FirewallState {
  readonly policyVersion: string
  readonly backend: PacketBackend
  readonly interfaces: readonly HookState[]
  readonly rules: number
  /** Memory that the kernel counts for maps and program; of nftables an estimate. */
  readonly memoryBytes: number
  /** Of the program; of nftables the number of its rules. */
  readonly instructions: number
  /** What people should know, such as why it is not a faster way that packets are filtered in. */
  readonly notes: readonly string[]
}

/** Packets of one rule since the firewall started; without one, those that no rule decided about. */
export interface RuleCounter {
  readonly phase?: string
  readonly ruleId?: string
  readonly action?: string
  /** Packets of `firewall.management`, which meet no rule. */
  readonly management?: true
  /** The rule only says that it matched. */
  readonly isNote?: true
  readonly packets: number
  readonly bytes: number
  /** Of a rate limit: packets above the rate. */
  readonly over: number
}

/** The rule that a sampled packet met. */
export interface SampledRule {
  readonly phase: Phase
  readonly ruleId: string
  readonly action: string
  /** Why the rule decided as it did, for people. */
  readonly why: string
  /** The rule says only that it matched: another one may decide about the same packet, and its sample is another one. */
  readonly isNote: boolean
  readonly logOnly: boolean
}

/** A packet that was seen, as far as it was copied. */
export interface PacketSample {
  /** Absent when no rule decided. */
  readonly rule?: SampledRule
  /** When it was seen: milliseconds since the Unix epoch, with a fraction. */
  readonly timeMs: number
  readonly isDropped: boolean
  /** How many packets it stands for. */
  readonly weight: number
  readonly interfaceName: string
  readonly direction: PacketDirection
  /** Length of the frame on the wire. */
  readonly frameBytes: number
  readonly head: Uint8Array
}

/** How many packets a sample stands for now. */
export interface SamplingState {
  readonly passed: number
  readonly dropped: number
  /** Samples that were read since the process started. */
  readonly samples: number
}

/** What is done about floods. */
export interface FloodState {
  readonly mitigations: readonly Mitigation[]
  readonly attacks: readonly FloodAttack[]
  readonly vetoes: readonly FloodVeto[]
}

/** What an error says on its way from the firewall process to the supervisor. */
export interface Refusal {
  readonly message: string
  readonly remedy?: string
  /** Of the rule that it is about. */
  readonly place?: SourcePlace
}

/** Firewall process to supervisor. */
export type FromFirewall =
  | { readonly type: 'applied'; readonly request: number; readonly state: FirewallState | undefined }
  | ({ readonly type: 'refused'; readonly request: number } & Refusal)
  | { readonly type: 'answered'; readonly request: number; readonly isKnown: boolean }
  | { readonly type: 'counters'; readonly counters: readonly RuleCounter[]; readonly sampling: SamplingState }
  /** `events` are to be recorded, `samples` are for statistics: of both the weights stand for all packets. */
  | {
      readonly type: 'samples'
      readonly policyVersion: string
      readonly samples: readonly PacketSample[]
      readonly events: readonly PacketSample[]
    }
  /** `state` without the packets of the evidence, which come with the changes. */
  | { readonly type: 'floods'; readonly changes: readonly FloodChange[]; readonly state: FloodState }
  | { readonly type: 'floodMemory'; readonly memory: FloodMemory }
  /** Interfaces went away or came back; `state` is what runs since, absent when the one before does. */
  | ({ readonly type: 'interfaces'; readonly state: FirewallState | undefined } & InterfaceNews)
  | { readonly type: 'fault'; readonly message: string }
