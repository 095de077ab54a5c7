import { AddressTable } from './address-table.ts'
import type { Segment } from './classes.ts'

const IPV4_START = 0xffff_0000_0000n
const IPV4_END = 0x1_0000_0000_0000n
const ADDRESSES = 1n << 128n

/** The classes of one family: a single one, or by address. */
export type FamilyClasses = { readonly single: number } | { readonly table: AddressTable }

export interface AddressClasses {
  readonly ipv4: FamilyClasses
  readonly ipv6: FamilyClasses
  readonly absentClass: number
}

/** Splits the classes of addresses, as numbers of 128 bits with IPv4 mapped, by family. */
export function addressClasses(segments: readonly Segment[]): AddressClasses {
  const pieces = segments.map(({ from, value }, index) => ({
    from: BigInt(from),
    to: BigInt(segments[index + 1]?.from ?? ADDRESSES + 1n),
    value,
  }))
  const ipv4 = pieces
    .map(({ from, to, value }) => ({ from: larger(from, IPV4_START), to: smaller(to, IPV4_END), value }))
    .map(({ from, to, value }) => ({ from: from - IPV4_START, to: to - IPV4_START, value }))
  // There is no IPv6 address in the mapped block: it belongs to what stands before it.
  const ipv6 = pieces
    .map(({ from, to, value }) => ({ from: outside(from), to: smaller(outside(to), ADDRESSES), value }))
    .filter(({ from }) => from < ADDRESSES)
  return {
    ipv4: familyClasses('ipv4', ipv4),
    ipv6: familyClasses('ipv6', ipv6),
    absentClass: pieces[pieces.length - 1].value,
  }
}

function outside(edge: bigint): bigint {
  return edge >= IPV4_START && edge < IPV4_END ? IPV4_END : edge
}

function larger(left: bigint, right: bigint): bigint {
  return left > right ? left : right
}

function smaller(left: bigint, right: bigint): bigint {
  return left < right ? left : right
}

interface Piece {
  readonly from: bigint
  readonly to: bigint
  readonly value: number
}

function familyClasses(family: 'ipv4' | 'ipv6', pieces: readonly Piece[]): FamilyClasses {
  const filled = pieces.filter(({ from, to }) => from < to)
  if (filled.every(({ value }) => value === filled[0].value)) return { single: filled[0].value }
  const table = new AddressTable(family)
  for (const { from, to, value } of filled) table.fill(from, to, value)
  return { table }
}
