import type { Action } from '#act'
import type { FirewallConfig } from '#config'
import type { Policy } from '#decide'
import { TidegateError } from '#kernel'
import { bpfRefusal } from '../backend-rules.ts'
import { CounterTotals } from '../counter-totals.ts'
import { restoreLeftSettings } from '../kernel-settings.ts'
import { NftFirewall } from '../nftables/nft-firewall.ts'
import type { PacketRule } from '../packet-decision.ts'
import { packetRules } from '../packet-rules.ts'
import { deleteTables } from '../take-off.ts'
import type { FirewallState, PacketBackend, PacketSample, RuleCounter } from './messages.ts'
import type { PacketFilter } from './packet-filter.ts'
import type { Strides } from './sample-desk.ts'
import { removePins } from './program-attachment.ts'
import { XdpFirewall } from './xdp-firewall.ts'

interface Chosen {
  readonly backend: PacketBackend
  readonly filter: PacketFilter
}

/** Filters packets by what the configuration says, or by the best that the kernel and the rules allow. */
export class ChosenFilter implements PacketFilter {
  readonly #onFault: (message: string) => void
  readonly #counters = new CounterTotals()
  #chosen: Chosen | undefined
  /** Why eBPF cannot be had here; asked once. */
  #bpfFault: TidegateError | undefined

  /** `onFault` hears of what goes wrong between two policies. */
  constructor(onFault: (message: string) => void) {
    this.#onFault = onFault
  }

  get rules(): readonly PacketRule[] {
    return this.#chosen?.filter.rules ?? []
  }

  apply(policy: Policy<Action>, firewall: FirewallConfig, nowMs: number): FirewallState {
    const refusal = bpfRefusal(packetRules(policy, nowMs))
    const use = (backend: PacketBackend): FirewallState => this.#use(backend, policy, firewall, nowMs)
    if (firewall.backend === 'nftables') return use('nftables')
    if (firewall.backend === 'xdp') {
      if (refusal !== undefined) throw refusal
      return use('xdp')
    }
    const fault = refusal ?? this.#bpfFault
    if (fault !== undefined) return noted(use('nftables'), fault)
    try {
      return use('xdp')
    } catch (error) {
      if (!isBpfFault(error) || this.#chosen !== undefined) throw error
      const state = this.#insteadOf(error, () => use('nftables'))
      this.#bpfFault = error
      return noted(state, error)
    }
  }

  counters(): readonly RuleCounter[] {
    if (this.#chosen !== undefined) this.#counters.update(this.#chosen.filter.counters())
    return this.#counters.totals
  }

  drainSamples(visit: (sample: PacketSample) => void): number {
    return this.#chosen?.filter.drainSamples(visit) ?? 0
  }

  sample(strides: Strides): void {
    this.#chosen?.filter.sample(strides)
  }

  release(): void {
    this.counters()
    this.#counters.retire()
    this.#chosen?.filter.release()
    this.#chosen = undefined
  }

  /** The filter before goes when the other one is in force: for a moment packets meet both. */
  #use(backend: PacketBackend, policy: Policy<Action>, firewall: FirewallConfig, nowMs: number): FirewallState {
    const before = this.#chosen
    if (before?.backend === backend) return before.filter.apply(policy, firewall, nowMs)
    const filter = backend === 'xdp' ? new XdpFirewall() : new NftFirewall(this.#onFault)
    const state = filter.apply(policy, firewall, nowMs)
    this.counters()
    this.#counters.retire()
    this.#chosen = { backend, filter }
    if (before === undefined) {
      clearLeftBy(backend)
      restoreLeftSettings()
    } else before.filter.release()
    return state
  }

  #insteadOf(fault: TidegateError, use: () => FirewallState): FirewallState {
    try {
      return use()
    } catch (error) {
      if (!(error instanceof TidegateError)) throw error
      throw new TidegateError(fault.code, `${fault.message}; nor can nftables be used: ${error.message}`, {
        source: fault.source,
        ...(fault.remedy !== undefined && { remedy: fault.remedy }),
        cause: error,
      })
    }
  }
}

/** A process before this one may have left its rules in force by the other backend. */
function clearLeftBy(backend: PacketBackend): void {
  try {
    if (backend === 'xdp') deleteTables()
    else removePins()
  } catch (error) {
    // Whoever is not allowed to look for such rules could not have left them.
    if (!(error instanceof TidegateError)) throw error
  }
}

function isBpfFault(error: unknown): error is TidegateError {
  return error instanceof TidegateError && error.code === 'ERR_BPF_FAILED'
}

function noted(state: FirewallState, { message }: TidegateError): FirewallState {
  return { ...state, notes: [`nftables, because ${message.replaceAll('\n', ': ')}`, ...state.notes] }
}
