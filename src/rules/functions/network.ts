import { fromUint128, type IpAddress } from '#wire'

const ALL_ONES = (1n << 128n) - 1n

/** The first address of the prefix that holds `address`; lengths in bits. IPv4 with 32 bits stays as it is. */
export function networkOf(address: IpAddress, ipv4Bits: number, ipv6Bits: number): IpAddress {
  if (typeof address === 'number') return address - (address % 2 ** (32 - ipv4Bits))
  return fromUint128(address & (ALL_ONES ^ (ALL_ONES >> BigInt(ipv6Bits))))
}
