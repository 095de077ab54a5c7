import type { PacketLeaf } from '../packet-leaf.ts'
import type { EdgeSet } from './edge-set.ts'
import { FLAG_PLACES, flagBitEdges, flagEdges } from './flag-order.ts'
import { ADDRESS_LOADERS, NUMBER_LOADERS, type NumberLoader } from './loaders.ts'
import type { PacketSlot } from './slots.ts'

/** Protocols under which a slot means different fields; others come last. */
const TRANSPORTS: Readonly<Partial<Record<PacketSlot, readonly number[]>>> = {
  sourcePort: [6, 17, 132],
  destinationPort: [6, 17, 132],
  payloadBytes: [6],
  icmpType: [1, 58],
  icmpCode: [1, 58],
}

const [BYTE, WORD, LENGTH] = [1 << 8, 1 << 16, 65_576]

/** How many values a slot can have, of those that a table can hold. */
const SIZES: Readonly<Partial<Record<PacketSlot, number>>> = {
  etherType: WORD,
  vlanTag: WORD,
  innerVlanTag: WORD,
  arpOpcode: WORD,
  ipVersion: 8,
  protocol: BYTE,
  ipBytes: LENGTH,
  timeToLive: BYTE,
  trafficClass: BYTE,
  ipv4HeaderBytes: 64,
  ipv4Id: WORD,
  ipv4Flags: BYTE,
  fragment: 4,
  fragmentOffset: 1 << 13,
  ipv6PayloadBytes: WORD,
  ipv6HopLimit: BYTE,
  ipv6TrafficClass: BYTE,
  nextHeader: BYTE,
  extensions: 32,
  routingType: BYTE,
  sourcePort: WORD,
  destinationPort: WORD,
  tcpFlags: 1 << 12,
  tcpWindow: WORD,
  tcpUrgentPointer: WORD,
  tcpHeaderBytes: 64,
  tcpMaximumSegment: WORD,
  tcpWindowScale: BYTE,
  tcpSackPermitted: 2,
  tcpTimestamp: 2,
  udpLength: WORD,
  icmpType: BYTE,
  icmpCode: BYTE,
  greProtocol: WORD,
  greVersion: 8,
  payloadBytes: LENGTH,
  malformed: 2,
}

const ADDRESSES = 1n << 128n
/** Sets in more pieces, such as the odd numbers, are not worth a table. */
const EDGE_LIMIT = 512

/** One axis along which packets differ: a slot with all values that it can have, and one more for packets without it. */
export type Dimension =
  | { readonly kind: 'address'; readonly slot: PacketSlot; readonly present: PacketSlot }
  | {
      readonly kind: 'number'
      readonly slot: PacketSlot
      readonly size: number
      /** The values stand once for each of these, and once for all others. Empty when the slot means one field. */
      readonly transports: readonly number[]
    }

/** A set of values along a dimension. */
export interface DimensionSet {
  readonly dimension: Dimension
  readonly edges: EdgeSet
}

/** The value that stands for packets without the slot: the last one. */
function absentValue(dimension: Dimension): number | bigint {
  return dimension.kind === 'address' ? ADDRESSES : dimension.size * (dimension.transports.length + 1)
}

/** All values. */
export function wholeDimension(dimension: Dimension): EdgeSet {
  if (dimension.kind === 'address') return [0n, ADDRESSES + 1n]
  return [0, Number(absentValue(dimension)) + 1]
}

/** The packets for which a condition is true, as values along a dimension; undefined when no table says so. */
export function dimensionSet(leaf: PacketLeaf): DimensionSet | undefined {
  if (leaf.kind === 'AddressIn') {
    const loader = ADDRESS_LOADERS[leaf.field]
    if (loader.present !== 'ipVersion') return undefined
    const edges = leaf.blocks.flatMap(({ first, last }) => [first, last + 1n])
    return edges.length > EDGE_LIMIT ? undefined : { dimension: { kind: 'address', ...loader }, edges }
  }
  if ((leaf.kind !== 'NumberIn' && leaf.kind !== 'AnyBit') || leaf.number.kind !== 'Field') return undefined
  const { field } = leaf.number
  const loader = Object.hasOwn(NUMBER_LOADERS, field) ? NUMBER_LOADERS[field] : undefined
  const size = loader === undefined ? undefined : SIZES[loader.slot]
  if (loader === undefined || size === undefined) return undefined
  const values = valuesOf(leaf, loader, size)
  if (values.length > EDGE_LIMIT) return undefined
  const transports = TRANSPORTS[loader.slot] ?? []
  const dimension: Dimension = { kind: 'number', slot: loader.slot, size, transports }
  if (loader.transport !== undefined) {
    const start = transports.indexOf(loader.transport) * size
    return { dimension, edges: start === 0 ? values : values.map((edge) => edge + start) }
  }
  if (transports.length === 0) return { dimension, edges: values }
  const starts = [...transports, undefined].map((_, place) => place * size)
  return { dimension, edges: joined(starts.flatMap((start) => values.map((edge) => edge + start))) }
}

/** Where the values of a slot stand along its dimension, when it is not in their order. */
export function placesOf({ slot }: Dimension): Uint16Array | undefined {
  return slot === 'tcpFlags' ? FLAG_PLACES : undefined
}

/** Where one piece ends and the next begins there is no edge. */
function joined(edges: readonly number[]): EdgeSet {
  return edges.filter((edge, index) => edge !== edges[index + 1] && edge !== edges[index - 1])
}

/** The values of the slot for which the condition is true. */
function valuesOf(leaf: PacketLeaf & { kind: 'NumberIn' | 'AnyBit' }, loader: NumberLoader, size: number): number[] {
  const isDerived = loader.shift !== undefined || loader.mask !== undefined
  if (leaf.kind === 'NumberIn' && !isDerived && loader.slot !== 'tcpFlags') {
    return leaf.ranges.flatMap(({ first, last }) => (first < size ? [first, Math.min(last + 1, size)] : []))
  }
  const read = reader(loader, leaf.number.limit)
  const test =
    leaf.kind === 'AnyBit'
      ? (value: number) => (value & leaf.mask) !== 0
      : (value: number) => leaf.ranges.some(({ first, last }) => value >= first && value <= last)
  if (loader.slot === 'tcpFlags') {
    const isBit = leaf.kind === 'NumberIn' && leaf.number.limit === 1 && leaf.ranges[0]?.first === 1
    return isBit && loader.mask !== undefined ? flagBitEdges(loader.mask) : flagEdges((value) => test(read(value)))
  }
  const edges: number[] = []
  for (let value = 0; value < size; value++) {
    if (test(read(value)) !== ((edges.length & 1) === 1)) edges.push(value)
  }
  if ((edges.length & 1) === 1) edges.push(size)
  return edges
}

/** What the field says when the slot has a value. */
function reader({ shift = 0, mask }: NumberLoader, limit: number): (value: number) => number {
  if (mask === undefined) return (value) => value >> shift
  if (limit === 1) return (value) => (((value >> shift) & mask) === 0 ? 0 : 1)
  return (value) => (value >> shift) & mask
}
