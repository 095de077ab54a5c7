import { FIELD_BY_NAME } from '#fields'
import { compilePredicate, parseExpression, type Predicate } from '#rules'
import { Packet } from '#wire'
import { PACKET_READERS } from '../../packet/readers.ts'
import type { FloodChange, FloodEngine, FloodSample, FloodSettings, Mitigation, MitigationLimit } from '../contract.ts'
import { createFloodEngine } from '../engine.ts'
import { RandomNumbers } from '../random.ts'
import { readSample } from '../sample-ring.ts'
import { attackOf, hostOf, type Mix } from './mixes.ts'
import type { TimedFrame } from './traffic.ts'

const TICK_MS = 50
/** A rule is in force so long after the engine asked for it: it has to be compiled, loaded and swapped. */
const SWAP_MS = 40
/** Packets a second that are sampled at most: of those that pass, and of those that are dropped. */
const SAMPLES_MOST = 20_000
const START_MS = 1_800_000_000_000

interface SimulationOptions {
  readonly seed: number
  /** How long there is good traffic only. */
  readonly calmMs: number
  readonly attackMs: number
  readonly settings?: Partial<FloodSettings>
}

/** What became of the packets, and when. */
export interface SimulationResult {
  readonly engine: FloodEngine
  readonly changes: readonly FloodChange[]
  /** From the first packet of the attack to the first that was dropped; undefined when none was. */
  readonly delayMs: number | undefined
  readonly attackPackets: number
  /** Of the attack's packets later than two seconds after its first. */
  readonly passedShare: number
  readonly goodPackets: number
  readonly goodDropped: number
  /** Of all good packets since the attack began. */
  readonly goodDroppedShare: number
  readonly samples: number
  /** Processor time. */
  readonly engineMs: number
  readonly longestTickMs: number
}

interface Rule {
  readonly mitigation: Mitigation
  readonly matches: Predicate<Packet>
}

/** Enforces mitigations as a firewall does: rules in order, rates counted apart. */
class Enforcement {
  #rules: readonly Rule[] = []
  readonly #arrivals = new Map<string, number>()
  readonly #compiled = new Map<string, Predicate<Packet>>()

  replace(mitigations: readonly Mitigation[]): void {
    this.#rules = mitigations.map((mitigation) => ({ mitigation, matches: this.#compile(mitigation.when) }))
  }

  /** The rule that drops a packet; a client that is good answers a cookie. */
  drops(packet: Packet, timeMs: number, isGood: boolean): string | undefined {
    for (const { mitigation, matches } of this.#rules) {
      const { action, id } = mitigation
      if (action === 'log' || !matches(packet)) continue
      if (action === 'drop' || (action === 'syn_cookie' && !isGood)) return id
      if (typeof action === 'object' && this.#isOver(id, action.rate_limit, packet, timeMs)) return id
    }
    return undefined
  }

  #isOver(id: string, { per = [], packets, burst }: MitigationLimit, packet: Packet, timeMs: number): boolean {
    const values = per.map((key) => (key === 'ip.src' ? packet.source : packet.destination))
    const key = [id, ...values].join(' ')
    const cost = 1000 / packets
    const next = Math.max(this.#arrivals.get(key) ?? 0, timeMs) + cost
    if (next - timeMs > burst * cost) return true
    this.#arrivals.set(key, next)
    return false
  }

  #compile(when: string): Predicate<Packet> {
    const known = this.#compiled.get(when)
    if (known !== undefined) return known
    const parsed = parseExpression(when, { fields: FIELD_BY_NAME, point: 'firewall' })
    if (!parsed.ok) throw new Error(`${when}: ${parsed.error.message}`)
    const predicate = compilePredicate(parsed.expression, { readers: PACKET_READERS, lists: new Map() })
    this.#compiled.set(when, predicate)
    return predicate
  }
}

/** Of every so many packets one is a sample; changes only between ticks. */
class Sampler {
  #every = 1
  #left = 0
  #count = 0

  take(): number {
    this.#count++
    if (--this.#left > 0) return 0
    this.#left = this.#every
    return this.#every
  }

  tick(): void {
    this.#every = 1
    while (this.#count / this.#every > (SAMPLES_MOST * TICK_MS) / 1000) this.#every *= 2
    this.#count = 0
  }
}

/** Processor time, as other programs want theirs at the same time. */
function cpuMsSince(before: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1000
}

interface Labelled extends TimedFrame {
  readonly isGood: boolean
}

const SETTINGS: FloodSettings = {
  mode: 'mitigate',
  learnMs: 10_000,
  sensitivity: 'medium',
  protect: [{ prefix: '198.51.100.0/24' }, { prefix: '2001:db8:10::/48' }],
  steps: { synCookie: false },
}

/** Lets a mix run against the engine in a time of its own. */
export function simulate(mix: Mix, options: SimulationOptions): SimulationResult {
  const random = new RandomNumbers(options.seed)
  const engine = createFloodEngine({ ...SETTINGS, ...options.settings })
  const attackMs = START_MS + options.calmMs
  const good = mix.good(hostOf(mix), attackMs)
  const attack = attackOf(mix, attackMs, random)
  const run = new Run(engine, attackMs)
  for (let nowMs = START_MS; nowMs < attackMs + options.attackMs; nowMs += TICK_MS) {
    const frames: Labelled[] = []
    for (const traffic of good) {
      for (const frame of traffic.frames(nowMs, nowMs + TICK_MS, random)) frames.push({ ...frame, isGood: true })
    }
    for (const frame of attack?.frames(nowMs, nowMs + TICK_MS, random) ?? []) frames.push({ ...frame, isGood: false })
    run.pass(frames.sort((left, right) => left.timeMs - right.timeMs))
    run.tick(nowMs + TICK_MS)
  }
  return run.result()
}

class Run {
  readonly #engine: FloodEngine
  readonly #attackMs: number
  readonly #enforcement = new Enforcement()
  readonly #passedSampler = new Sampler()
  readonly #droppedSampler = new Sampler()
  readonly #packet = new Packet('outer')
  readonly #changes: FloodChange[] = []
  #pending: { readonly atMs: number; readonly mitigations: readonly Mitigation[] } | undefined
  #firstAttackMs: number | undefined
  #firstDropMs: number | undefined
  readonly #counts = { attack: 0, late: 0, latePassed: 0, good: 0, goodDropped: 0, samples: 0 }
  #engineMs = 0
  #longestTickMs = 0

  constructor(engine: FloodEngine, attackMs: number) {
    this.#engine = engine
    this.#attackMs = attackMs
  }

  pass(frames: readonly Labelled[]): void {
    const samples: FloodSample[] = []
    for (const frame of frames) {
      this.#swap(frame.timeMs)
      const { timeMs, head, frameBytes, isGood } = frame
      const sample = { timeMs, head, frameBytes, weight: 1, isDropped: false, interfaceName: 'eth0' }
      readSample(this.#packet, sample)
      const ruleId = this.#enforcement.drops(this.#packet, timeMs, isGood)
      this.#count(frame, ruleId !== undefined)
      const weight = (ruleId === undefined ? this.#passedSampler : this.#droppedSampler).take()
      if (weight === 0) continue
      samples.push({ ...sample, weight, isDropped: ruleId !== undefined, ...(ruleId !== undefined && { ruleId }) })
    }
    this.#counts.samples += samples.length
    const before = process.cpuUsage()
    for (const sample of samples) this.#engine.add(sample)
    this.#engineMs += cpuMsSince(before)
  }

  #swap(timeMs: number): void {
    if (this.#pending === undefined || timeMs < this.#pending.atMs) return
    this.#enforcement.replace(this.#pending.mitigations)
    this.#pending = undefined
  }

  #count({ timeMs, isGood }: Labelled, isDropped: boolean): void {
    const counts = this.#counts
    if (isGood) {
      if (timeMs < this.#attackMs && !isDropped) return
      counts.good++
      if (isDropped) counts.goodDropped++
      return
    }
    this.#firstAttackMs ??= timeMs
    if (isDropped) this.#firstDropMs ??= timeMs
    counts.attack++
    if (timeMs < this.#firstAttackMs + 2000) return
    counts.late++
    if (!isDropped) counts.latePassed++
  }

  tick(nowMs: number): void {
    const before = process.cpuUsage()
    const changes = this.#engine.tick(nowMs)
    const tookMs = cpuMsSince(before)
    this.#engineMs += tookMs
    this.#longestTickMs = Math.max(this.#longestTickMs, tookMs)
    this.#changes.push(...changes)
    if (changes.some(({ kind }) => kind.startsWith('mitigation'))) {
      this.#pending = { atMs: nowMs + SWAP_MS, mitigations: this.#engine.mitigations() }
    }
    this.#passedSampler.tick()
    this.#droppedSampler.tick()
  }

  result(): SimulationResult {
    const { attack, late, latePassed, good, goodDropped, samples } = this.#counts
    const [first, drop] = [this.#firstAttackMs, this.#firstDropMs]
    return {
      engine: this.#engine,
      changes: this.#changes,
      delayMs: first === undefined || drop === undefined ? undefined : drop - first,
      attackPackets: attack,
      passedShare: late === 0 ? 0 : latePassed / late,
      goodPackets: good,
      goodDropped,
      goodDroppedShare: good === 0 ? 0 : goodDropped / good,
      samples,
      engineMs: this.#engineMs,
      longestTickMs: this.#longestTickMs,
    }
  }
}
