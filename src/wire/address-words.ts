/**
 * IPv6 addresses as four 32-bit words, the most significant first. Words are compared and stored without making a bigint,
 * each of which costs an allocation.
 */
export const IPV6_WORDS = 4

// One pair of halves for all: it is written and read within one call. Every platform that runs Tidegate is little-endian.
const HALVES = new BigUint64Array(2)
const HALF_WORDS = new Uint32Array(HALVES.buffer)

/** Writes the words of an IPv6 address to `target` from index `at` on. */
export function writeIpv6Words(address: bigint, target: Uint32Array, at: number): void {
  // The array keeps the low 64 bits of what is stored.
  HALVES[0] = address
  HALVES[1] = address >> 64n
  target[at] = HALF_WORDS[3]
  target[at + 1] = HALF_WORDS[2]
  target[at + 2] = HALF_WORDS[1]
  target[at + 3] = HALF_WORDS[0]
}

/** The number whose words stand in `source` from index `at` on. */
export function readIpv6Words(source: Uint32Array, at: number): bigint {
  HALF_WORDS[3] = source[at]
  HALF_WORDS[2] = source[at + 1]
  HALF_WORDS[1] = source[at + 2]
  HALF_WORDS[0] = source[at + 3]
  return (HALVES[1] << 64n) | HALVES[0]
}

/** Negative, zero or positive as the address in `left` is below, equal to or above the one in `right`; `width` words each. */
export function compareWords(
  left: Uint32Array,
  leftAt: number,
  right: Uint32Array,
  rightAt: number,
  width: number,
): number {
  for (let i = 0; i < width; i++) {
    const difference = left[leftAt + i] - right[rightAt + i]
    if (difference !== 0) return difference
  }
  return 0
}
