import type { RateLimitAction } from '#act'

/** A rate as the program counts it. A packet uses up `units * costNumerator >> costShift` nanoseconds. */
export interface Rate {
  readonly costNumerator: bigint
  readonly costShift: number
  /** How far ahead of the clock a source may get. */
  readonly burstNanoseconds: bigint
  /** The clock that moves each tick of the kernel, up to 10 ms, is some ten times as cheap, but too coarse for small bursts. */
  readonly isCoarse: boolean
}

const NANOSECONDS = 1_000_000
const SHIFT = 16
const TICK_NANOSECONDS = 10_000_000n
/** A frame of 65,535 bytes times the numerator must fit into 64 bits, and so must every sum with the clock. */
const NUMERATOR_MOST = 1n << 46n

/** The generic cell rate algorithm (ITU-T I.371) with its increment and its limit in nanoseconds. */
export function rateOf({ amount, periodMs, burst }: Pick<RateLimitAction, 'amount' | 'periodMs' | 'burst'>): Rate {
  const exact = (BigInt(periodMs * NANOSECONDS) << BigInt(SHIFT)) / BigInt(amount)
  const isLarge = exact > NUMERATOR_MOST
  const costNumerator = isLarge ? exact >> BigInt(SHIFT) : exact < 1n ? 1n : exact
  const costShift = isLarge ? 0 : SHIFT
  const burstNanoseconds = (costNumerator * BigInt(burst)) >> BigInt(costShift)
  return { costNumerator, costShift, burstNanoseconds, isCoarse: burstNanoseconds >= 4n * TICK_NANOSECONDS }
}
