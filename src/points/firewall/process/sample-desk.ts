import type { PacketSample, RuleCounter, SamplingState } from './messages.ts'
import { SamplingStride } from './sampling.ts'
import { ToldSamples } from './told-samples.ts'
import { WeightBalance } from './weight-balance.ts'

/** Samples of passed packets, and of dropped ones, that come in a second at most. */
const WATCHED_PER_SECOND = 10_000
/** The same while nobody looks for floods: enough for statistics. */
const IDLE_PER_SECOND = 2_000
const TICKS_PER_SECOND = 20

/** What is told for statistics in each tick. */
const STATISTICS = { perTick: 64, burst: 128 }
/** What becomes events: of packets that rules drop or note, and of those that pass. */
const DECIDED_EVENTS = { perTick: 5, burst: 200 }
const PASSED_EVENTS = { perTick: 0.25, burst: 20 }

/** Of every so many packets, one is sampled. */
export interface Strides {
  readonly passed: number
  readonly dropped: number
}

/** Where samples arrive: they are counted, so that their number stays within bounds, and few are chosen to be told. */
export class SampleDesk {
  readonly #statistics = new ToldSamples(STATISTICS)
  readonly #decided = new ToldSamples(DECIDED_EVENTS)
  readonly #undecided = new ToldSamples(PASSED_EVENTS)
  readonly #balance = new WeightBalance()
  #passed = strideOf(IDLE_PER_SECOND)
  #dropped = strideOf(IDLE_PER_SECOND)
  #samples = 0
  #isWatched = false

  /** Says whether somebody looks at all samples, or only at those that are told. */
  limit(isWatched: boolean): void {
    if (isWatched === this.#isWatched) return
    this.#isWatched = isWatched
    const perSecond = isWatched ? WATCHED_PER_SECOND : IDLE_PER_SECOND
    this.#passed = strideOf(perSecond)
    this.#dropped = strideOf(perSecond)
  }

  get strides(): Strides {
    return { passed: this.#passed.stride, dropped: this.#dropped.stride }
  }

  get state(): SamplingState {
    return { ...this.strides, samples: this.#samples }
  }

  add(sample: PacketSample): void {
    const { rule, isDropped, weight } = sample
    this.#samples++
    if (isDropped) this.#dropped.count(weight)
    else this.#passed.count(weight)
    const isNote = rule?.isNote === true
    const key = keyOf(rule, isDropped)
    this.#balance.add(key, weight)
    // A noted packet is sampled once more for the rule that decides about it.
    if (!isNote) this.#statistics.add(sample, key)
    if (isDropped || isNote) this.#decided.add(sample, key)
    else this.#undecided.add(sample, key)
  }

  /** Ends a tick; true when the strides are others now. */
  tick(): boolean {
    const isPassedOther = this.#passed.tick()
    return this.#dropped.tick() || isPassedOther
  }

  /** Compares with what was counted: samples stand for those that the kernel had no room for, too. */
  settle(counters: readonly RuleCounter[]): void {
    const sampled = counters.filter(({ management }) => management !== true)
    const counted = new Map(sampled.map((counter) => [keyOfCounter(counter), sampledPackets(counter)]))
    for (const [key, packets] of this.#balance.settle(counted, Math.max(this.#passed.stride, this.#dropped.stride))) {
      const counter = sampled.find((each) => keyOfCounter(each) === key)
      if (counter !== undefined && isDecided(counter)) this.#decided.owe(key, packets)
      else this.#undecided.owe(key, packets)
    }
  }

  /** What is to be told: for statistics, and to be recorded. */
  take(): { readonly samples: readonly PacketSample[]; readonly events: readonly PacketSample[] } {
    return { samples: this.#statistics.take(), events: [...this.#decided.take(), ...this.#undecided.take()] }
  }
}

function strideOf(perSecond: number): SamplingStride {
  return new SamplingStride(perSecond / TICKS_PER_SECOND)
}

type RuleName = Pick<RuleCounter, 'phase' | 'ruleId'>

function keyOf(rule: RuleName | undefined, isDropped: boolean): string {
  return rule?.ruleId === undefined ? '' : `${isDropped ? 'drop' : 'pass'} ${rule.phase} ${rule.ruleId}`
}

function keyOfCounter(counter: RuleCounter): string {
  return keyOf(counter, isDecided(counter) && counter.isNote !== true)
}

/** True for what rules throw away, or note. */
function isDecided({ ruleId, action, isNote }: RuleCounter): boolean {
  return ruleId !== undefined && (isNote === true || action !== 'allow')
}

/** Of a limit, only what is above it is sampled. */
function sampledPackets({ action, isNote, packets, over }: RuleCounter): number {
  return action === 'rate_limit' && isNote !== true ? over : packets
}
