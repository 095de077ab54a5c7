import type { IpAddress } from '#wire'

const DIGITS = 8
const DIGIT_VALUES = 65_536

/**
 * 128-bit addresses in ascending order, as low and high half one after the other. A radix sort over 16-bit digits:
 * comparing a million bigints would take seconds.
 */
export function sortHalves(addresses: readonly IpAddress[]): BigUint64Array {
  const halves = new BigUint64Array(addresses.length * 2)
  for (let i = 0; i < addresses.length; i++) {
    const address = BigInt(addresses[i])
    // The array keeps the low 64 bits of what is stored.
    halves[i * 2] = address
    halves[i * 2 + 1] = address >> 64n
  }
  // Little-endian halves make digit 0 the least significant; both platforms that are supported are little-endian.
  const digits = new Uint16Array(halves.buffer)
  let order: Uint32Array = Uint32Array.from({ length: addresses.length }, (_, i) => i)
  for (let digit = 0; digit < DIGITS; digit++) order = sortedByDigit(digits, digit, order)
  const sorted = new BigUint64Array(halves.length)
  for (let i = 0; i < order.length; i++) {
    sorted[i * 2] = halves[order[i] * 2]
    sorted[i * 2 + 1] = halves[order[i] * 2 + 1]
  }
  return sorted
}

function sortedByDigit(digits: Uint16Array, digit: number, order: Uint32Array): Uint32Array {
  const places = new Uint32Array(DIGIT_VALUES + 1)
  for (let at = digit; at < digits.length; at += DIGITS) places[digits[at] + 1]++
  // Most digits of a real list are the same in all addresses.
  if (places.includes(order.length, 1)) return order
  for (let value = 1; value <= DIGIT_VALUES; value++) places[value] += places[value - 1]
  const next = new Uint32Array(order.length)
  for (const index of order) next[places[digits[index * DIGITS + digit]]++] = index
  return next
}

/** Negative, zero or positive as address number `at` of `halves` is below, equal to or above the given one. */
export function compareHalves(halves: BigUint64Array, at: number, high: bigint, low: bigint): number {
  const ownHigh = halves[at * 2 + 1]
  if (ownHigh !== high) return ownHigh < high ? -1 : 1
  const ownLow = halves[at * 2]
  return ownLow === low ? 0 : ownLow < low ? -1 : 1
}
