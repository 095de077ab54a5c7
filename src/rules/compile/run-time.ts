import type { ComparisonOperator } from '../expression.ts'
import { type IpAddress, toUint128 } from '#wire'

/** Below zero, zero or above: the order of addresses is that of their 128-bit numbers. */
function compareAddresses(left: IpAddress, right: IpAddress): number {
  const isMixed = typeof left !== typeof right
  const first = isMixed ? toUint128(left) : left
  const second = isMixed ? toUint128(right) : right
  return first < second ? -1 : first > second ? 1 : 0
}

type AddressTest = (left: IpAddress, right: IpAddress) => boolean

/** Ordering of addresses, for generated code. */
export const ADDRESS_TESTS: Readonly<Partial<Record<ComparisonOperator, AddressTest>>> = {
  lt: (left, right) => compareAddresses(left, right) < 0,
  le: (left, right) => compareAddresses(left, right) <= 0,
  gt: (left, right) => compareAddresses(left, right) > 0,
  ge: (left, right) => compareAddresses(left, right) >= 0,
}

/** True when a bit is set in both: two's complement, beyond the 32 bits of JavaScript's operator. */
export function sharesBits(left: number, right: number): boolean {
  return (BigInt(left) & BigInt(right)) !== 0n
}
