import type { Action } from '#act'
import type { FirewallConfig } from '#config'
import type { Policy } from '#decide'
import { TidegateError } from '#kernel'
import { type BpfMap, type LoadedProgram, loadProgram, TestRun } from '#net'
import { XDP } from '#wire'
import type { PacketRule } from '../packet-decision.ts'
import { packetRules } from '../packet-rules.ts'
import { MAP, PROGRAM_NAME } from '../program/layout.ts'
import { compilePolicyProgram } from '../program/policy-program.ts'
import { CounterReader } from './counter-reader.ts'
import { interfaceIndex } from './interfaces.ts'
import { MapRegistry, type MapSet } from './map-registry.ts'
import type { FirewallState, PacketSample, RuleCounter } from './messages.ts'
import { SampleReader } from './sample-reader.ts'
import { XdpAttachment } from './xdp-attachment.ts'

/** A program with all that belongs to it. */
interface Running {
  readonly policyVersion: string
  readonly program: LoadedProgram
  readonly instructions: number
  readonly maps: MapSet
  readonly rules: readonly PacketRule[]
  readonly samples: SampleReader
}

/** A frame that says nothing: whatever the rules are, the program must end with a verdict about it. */
const EMPTY_FRAME = Buffer.alloc(60)

/** The packet filter by XDP, as one process runs it. Everything here talks to the kernel and takes its time. */
export class XdpFirewall {
  readonly #registry = new MapRegistry()
  readonly #counters = new CounterReader()
  readonly #attachments = new Map<string, XdpAttachment>()
  #running: Running | undefined

  /**
   * Lets a policy take the place of the one that runs: every packet meets one of them, and when something cannot be had, the
   * old one runs on everywhere.
   *
   * @throws TidegateError ERR_BPF_FAILED, ERR_RULE_INVALID or ERR_USAGE
   */
  apply(policy: Policy<Action>, firewall: FirewallConfig, nowMs: number): FirewallState {
    const before = this.#running
    const next = this.#load(policy, firewall, nowMs)
    try {
      this.#attach(next.program, firewall, before?.program)
    } catch (error) {
      this.#discard(next)
      throw error
    }
    this.#running = next
    if (before !== undefined) this.#retire(before, next)
    this.#registry.adopt(next.maps, before?.maps)
    return this.#stateOf(next)
  }

  /** Rules that are in force in the kernel now. */
  get rules(): readonly PacketRule[] {
    return this.#running?.rules ?? []
  }

  counters(): readonly RuleCounter[] {
    return this.#counters.read(this.#running?.maps.maps.get(MAP.counters), this.rules)
  }

  /** Gives what was sampled since the last call to `visit`; returns how many there were. */
  drainSamples(visit: (sample: PacketSample) => void): number {
    return this.#running?.samples.drain(visit) ?? 0
  }

  /** Takes everything off: packets pass. */
  release(): void {
    for (const attachment of this.#attachments.values()) attachment.detach()
    this.#attachments.clear()
    const before = this.#running
    this.#running = undefined
    if (before === undefined) return
    before.samples.close()
    before.program.close()
    this.#registry.adopt({ maps: new Map(), kept: new Map() }, before.maps)
  }

  #load(policy: Policy<Action>, firewall: FirewallConfig, nowMs: number): Running {
    const rules = packetRules(policy, nowMs)
    const names = new Map(firewall.interfaces.map(({ name }) => [interfaceIndex(name), name]))
    const compiled = compilePolicyProgram({ rules, lists: policy.lists, management: firewall.management })
    const maps = this.#registry.make(compiled.maps)
    try {
      const program = loadProgram(compiled.program, maps.maps, PROGRAM_NAME)
      checkProgram(program)
      const instructions = compiled.program.bytes.length / 8
      const samples = new SampleReader(mapOf(maps, MAP.samples), rules, names)
      return { policyVersion: policy.version, program, instructions, maps, rules, samples }
    } catch (error) {
      this.#registry.discard(maps)
      throw error
    }
  }

  #attach(program: LoadedProgram, { interfaces, onExit }: FirewallConfig, before: LoadedProgram | undefined): void {
    const changed: XdpAttachment[] = []
    const added: string[] = []
    try {
      for (const { name } of interfaces) {
        const attachment = this.#attachments.get(name)
        if (attachment === undefined) {
          this.#attachments.set(name, XdpAttachment.attach(program, name))
          added.push(name)
        } else {
          attachment.replace(program)
          changed.push(attachment)
        }
      }
      for (const { name } of interfaces) this.#attachments.get(name)?.keep(onExit === 'keep')
    } catch (error) {
      if (before !== undefined) for (const attachment of changed) attachment.replace(before)
      for (const name of added) this.#detach(name)
      throw error
    }
    const wanted = new Set(interfaces.map(({ name }) => name))
    for (const name of this.#attachments.keys()) if (!wanted.has(name)) this.#detach(name)
  }

  #detach(name: string): void {
    this.#attachments.get(name)?.detach()
    this.#attachments.delete(name)
  }

  #discard({ program, samples, maps }: Running): void {
    samples.close()
    program.close()
    this.#registry.discard(maps)
  }

  /** Called when no processor runs the old program any more. */
  #retire(before: Running, next: Running): void {
    const counters = before.maps.maps.get(MAP.counters)
    if (counters !== undefined) this.#counters.retire(counters, before.rules, next.rules)
    before.samples.close()
    before.program.close()
  }

  #stateOf({ policyVersion, program, instructions, maps, rules }: Running): FirewallState {
    const mapBytes = [...maps.maps.values()].reduce((sum, map) => sum + map.memoryBytes, 0)
    return {
      policyVersion,
      interfaces: [...this.#attachments.values()].map(({ interfaceName, mode }) => ({ name: interfaceName, mode })),
      rules: rules.length,
      memoryBytes: mapBytes + program.memoryBytes,
      instructions,
    }
  }
}

function mapOf({ maps }: MapSet, name: string): BpfMap {
  const map = maps.get(name)
  if (map !== undefined) return map
  throw new TidegateError('ERR_INVARIANT', `the program has no map ${name}`, { source: 'internal' })
}

/** A program that aborts would throw away everything: it is asked before it meets packets. */
function checkProgram(program: LoadedProgram): void {
  const verdict = new TestRun(program).run(EMPTY_FRAME)
  if (verdict === XDP.drop || verdict === XDP.pass || verdict === XDP.tx) return
  program.close()
  throw new TidegateError('ERR_BPF_FAILED', `the program answers ${verdict} to an empty frame`, { source: 'internal' })
}
