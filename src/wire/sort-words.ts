const DIGIT_VALUES = 65_536

/**
 * Addresses of `width` words, the most significant first, in ascending order. A radix sort over digits of 16 bits:
 * comparing a million addresses one by one would take seconds.
 */
export function sortWords(addresses: Uint32Array, width: number): Uint32Array {
  let sorted = addresses
  for (let digit = 0; digit < width * 2; digit++) sorted = sortedByDigit(sorted, width, digit)
  return sorted
}

/** One pass of the sort; digit 0 is the least significant. Little-endian words have their low digit first. */
function sortedByDigit(addresses: Uint32Array, width: number, digit: number): Uint32Array {
  const count = addresses.length / width
  const digits = new Uint16Array(addresses.buffer, addresses.byteOffset, addresses.length * 2)
  const offset = (width - 1 - (digit >> 1)) * 2 + (digit & 1)
  const places = new Uint32Array(DIGIT_VALUES + 1)
  for (let at = offset; at < digits.length; at += width * 2) places[digits[at] + 1]++
  // Most digits of a real list are the same in all addresses.
  if (places.includes(count, 1)) return addresses
  for (let value = 1; value <= DIGIT_VALUES; value++) places[value] += places[value - 1]
  const sorted = new Uint32Array(addresses.length)
  for (let from = 0; from < addresses.length; from += width) {
    const to = places[digits[from * 2 + offset]]++ * width
    for (let i = 0; i < width; i++) sorted[to + i] = addresses[from + i]
  }
  return sorted
}
