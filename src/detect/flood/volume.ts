import type { Baseline } from './baseline.ts'
import { BaselineTable, type IsUnderAttack, volumeKey } from './baseline-table.ts'
import type { BaselineMemory, FloodCounter } from './contract.ts'
import { type Destination, destinationText, HOST_BITS } from './destination.ts'
import { FLOOD_CLASSES, type FloodClass } from './flood-class.ts'
import { HeavyHitters, type Tally } from './heavy-hitters.ts'
import type { RateTest } from './thresholds.ts'

const COUNTERS = 4096
/** Rates are judged over so long: long enough to hold a few packets of what is just a flood. */
const WINDOW_MS = 100
const SECOND_MS = 1000
/** Of the last three windows two must be over, so that one burst is no attack. */
const JUDGED_WINDOWS = 0b111
const OVER_LEAST = 2
/** A rate counts with so many standard errors less than was counted: samples stand for many packets. */
const DOUBT = 2
/** Below this nothing is learnt: there are too many such destinations, and no threshold is that low. */
const LEARNT_RATE_LEAST = 4
/**
 * A rate that is so many times what was usual in the last minutes, and this part of a flood, is not learnt from at once: a
 * flood that grows slowly would become what is usual. What stays for so long is learnt all the same.
 */
const RISING_FACTOR = 2.5
const RISING_SHARE_LEAST = 0.25
const RISING_MS = 60_000

/** What a class to a destination is compared with; undefined when it is not watched. */
type ThresholdOf = (kind: FloodClass, destination: Destination, baseline: Baseline | undefined) => RateTest | undefined

/** A destination whose rate was above its threshold. */
export interface Overload {
  readonly class: FloodClass
  readonly destination: Destination
  readonly key: string
  readonly counter: FloodCounter
}

/** Packets in each second: all, and those that no mitigation dropped. */
export interface Rates {
  readonly rate: number
  readonly passedRate: number
}

/** Addresses and networks apart, so that many of one cannot displace the other. */
class CounterPair {
  readonly #hosts = new HeavyHitters(COUNTERS)
  readonly #networks = new HeavyHitters(COUNTERS)
  startMs = 0

  of({ bits }: Destination): HeavyHitters {
    return bits === HOST_BITS ? this.#hosts : this.#networks
  }

  above(packets: number): readonly Tally[] {
    return [...this.#hosts.above(packets), ...this.#networks.above(packets)]
  }

  restart(nowMs: number): void {
    this.#hosts.clear()
    this.#networks.clear()
    this.startMs = nowMs
  }
}

/**
 * How much goes where: counts packets of each class to addresses, networks and wide prefixes, learns what is usual, and says
 * where there is more. It asks for counts only, not for packets, so that flow records can feed it as well.
 */
export class VolumeStage {
  readonly #thresholdOf: ThresholdOf
  readonly #baselines: BaselineTable
  #window = new CounterPair()
  #lastWindow = new CounterPair()
  #lastWindowMs = WINDOW_MS
  readonly #second = new CounterPair()
  /** Windows in which a key was over, one bit each, the newest lowest. */
  readonly #histories = new Map<string, number>()
  /** What the second before came to: it is learnt when the next one shows that it was no beginning of an attack. */
  #unlearnt: readonly Tally[] = []
  #unlearntMs = SECOND_MS
  /** Since when rates are much higher than usual. */
  readonly #risingSinceMs = new Map<string, number>()
  #learntAtMs = 0

  constructor(thresholdOf: ThresholdOf, memory: readonly BaselineMemory[] = []) {
    this.#thresholdOf = thresholdOf
    this.#baselines = new BaselineTable(memory)
  }

  /** Counts packets of a class, by its place in `FLOOD_CLASSES`; `isPassed` when no mitigation dropped them. */
  count(classIndex: number, destination: Destination, weight: number, isPassed: boolean): void {
    this.#window.of(destination).add(classIndex, destination, weight, isPassed)
    if (isPassed) this.#second.of(destination).add(classIndex, destination, weight, isPassed)
  }

  baselineOf(kind: FloodClass, destination: Destination): Baseline | undefined {
    return this.#baselines.of(kind, destination)
  }

  /** True when anything was learnt of a destination. */
  isKnown(destination: Destination): boolean {
    return FLOOD_CLASSES.some((kind) => this.baselineOf(kind, destination) !== undefined)
  }

  /** In the window that ended last. */
  ratesOf(kind: FloodClass, destination: Destination): Rates {
    const tally = this.#lastWindow.of(destination).get(FLOOD_CLASSES.indexOf(kind), destination)
    if (tally === undefined) return { rate: 0, passedRate: 0 }
    const factor = SECOND_MS / this.#lastWindowMs
    return { rate: tally.packets * factor, passedRate: tally.passed * factor }
  }

  /**
   * Ends the window when it is time to, and returns who is over, the heaviest first; undefined while the window goes on.
   * Rates below `leastRate` are never over.
   */
  tick(nowMs: number, leastRate: number): readonly Overload[] | undefined {
    if (this.#window.startMs === 0) {
      this.#window.restart(nowMs)
      this.#second.restart(nowMs)
    }
    const elapsedMs = nowMs - this.#window.startMs
    if (elapsedMs < WINDOW_MS) return undefined
    const ended = this.#window
    this.#window = this.#lastWindow
    this.#window.restart(nowMs)
    this.#lastWindow = ended
    this.#lastWindowMs = elapsedMs
    return this.#judge(ended.above((leastRate * elapsedMs) / SECOND_MS), elapsedMs)
  }

  /** True while a rate rises from what was usual, and nobody knows yet why. */
  isRising(kind: FloodClass, destination: Destination): boolean {
    const sinceMs = this.#risingSinceMs.get(volumeKey(kind, destination))
    return sinceMs !== undefined && this.#learntAtMs - sinceMs < RISING_MS
  }

  /**
   * To be called when the attacks of a tick are known: learns from what was calm. After `learnMs` a rate that rises is not
   * taken for what is usual.
   */
  learn(nowMs: number, isUnderAttack: IsUnderAttack, learnMs: number): void {
    const elapsedMs = nowMs - this.#second.startMs
    if (elapsedMs < SECOND_MS) return
    const newest = this.#second.above((LEARNT_RATE_LEAST * elapsedMs) / SECOND_MS)
    this.#noteRising(newest, elapsedMs, nowMs, learnMs)
    const isLeftOut: IsUnderAttack = (...target) => this.isRising(...target) || isUnderAttack(...target)
    for (const tally of this.#unlearnt) {
      if (!isLeftOut(tally.class, tally.destination)) this.#baselines.learn(tally, this.#unlearntMs, nowMs)
    }
    this.#baselines.learnSilence(nowMs, isLeftOut)
    this.#unlearnt = newest
    this.#unlearntMs = elapsedMs
    this.#second.restart(nowMs)
  }

  #noteRising(tallies: readonly Tally[], elapsedMs: number, nowMs: number, learnMs: number): void {
    const before = new Map(this.#risingSinceMs)
    this.#risingSinceMs.clear()
    for (const { class: kind, destination, packets, error } of tallies) {
      const baseline = this.#baselines.of(kind, destination)
      if (baseline === undefined || baseline.learntMs < learnMs) continue
      const rate = ((packets - error) * SECOND_MS) / elapsedMs
      const threshold = this.#thresholdOf(kind, destination, baseline)?.threshold ?? Infinity
      if (rate < baseline.recentMean * RISING_FACTOR || rate < threshold * RISING_SHARE_LEAST) continue
      const key = volumeKey(kind, destination)
      this.#risingSinceMs.set(key, before.get(key) ?? nowMs)
    }
    this.#learntAtMs = nowMs
  }

  toMemory(): readonly BaselineMemory[] {
    return this.#baselines.toMemory()
  }

  #judge(tallies: readonly Tally[], windowMs: number): readonly Overload[] {
    const overloads = tallies.map((tally) => this.#overloadOf(tally, windowMs)).filter((each) => each !== undefined)
    const over = new Set(overloads.map(({ key }) => key))
    for (const key of over) this.#histories.set(key, ((this.#histories.get(key) ?? 0) << 1) | 1)
    for (const [key, history] of this.#histories) {
      const next = (over.has(key) ? history : history << 1) & JUDGED_WINDOWS
      if (next === 0) this.#histories.delete(key)
      else this.#histories.set(key, next)
    }
    return overloads
      .filter(({ key }) => bitsOf(this.#histories.get(key) ?? 0) >= OVER_LEAST)
      .sort((left, right) => right.counter.rate - left.counter.rate)
  }

  #overloadOf(tally: Tally, windowMs: number): Overload | undefined {
    const { class: kind, destination, packets, error, variance } = tally
    const test = this.#thresholdOf(kind, destination, this.#baselines.of(kind, destination))
    const factor = SECOND_MS / windowMs
    if (test === undefined || (packets - error - DOUBT * Math.sqrt(variance)) * factor <= test.threshold)
      return undefined
    const counter = {
      class: kind,
      destination: destinationText(destination),
      rate: packets * factor,
      windowMs,
      ...test,
    }
    return { class: kind, destination, key: volumeKey(kind, destination), counter }
  }
}

function bitsOf(history: number): number {
  let bits = 0
  for (let rest = history; rest !== 0; rest &= rest - 1) bits++
  return bits
}
