import type { IpAddress } from '#wire'

const DIGITS = 8
const WORDS = 4
const DIGIT_VALUES = 65_536

/**
 * 128-bit addresses in ascending order, as low and high half one after the other. A radix sort over 16-bit digits:
 * comparing a million bigints would take seconds.
 */
export function sortHalves(addresses: readonly IpAddress[]): BigUint64Array {
  let halves = new BigUint64Array(addresses.length * 2)
  for (let i = 0; i < addresses.length; i++) {
    const address = BigInt(addresses[i])
    // The array keeps the low 64 bits of what is stored.
    halves[i * 2] = address
    halves[i * 2 + 1] = address >> 64n
  }
  for (let digit = 0; digit < DIGITS; digit++) halves = sortedByDigit(halves, digit)
  return halves
}

/**
 * One pass of the sort. The views see digit 0 and word 0 as the least significant, because every platform that runs
 * Tidegate is little-endian.
 */
function sortedByDigit(halves: BigUint64Array<ArrayBuffer>, digit: number): BigUint64Array<ArrayBuffer> {
  const digits = new Uint16Array(halves.buffer)
  const places = new Uint32Array(DIGIT_VALUES + 1)
  for (let at = digit; at < digits.length; at += DIGITS) places[digits[at] + 1]++
  // Most digits of a real list are the same in all addresses.
  if (places.includes(halves.length / 2, 1)) return halves
  for (let value = 1; value <= DIGIT_VALUES; value++) places[value] += places[value - 1]
  const words = new Uint32Array(halves.buffer)
  const sorted = new BigUint64Array(halves.length)
  const sortedWords = new Uint32Array(sorted.buffer)
  for (let from = 0; from < words.length; from += WORDS) {
    const to = places[digits[from * 2 + digit]]++ * WORDS
    sortedWords[to] = words[from]
    sortedWords[to + 1] = words[from + 1]
    sortedWords[to + 2] = words[from + 2]
    sortedWords[to + 3] = words[from + 3]
  }
  return sorted
}

/** Negative, zero or positive as address number `at` of `halves` is below, equal to or above the given one. */
export function compareHalves(halves: BigUint64Array, at: number, high: bigint, low: bigint): number {
  const ownHigh = halves[at * 2 + 1]
  if (ownHigh !== high) return ownHigh < high ? -1 : 1
  const ownLow = halves[at * 2]
  return ownLow === low ? 0 : ownLow < low ? -1 : 1
}

/** The addresses at these positions of `halves`, in that order. */
export function pickHalves(halves: BigUint64Array, positions: readonly number[]): BigUint64Array {
  const picked = new BigUint64Array(positions.length * 2)
  for (let i = 0; i < positions.length; i++) {
    picked[i * 2] = halves[positions[i] * 2]
    picked[i * 2 + 1] = halves[positions[i] * 2 + 1]
  }
  return picked
}
