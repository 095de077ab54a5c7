import { type IpAddress, toUint128 } from '#wire'
import type { CallNode, ComparisonOperator, Operand } from '../expression.ts'
import { type Block, blocksOf, maskOf, mergedBlocks } from './ip-blocks.ts'
import { Refusal } from './refusal.ts'

const LAST = (1n << 128n) - 1n
const IPV4_PREFIX_BITS = 96

const ORDERS: Readonly<Partial<Record<ComparisonOperator, (value: bigint) => readonly Block[]>>> = {
  eq: (value) => [{ first: value, last: value }],
  ne: (value) => [
    { first: 0n, last: value - 1n },
    { first: value + 1n, last: LAST },
  ],
  lt: (value) => [{ first: 0n, last: value - 1n }],
  le: (value) => [{ first: 0n, last: value }],
  gt: (value) => [{ first: value + 1n, last: LAST }],
  ge: (value) => [{ first: value, last: LAST }],
}

/** The addresses that compare so with one: all are ordered by their numbers of 128 bits, IPv4 mapped. */
export function orderedBlocks(operator: ComparisonOperator, address: IpAddress): Block[] {
  const blocks = ORDERS[operator]?.(toUint128(address)) ?? []
  return mergedBlocks(blocks.filter(({ first, last }) => first <= last))
}

/**
 * The addresses whose network, by `cidr(...)` or `cidr6(...)`, lies in one of the blocks.
 *
 * @throws Refusal for another function, or for more networks than are worth writing out
 */
export function networkBlocks(call: CallNode, blocks: readonly Block[]): Block[] {
  const bits = (call.arguments as readonly Operand[])
    .slice(1)
    .map((argument) => (argument.kind === 'Literal' ? Number(argument.value) : 0))
  if (call.name === 'cidr') return networks(blocks, bits[0], bits[1])
  if (call.name === 'cidr6') return networks(blocks, 32, bits[0])
  throw new Refusal(`${call.name}() is not computed for a packet`, call.span)
}

function networks(blocks: readonly Block[], ipv4Bits: number, ipv6Bits: number): Block[] {
  const ipv4 = blocksOf({ first: 0, last: 0xffff_ffff }).flatMap((family) =>
    within(blocks, family, IPV4_PREFIX_BITS + ipv4Bits),
  )
  const ipv6 = blocksOf({ first: 0n, last: LAST }).flatMap((family) => within(blocks, family, ipv6Bits))
  return mergedBlocks([...ipv4, ...ipv6])
}

/** The addresses of a family whose first address of the prefix of this length lies in one of the blocks. */
function within(blocks: readonly Block[], family: Block, prefixBits: number): Block[] {
  const size = 1n << BigInt(128 - prefixBits)
  const mask = maskOf(size)
  return blocks.flatMap(({ first, last }): Block[] => {
    // Of a prefix only its first address counts: the block holds it or not.
    const from = (first + size - 1n) & mask
    const to = (last & mask) + size - 1n
    const low = from > family.first ? from : family.first
    const high = to < family.last ? to : family.last
    return from <= last && low <= high ? [{ first: low, last: high }] : []
  })
}
