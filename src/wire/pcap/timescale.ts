const NANOSECONDS = 1_000_000_000
const HALF_WORD = 65_536
/** With units no finer than this, each step of the long division stays below 2^53. */
const EXACT_UNITS_PER_SECOND = 2 ** 36

/** Seconds since the Unix epoch (UTC) and nanoseconds within them: a number could not hold both exactly. */
export interface SplitTime {
  seconds: number
  nanoseconds: number
}

/** How an interface of a pcapng file counts time: units since the epoch, plus a number of seconds. */
export interface Timescale {
  readonly unitsPerSecond: number
  /** The same number: powers of ten above 10^22 are not exact otherwise. */
  readonly exactUnitsPerSecond: bigint
  readonly offsetSeconds: number
}

export const MICROSECONDS: Timescale = timescale(6, 0)

/**
 * The scale of a byte of `if_tsresol` (draft-ietf-opsawg-pcapng section 4.2), a power of ten, or of two when its top bit
 * is set, and of `if_tsoffset` in seconds.
 */
export function timescale(resolution: number, offsetSeconds: number): Timescale {
  const exponent = BigInt(resolution & 0x7f)
  const exactUnitsPerSecond = resolution & 0x80 ? 1n << exponent : 10n ** exponent
  return { unitsPerSecond: Number(exactUnitsPerSecond), exactUnitsPerSecond, offsetSeconds }
}

/** Writes the moment of a 64-bit time stamp into `target`. What is finer than a nanosecond is cut off. */
export function splitTimestamp(high: number, low: number, scale: Timescale, target: SplitTime): void {
  const units = scale.unitsPerSecond
  if (units > EXACT_UNITS_PER_SECOND) {
    splitFineTimestamp(high, low, scale, target)
    return
  }
  // Long division in digits of 16 bits.
  const upper = Math.floor(high / units)
  const middle = (high - upper * units) * HALF_WORD + (low >>> 16)
  const middleQuotient = Math.floor(middle / units)
  const lower = (middle - middleQuotient * units) * HALF_WORD + (low & 0xffff)
  const lowerQuotient = Math.floor(lower / units)
  target.seconds = upper * 0x1_0000_0000 + middleQuotient * HALF_WORD + lowerQuotient + scale.offsetSeconds
  const rest = lower - lowerQuotient * units
  target.nanoseconds =
    units <= NANOSECONDS && NANOSECONDS % units === 0
      ? rest * (NANOSECONDS / units)
      : Number((BigInt(rest) * BigInt(NANOSECONDS)) / scale.exactUnitsPerSecond)
}

function splitFineTimestamp(high: number, low: number, scale: Timescale, target: SplitTime): void {
  const stamp = (BigInt(high) << 32n) | BigInt(low)
  const units = scale.exactUnitsPerSecond
  const seconds = stamp / units
  target.seconds = Number(seconds) + scale.offsetSeconds
  target.nanoseconds = Number(((stamp - seconds * units) * BigInt(NANOSECONDS)) / units)
}

/** The upper 32 bits of a moment as nanoseconds since the epoch. */
export function nanosecondStampHigh(seconds: number, nanoseconds: number): number {
  const upper = Math.floor(seconds / HALF_WORD) * NANOSECONDS
  const lower = (seconds % HALF_WORD) * NANOSECONDS + nanoseconds
  const carry = Math.floor(((upper % HALF_WORD) * HALF_WORD + lower) / 0x1_0000_0000)
  return (Math.floor(upper / HALF_WORD) + carry) >>> 0
}

/** The lower 32 bits of a moment as nanoseconds since the epoch. */
export function nanosecondStampLow(seconds: number, nanoseconds: number): number {
  const upper = Math.floor(seconds / HALF_WORD) * NANOSECONDS
  const lower = (seconds % HALF_WORD) * NANOSECONDS + nanoseconds
  return ((upper % HALF_WORD) * HALF_WORD + lower) % 0x1_0000_0000
}
