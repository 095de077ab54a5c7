import { hexPairAt } from '../transformations/hex-digit.ts'

/** Offset of the first `%` that two hexadecimal digits do not follow, or -1. */
export function invalidUrlEncodingAt(value: string): number {
  let percent = value.indexOf('%')
  while (percent >= 0) {
    if (hexPairAt(value, percent + 1) < 0) return percent
    percent = value.indexOf('%', percent + 3)
  }
  return -1
}
