import { addressLiteral, isIpv4, once } from './duckdb-text.ts'
import { maskOf } from './ip-blocks.ts'

/** The first address of the prefix that holds an address; lengths in bits. IPv4 is stored mapped, with 96 bits before it. */
export function duckdbNetwork(sql: string, ipv4Bits: number, ipv6Bits: number): string {
  return once(
    sql,
    (address) =>
      `CASE WHEN ${isIpv4(address)} THEN ${masked(address, 96 + ipv4Bits)} ELSE ${masked(address, ipv6Bits)} END`,
  )
}

function masked(address: string, bits: number): string {
  return `${address} & ${addressLiteral(maskOf(1n << BigInt(128 - bits)))}`
}
