import { isDeepStrictEqual } from 'node:util'
import type { Action } from '#act'
import type { FirewallConfig } from '#config'
import type { Policy } from '#decide'
import { TidegateError } from '#kernel'
import { type BpfMap, type LoadedProgram, loadProgram, TestRun } from '#net'
import { type IpRange, XDP } from '#wire'
import type { PacketRule } from '../packet-decision.ts'
import { areSameRules, packetRules } from '../packet-rules.ts'
import { MAP, PROGRAM_NAME, sampledMost, SETTING } from '../program/layout.ts'
import type { PlannedMap } from '../program/planned-map.ts'
import { compilePolicyProgram } from '../program/policy-program.ts'
import { SynCookieSetting } from '../program/syn-setting.ts'
import { startLearning } from '../program/state-maps.ts'
import { CounterReader } from './counter-reader.ts'
import { interfaceIndex } from './interfaces.ts'
import { ListKeeper } from './list-keeper.ts'
import { MapRegistry, type MapSet } from './map-registry.ts'
import type { FirewallState, PacketSample, RuleCounter } from './messages.ts'
import type { Strides } from './sample-desk.ts'
import { SampleReader } from './sample-reader.ts'
import { openLeftMap, pinMaps, unpinMaps } from './pinned-maps.ts'
import { XdpAttachment } from './xdp-attachment.ts'

/** A program with all that belongs to it. */
interface Running {
  readonly policy: Policy<Action>
  readonly firewall: FirewallConfig
  readonly lists: ListKeeper
  readonly program: LoadedProgram
  readonly instructions: number
  readonly planned: readonly PlannedMap[]
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
  readonly #leftSamples: PacketSample[] = []
  readonly #cookies = new SynCookieSetting()
  readonly #leaveOpen = (): void => this.#cookies.restore()
  #running: Running | undefined

  /**
   * Lets a policy take the place of the one that runs: every packet meets one of them, and when something cannot be had, the
   * old one runs on everywhere.
   *
   * @throws TidegateError ERR_BPF_FAILED, ERR_RULE_INVALID or ERR_USAGE
   */
  apply(policy: Policy<Action>, firewall: FirewallConfig, nowMs: number): FirewallState {
    const before = this.#running
    if (before !== undefined && this.#changeLists(before, policy, firewall, nowMs))
      return this.#stateOf(this.#running ?? before)
    const next = this.#load(policy, firewall, nowMs)
    try {
      this.#allowCookies(next)
      this.#attach(next, firewall, before?.program)
    } catch (error) {
      this.#discard(next)
      if (!givesCookies(before)) this.#cookies.restore()
      throw error
    }
    if (!givesCookies(next)) this.#cookies.restore()
    this.#running = next
    if (before !== undefined) this.#retire(before, next)
    this.#registry.adopt(next.maps, before?.maps)
    return this.#stateOf(next)
  }

  /**
   * Adds entries to a named list of addresses, then takes others away. The program runs on, with the next packet by the new
   * list; only what does not fit into its maps makes another one.
   *
   * @throws TidegateError ERR_NOT_FOUND when there is no such list; ERR_BPF_FAILED
   */
  changeList(name: string, add: readonly IpRange[], remove: readonly IpRange[]): void {
    const running = this.#running
    if (running === undefined) {
      throw new TidegateError('ERR_NOT_FOUND', 'no rules are in force', { source: 'configuration' })
    }
    const isDone = running.lists.edit(name, add, remove)
    const policy = { ...running.policy, lists: running.lists.lists }
    if (isDone) this.#running = { ...running, policy }
    else this.apply(policy, running.firewall, Date.now())
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
    const left = this.#leftSamples.splice(0)
    for (const sample of left) visit(sample)
    return left.length + (this.#running?.samples.drain(visit) ?? 0)
  }

  /** Says of how many packets one is sampled: powers of two. */
  sample({ passed, dropped }: Strides): void {
    const settings = this.#running?.maps.maps.get(MAP.settings)?.memory
    settings?.writeUInt32LE(sampledMost(passed), SETTING.passedMost)
    settings?.writeUInt32LE(sampledMost(dropped), SETTING.droppedMost)
  }

  /** Takes everything off: packets pass. */
  release(): void {
    for (const attachment of this.#attachments.values()) attachment.detach()
    this.#attachments.clear()
    this.#cookies.restore()
    const before = this.#running
    this.#running = undefined
    if (before === undefined) return
    unpinMaps()
    before.samples.close()
    before.program.close()
    this.#registry.adopt({ maps: new Map(), kept: new Map() }, before.maps)
  }

  /** When nothing but entries of lists differs, the program stays, and its maps change. */
  #changeLists(running: Running, policy: Policy<Action>, firewall: FirewallConfig, nowMs: number): boolean {
    if (!isDeepStrictEqual(running.firewall, firewall)) return false
    if (!areSameRules(running.rules, packetRules(policy, nowMs))) return false
    if (!running.lists.change(policy.lists)) return false
    this.#running = { ...running, policy }
    return true
  }

  #load(policy: Policy<Action>, firewall: FirewallConfig, nowMs: number): Running {
    const rules = packetRules(policy, nowMs)
    this.#running?.lists.settle(this.#registry)
    const names = new Map(firewall.interfaces.map(({ name }) => [interfaceIndex(name), name]))
    const compiled = compilePolicyProgram({ rules, lists: policy.lists, management: firewall.management })
    const maps = this.#registry.make(compiled.maps, openLeftMap)
    try {
      const program = loadProgram(compiled.program, maps.maps, PROGRAM_NAME)
      checkProgram(program)
      const instructions = compiled.program.bytes.length / 8
      const samples = new SampleReader(mapOf(maps, MAP.samples), rules, names)
      const lists = new ListKeeper(policy.lists, compiled.lists, maps.maps)
      return { policy, firewall, lists, program, instructions, planned: compiled.maps, maps, rules, samples }
    } catch (error) {
      this.#registry.discard(maps)
      throw error
    }
  }

  #attach(next: Running, { interfaces, onExit }: FirewallConfig, before: LoadedProgram | undefined): void {
    const { program, planned, maps } = next
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
      if (onExit === 'keep') pinMaps(planned, maps)
      else unpinMaps()
    } catch (error) {
      if (before !== undefined) for (const attachment of changed) attachment.replace(before)
      for (const name of added) this.#detach(name)
      throw error
    }
    const wanted = new Set(interfaces.map(({ name }) => name))
    for (const name of this.#attachments.keys()) if (!wanted.has(name)) this.#detach(name)
    // Connections that began where nobody looked.
    if (added.some((name) => this.#attachments.get(name)?.isTakenOver === false)) startLearning(maps)
  }

  #detach(name: string): void {
    this.#attachments.get(name)?.detach()
    this.#attachments.delete(name)
  }

  /** The stack takes cookies before anybody gets one; where rules outlive this process, it goes on taking them. */
  #allowCookies(next: Running): void {
    process.off('exit', this.#leaveOpen)
    if (givesCookies(next)) this.#cookies.turnOn()
    if (next.firewall.onExit === 'open') process.once('exit', this.#leaveOpen)
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
    // What came while the programs changed places.
    before.samples.drain((sample) => this.#leftSamples.push(sample))
    before.samples.close()
    before.program.close()
  }

  #stateOf({ policy, program, instructions, maps, rules }: Running): FirewallState {
    const mapBytes = [...maps.maps.values()].reduce((sum, map) => sum + map.memoryBytes, 0)
    return {
      policyVersion: policy.version,
      backend: 'xdp',
      interfaces: [...this.#attachments.values()].map(({ interfaceName, mode }) => ({ name: interfaceName, mode })),
      rules: rules.length,
      memoryBytes: mapBytes + program.memoryBytes,
      instructions,
      notes: [...this.#attachments.values()].flatMap(({ note }) => note ?? []),
    }
  }
}

function givesCookies(running: Running | undefined): boolean {
  return running?.rules.some(({ rule }) => rule.action.type === 'syn_cookie' && rule.mode === 'enforce') === true
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
