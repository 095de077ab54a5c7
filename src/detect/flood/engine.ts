import { DESTINATION_WORD, Packet } from '#wire'
import { AttackBook, type AttackContext } from './attack-book.ts'
import type { Baseline } from './baseline.ts'
import type {
  FloodAttack,
  FloodChange,
  FloodEngine,
  FloodMemory,
  FloodSample,
  FloodSettings,
  FloodVeto,
  VetoedRule,
  Mitigation,
} from './contract.ts'
import { type Destination, HOST_BITS, maskWords } from './destination.ts'
import { classOf, FLOOD_CLASSES, type FloodClass } from './flood-class.ts'
import { GoodPackets } from './good-packets.ts'
import { MitigationBook } from './mitigation-book.ts'
import { type Profile, Profiles, prefixLengths } from './profiles.ts'
import { readSample, SampleRing } from './sample-ring.ts'
import { floodThreshold, leastThreshold, type RateTest } from './thresholds.ts'
import { VetoList } from './veto-list.ts'
import { VolumeStage } from './volume.ts'

/** An engine that knows what `memory` holds, as an earlier one gave it. @throws TidegateError ERR_CONFIG_INVALID */
export function createFloodEngine(settings: FloodSettings, memory?: FloodMemory): FloodEngine {
  return new Engine(settings, memory?.version === 1 ? memory : undefined)
}

class Engine implements FloodEngine {
  #settings: FloodSettings
  #profiles: Profiles
  #leastRate: number
  readonly #volume: VolumeStage
  readonly #ring = new SampleRing()
  readonly #good: GoodPackets
  readonly #mitigations = new MitigationBook()
  readonly #vetoes: VetoList
  readonly #attacks: AttackBook
  readonly #packet = new Packet('outer')
  /** Where the packet at hand goes: its address, then prefixes around it; by how many of these there are. */
  readonly #around = [1, 2, 3].map((count) =>
    Array.from({ length: count }, () => ({ words: new Uint32Array(4), bits: HOST_BITS })),
  )
  #startedAtMs = 0
  #nowMs = 0

  constructor(settings: FloodSettings, memory: FloodMemory | undefined) {
    this.#settings = settings
    this.#profiles = new Profiles(settings)
    this.#leastRate = leastThreshold(settings)
    this.#volume = new VolumeStage((...target) => this.#thresholdOf(...target), memory?.baselines)
    const isKnown = (kind: FloodClass, destination: Destination): boolean =>
      this.#volume.baselineOf(kind, destination) !== undefined
    this.#good = new GoodPackets(isKnown, memory?.goodPackets)
    this.#vetoes = new VetoList(memory?.vetoes ?? [])
    this.#attacks = new AttackBook({
      volume: this.#volume,
      ring: this.#ring,
      good: this.#good,
      mitigations: this.#mitigations,
      vetoes: this.#vetoes,
    })
  }

  configure(settings: FloodSettings): void {
    this.#profiles = new Profiles(settings)
    this.#settings = settings
    this.#leastRate = leastThreshold(settings)
    for (const { mitigation, destination } of this.#mitigations.active) {
      const mode = this.#profiles.of(destination.words, 0)?.mode ?? 'off'
      if (mode === 'off' || (mode === 'log') !== (mitigation.step === 'log'))
        this.#mitigations.remove(mitigation.id, 'off')
    }
  }

  add(sample: FloodSample): void {
    readSample(this.#packet, sample)
    const packet = this.#packet
    if (packet.ipVersion === 0) return
    const profile = this.#profiles.of(packet.addresses, DESTINATION_WORD)
    if (profile === undefined || profile.mode === 'off') return
    const isOurs = sample.isDropped && this.#mitigations.countDropped(sample.ruleId ?? '', sample.weight)
    // What a rule of the policy drops is no load for anybody.
    if (sample.isDropped && !isOurs) return
    const kind = classOf(packet)
    const classIndex = FLOOD_CLASSES.indexOf(kind)
    const destinations = this.#destinationsOf(packet, profile)
    for (const destination of destinations) {
      this.#volume.count(classIndex, destination, sample.weight, !sample.isDropped)
    }
    this.#ring.add(sample, packet, classIndex)
    if (sample.isDropped) return
    this.#mitigations.countPassed(packet, kind, sample.weight)
    this.#good.offer(packet, kind, destinations, sample.timeMs)
  }

  #destinationsOf({ addresses, ipVersion }: Packet, profile: Profile): readonly Destination[] {
    const lengths = prefixLengths(profile, ipVersion === 4)
    const destinations = this.#around[lengths.length]
    for (const [index, destination] of destinations.entries()) {
      destination.bits = index === 0 ? HOST_BITS : lengths[index - 1]
      maskWords(addresses, DESTINATION_WORD, destination.bits, destination.words)
    }
    return destinations
  }

  tick(nowMs: number): readonly FloodChange[] {
    if (this.#startedAtMs === 0) this.#startedAtMs = nowMs
    this.#nowMs = nowMs
    this.#mitigations.tick(nowMs)
    const overloads = this.#volume.tick(nowMs, this.#leastRate)
    if (overloads !== undefined) this.#attacks.observe(overloads, nowMs, (destination) => this.#isNew(destination))
    this.#attacks.search(nowMs, (destination) => this.#contextOf(destination))
    const isUnderAttack = this.#attacks.isUnderAttack(nowMs)
    this.#good.settle(nowMs, (...target) => isUnderAttack(...target) || this.#volume.isRising(...target))
    this.#volume.learn(nowMs, isUnderAttack, this.#settings.learnMs)
    return [...this.#attacks.takeChanges(), ...this.#mitigations.takeChanges()]
  }

  #contextOf(destination: Destination): AttackContext {
    return {
      mode: this.#profiles.of(destination.words, 0)?.mode ?? this.#settings.mode,
      collateralLimit: this.#settings.collateralLimit ?? DEFAULT_COLLATERAL_LIMIT,
      hasSynCookie: this.#settings.steps.synCookie,
      silenceKnownAtMs: this.#startedAtMs + this.#settings.learnMs,
    }
  }

  /** True when what comes to a destination may always have come, or has just been led here. */
  #isNew(destination: Destination): boolean {
    if (this.#nowMs - this.#startedAtMs < START_MS) return true
    return !this.#isSilenceKnown() && !this.#volume.isKnown(destination)
  }

  #isSilenceKnown(): boolean {
    return this.#nowMs - this.#startedAtMs >= this.#settings.learnMs
  }

  #thresholdOf(kind: FloodClass, destination: Destination, baseline: Baseline | undefined): RateTest | undefined {
    const profile = this.#profiles.of(destination.words, 0)
    if (profile === undefined) return undefined
    return floodThreshold({
      class: kind,
      baseline,
      isSilenceKnown: this.#isSilenceKnown(),
      learnMs: this.#settings.learnMs,
      sensitivity: profile.sensitivity,
      byHand: profile.thresholds,
    })
  }

  mitigations(): readonly Mitigation[] {
    return this.#mitigations.mitigations()
  }

  attacks(): readonly FloodAttack[] {
    return this.#attacks.attacks()
  }

  /** Takes a rule away for good; `ended` says what it was when it is in force no more, but would come back. */
  veto(id: string, ended?: VetoedRule): boolean {
    const known = this.#mitigations.get(id)?.mitigation ?? ended
    if (known === undefined) return false
    const { when, destination } = known
    this.#vetoes.add({ id, when, destination, vetoedAtMs: this.#nowMs })
    this.#mitigations.remove(id, 'vetoed')
    return true
  }

  unveto(id: string): boolean {
    return this.#vetoes.delete(id)
  }

  vetoes(): readonly FloodVeto[] {
    return this.#vetoes.vetoes
  }

  promoted(id: string): boolean {
    const entry = this.#mitigations.get(id)
    if (entry !== undefined) this.#attacks.handOver(entry.mitigation.attackId, this.#nowMs)
    return this.#mitigations.remove(id, 'promoted')
  }

  pin(id: string, isPinned: boolean): boolean {
    return this.#mitigations.pin(id, isPinned)
  }

  memory(): FloodMemory {
    return {
      version: 1,
      baselines: this.#volume.toMemory(),
      goodPackets: this.#good.toMemory(),
      vetoes: this.#vetoes.vetoes,
    }
  }
}

/** Until the first rates were learnt. */
const START_MS = 2500
const DEFAULT_COLLATERAL_LIMIT = 0.001
