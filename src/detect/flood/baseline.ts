import type { BaselineMemory } from './contract.ts'

const SECOND_MS = 1000
const MINUTE_MS = 60 * SECOND_MS
const HOUR_MS = 60 * MINUTE_MS
const DAY_MS = 24 * HOUR_MS

/** What is usual is remembered over two spans: the last minutes, and the last hours. */
const SPANS_MS = [5 * MINUTE_MS, 4 * HOUR_MS] as const
/** After so long a rate counts half as much for the percentile. */
const HISTOGRAM_HALF_LIFE_MS = 7 * DAY_MS
/** Bounds of the histogram's bins: four to each doubling of the rate; bin 0 is for less than one packet a second. */
const BINS_PER_DOUBLING = 4
const BINS = 112
const PERCENTILE = 0.95

/** What is usual for one destination and class: rates of packets in each second. */
export class Baseline {
  readonly #means: [number, number]
  readonly #variances: [number, number]
  readonly #histogram: Float64Array
  #learntMs: number
  #updatedAtMs: number
  #percentile: number | undefined

  constructor(nowMs: number, memory?: BaselineMemory) {
    this.#means = [memory?.means[0] ?? 0, memory?.means[1] ?? 0]
    this.#variances = [(memory?.deviations[0] ?? 0) ** 2, (memory?.deviations[1] ?? 0) ** 2]
    this.#histogram = Float64Array.from({ length: BINS }, (_, bin) => memory?.histogram[bin] ?? 0)
    this.#learntMs = memory?.learntMs ?? 0
    this.#updatedAtMs = memory?.updatedAtMs ?? nowMs
  }

  /** For how long it was watched. */
  get learntMs(): number {
    return this.#learntMs
  }

  get updatedAtMs(): number {
    return this.#updatedAtMs
  }

  /** Over the last hours. */
  get mean(): number {
    return this.#means[1]
  }

  /** The larger of the deviations over the last minutes and the last hours: who has just begun to vary is not attacked yet. */
  get deviation(): number {
    return Math.sqrt(Math.max(...this.#variances))
  }

  /** The mean of the last minutes. */
  get recentMean(): number {
    return this.#means[0]
  }

  /** Rate that 95 of 100 seconds stay below. */
  get percentile95(): number {
    this.#percentile ??= this.#findPercentile()
    return this.#percentile
  }

  /** Learns that there were `rate` packets in each of the last `seconds` seconds. */
  observe(rate: number, nowMs: number, seconds: number = 1): void {
    const elapsedMs = seconds * SECOND_MS
    for (const [span, spanMs] of SPANS_MS.entries()) {
      // Until a span has passed once, all of it counts alike.
      const memoryMs = Math.min(spanMs, this.#learntMs)
      const weight = memoryMs === 0 ? 1 : 1 - Math.exp(-elapsedMs / (memoryMs + elapsedMs / 2))
      const difference = memoryMs === 0 ? 0 : rate - this.#means[span]
      this.#means[span] = memoryMs === 0 ? rate : this.#means[span] + weight * difference
      this.#variances[span] = (1 - weight) * (this.#variances[span] + weight * difference * difference)
    }
    this.#fade(elapsedMs)
    this.#histogram[binOf(rate)] += seconds
    this.#learntMs += elapsedMs
    this.#updatedAtMs = nowMs
    this.#percentile = undefined
  }

  /** Passes over a time in which there was nothing to learn from. */
  skipTo(nowMs: number): void {
    this.#updatedAtMs = nowMs
  }

  #fade(elapsedMs: number): void {
    const factor = 0.5 ** (elapsedMs / HISTOGRAM_HALF_LIFE_MS)
    for (let bin = 0; bin < BINS; bin++) this.#histogram[bin] *= factor
  }

  #findPercentile(): number {
    const total = this.#histogram.reduce((sum, seconds) => sum + seconds, 0)
    let below = 0
    for (let bin = 0; bin < BINS; bin++) {
      below += this.#histogram[bin]
      if (below >= total * PERCENTILE) return upperBound(bin)
    }
    return 0
  }

  toMemory(): Omit<BaselineMemory, 'destination' | 'class'> {
    return {
      learntMs: this.#learntMs,
      updatedAtMs: this.#updatedAtMs,
      means: [...this.#means],
      deviations: this.#variances.map(Math.sqrt),
      histogram: [...this.#histogram].map((seconds) => Math.round(seconds * 1000) / 1000),
    }
  }
}

function binOf(rate: number): number {
  if (rate < 1) return 0
  return Math.min(BINS - 1, 1 + Math.floor(Math.log2(rate) * BINS_PER_DOUBLING))
}

function upperBound(bin: number): number {
  return bin === 0 ? 0 : 2 ** (bin / BINS_PER_DOUBLING)
}
