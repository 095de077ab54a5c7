import { isDeepStrictEqual } from 'node:util'
import type { Action } from '#act'
import type { FirewallConfig } from '#config'
import type { Policy } from '#decide'
import { TidegateError } from '#kernel'
import { type BpfMap, type LoadedProgram, readEntries, TestRun, updateBatch } from '#net'
import type { PacketDirection, PacketHook } from '#rules'
import { type IpRange, TCX, XDP } from '#wire'
import { hooksOf } from '../hooks.ts'
import type { PacketRule } from '../packet-decision.ts'
import { answersPackets, areSameRules, packetRules } from '../packet-rules.ts'
import { compileHookPrograms, type HookProgram, instructionsOf } from '../program/hook-programs.ts'
import { loadHookProgram } from '../program/load-program.ts'
import { MAP, sampledMost, SETTING } from '../program/layout.ts'
import type { PlannedMap } from '../program/planned-map.ts'
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
import { ProgramAttachment, removeOtherPins } from './program-attachment.ts'

/** A program in the kernel, by the places where it stands. */
type Programs = ReadonlyMap<string, LoadedProgram>

/** The programs of a policy with all that belongs to them. */
interface Running {
  readonly policy: Policy<Action>
  readonly firewall: FirewallConfig
  readonly lists: ListKeeper
  readonly programs: Programs
  readonly instructions: number
  readonly planned: readonly PlannedMap[]
  readonly maps: MapSet
  readonly rules: readonly PacketRule[]
  readonly samples: SampleReader
}

/** A frame that says nothing: whatever the rules are, the program must end with a verdict about it. */
const EMPTY_FRAME = Buffer.alloc(60)

/** The packet filter by eBPF, as one process runs it: XDP, and TCX for what goes out. Everything here talks to the kernel and takes its time. */
export class XdpFirewall {
  readonly #registry = new MapRegistry()
  readonly #counters = new CounterReader()
  readonly #attachments = new Map<string, ProgramAttachment>()
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
      this.#attach(next, firewall, before?.programs)
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
    closeAll(before.programs)
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
    const { lists: data } = policy
    const compiled = compileHookPrograms({ rules, lists: data, management: firewall.management }, hooksOf(firewall))
    const maps = this.#registry.make(compiled.maps, openLeftMap)
    try {
      const programs = loadAll(compiled.programs, maps)
      const instructions = instructionsOf(compiled.programs)
      const samples = new SampleReader(mapOf(maps, MAP.samples), rules, names)
      forgetTests(mapOf(maps, MAP.counters), samples)
      const lists = new ListKeeper(data, compiled.lists, maps.maps)
      return { policy, firewall, lists, programs, instructions, planned: compiled.maps, maps, rules, samples }
    } catch (error) {
      this.#registry.discard(maps)
      throw error
    }
  }

  #attach({ programs, planned, maps, rules }: Running, firewall: FirewallConfig, before: Programs | undefined): void {
    const changed: string[] = []
    const added: string[] = []
    const isKept = firewall.onExit === 'keep'
    const answers = answersPackets(rules)
    const hooks = hooksOf(firewall)
    try {
      for (const hook of hooks) {
        const key = keyOfHook(hook)
        if (this.#attachments.get(key)?.losesAnswers(answers) === true) this.#detach(key)
        const attachment = this.#attachments.get(key)
        if (attachment === undefined) {
          this.#attachments.set(key, ProgramAttachment.attach(programAt(programs, key), hook, answers))
          added.push(key)
        } else {
          attachment.replace(programAt(programs, key))
          changed.push(key)
        }
      }
      for (const hook of hooks) this.#attachments.get(keyOfHook(hook))?.keep(isKept)
      if (isKept) pinMaps(planned, maps)
      else unpinMaps()
    } catch (error) {
      if (before !== undefined) for (const key of changed) this.#attachments.get(key)?.replace(programAt(before, key))
      for (const key of added) this.#detach(key)
      throw error
    }
    const wanted = new Set(hooks.map(keyOfHook))
    for (const key of this.#attachments.keys()) if (!wanted.has(key)) this.#detach(key)
    removeOtherPins(this.#attachments.values())
    // Connections that began where nobody looked.
    if (added.some((key) => this.#attachments.get(key)?.isTakenOver === false)) startLearning(maps)
  }

  #detach(key: string): void {
    this.#attachments.get(key)?.detach()
    this.#attachments.delete(key)
  }

  /** The stack takes cookies before anybody gets one; where rules outlive this process, it goes on taking them. */
  #allowCookies(next: Running): void {
    process.off('exit', this.#leaveOpen)
    if (givesCookies(next)) this.#cookies.turnOn()
    if (next.firewall.onExit === 'open') process.once('exit', this.#leaveOpen)
  }

  #discard({ programs, samples, maps }: Running): void {
    samples.close()
    closeAll(programs)
    this.#registry.discard(maps)
  }

  /** Called when no processor runs the old program any more. */
  #retire(before: Running, next: Running): void {
    const counters = before.maps.maps.get(MAP.counters)
    if (counters !== undefined) this.#counters.retire(counters, before.rules, next.rules)
    // What came while the programs changed places.
    before.samples.drain((sample) => this.#leftSamples.push(sample))
    before.samples.close()
    closeAll(before.programs)
  }

  #stateOf({ policy, programs, instructions, maps, rules }: Running): FirewallState {
    const programBytes = [...new Set(programs.values())].reduce((sum, program) => sum + program.memoryBytes, 0)
    const mapBytes = [...maps.maps.values()].reduce((sum, map) => sum + map.memoryBytes, 0)
    return {
      policyVersion: policy.version,
      backend: 'xdp',
      interfaces: [...this.#attachments.values()].map(({ hook: { interfaceName: name, direction }, mode }) => ({
        name,
        direction,
        mode,
      })),
      rules: rules.length,
      memoryBytes: mapBytes + programBytes,
      instructions,
      notes: [...this.#attachments.values()].flatMap(({ note }) => note ?? []),
    }
  }
}

function keyOfHook({ interfaceName, direction }: PacketHook): string {
  return `${direction} ${interfaceName}`
}

/** @throws TidegateError ERR_BPF_FAILED */
function loadAll(compiled: readonly HookProgram[], { maps }: MapSet): Programs {
  const programs = new Map<string, LoadedProgram>()
  try {
    for (const { hooks, program } of compiled) {
      const loaded = loadHookProgram(program, hooks[0].direction, maps)
      for (const hook of hooks) programs.set(keyOfHook(hook), loaded)
      checkProgram(loaded, hooks[0].direction)
    }
    return programs
  } catch (error) {
    closeAll(programs)
    throw error
  }
}

function closeAll(programs: Programs): void {
  for (const program of new Set(programs.values())) program.close()
}

function programAt(programs: Programs, key: string): LoadedProgram {
  const program = programs.get(key)
  if (program !== undefined) return program
  throw new TidegateError('ERR_INVARIANT', `no program was made for ${key}`, { source: 'internal' })
}

function givesCookies(running: Running | undefined): boolean {
  return running?.rules.some(({ rule }) => rule.action.type === 'syn_cookie' && rule.mode === 'enforce') === true
}

function mapOf({ maps }: MapSet, name: string): BpfMap {
  const map = maps.get(name)
  if (map !== undefined) return map
  throw new TidegateError('ERR_INVARIANT', `the program has no map ${name}`, { source: 'internal' })
}

const VERDICTS: Readonly<Record<PacketDirection, ReadonlySet<number>>> = {
  in: new Set([XDP.drop, XDP.pass, XDP.tx]),
  out: new Set([TCX.drop, TCX.next]),
}

/** What programs were asked before they meet packets was counted, and perhaps sampled. */
function forgetTests(counters: BpfMap, samples: SampleReader): void {
  const { keys, count } = readEntries(counters)
  updateBatch(counters, keys, Buffer.alloc(count * counters.valueBytes), count)
  samples.drain(() => {})
}

/** A program that aborts would throw away everything: it is asked before it meets packets. */
function checkProgram(program: LoadedProgram, direction: PacketDirection): void {
  const verdict = new TestRun(program).run(EMPTY_FRAME) | 0
  if (VERDICTS[direction].has(verdict)) return
  throw new TidegateError('ERR_BPF_FAILED', `the program answers ${verdict} to an empty frame`, { source: 'internal' })
}
