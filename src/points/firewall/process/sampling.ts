/** Of every so many packets one is sampled: a power of two, so that the program needs a mask only. */
const STRIDE_MOST = 1 << 20

/** Ticks below half of what is allowed before more packets are sampled: traffic comes in bursts. */
const CALM_TICKS = 20

/**
 * How many packets a sample stands for, so that at most so many samples come in a tick. It changes between ticks only, at
 * once when there are too many, and step by step when there are few.
 */
export class SamplingStride {
  readonly #mostPerTick: number
  #stride = 1
  #packets = 0
  #calmTicks = 0

  constructor(mostPerTick: number) {
    this.#mostPerTick = mostPerTick
  }

  get stride(): number {
    return this.#stride
  }

  /** A sample that stands for so many packets. */
  count(weight: number): void {
    this.#packets += weight
  }

  /** Ends a tick; true when the stride is another one now. */
  tick(): boolean {
    const wanted = this.#packets / this.#mostPerTick
    this.#packets = 0
    const before = this.#stride
    while (this.#stride < wanted && this.#stride < STRIDE_MOST) this.#stride *= 2
    if (this.#stride > before) {
      this.#calmTicks = 0
    } else if (this.#stride > 1 && wanted <= this.#stride / 2) {
      this.#calmTicks++
      if (this.#calmTicks >= CALM_TICKS) {
        this.#stride /= 2
        this.#calmTicks = 0
      }
    } else {
      this.#calmTicks = 0
    }
    return this.#stride !== before
  }
}
