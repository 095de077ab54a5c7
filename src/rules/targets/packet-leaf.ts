import type { IpRange } from '#wire'
import type { CallNode, ComparisonNode, Expression, Member, Operand } from '../expression.ts'
import type { Leaf } from '../tree.ts'
import { type Block, blocksOf, mergedBlocks } from './ip-blocks.ts'
import { hardwarePrefix, hardwareValue } from './hardware-address.ts'
import { type NumberRange, mergedRanges, rangesOfMembers, rangesOfOrder } from './number-ranges.ts'
import { packetFieldOf } from './packet-fields.ts'
import { type ByteSlice, bitsOf, sliceOf } from './packet-slice.ts'
import { INTERFACE_FIELD } from './packet-hook.ts'
import { Refusal } from './refusal.ts'
import { networkBlocks, orderedBlocks } from './packet-address.ts'

/** A number of a packet: a field, or bits of a byte string. `limit` is the largest that it can be. */
export type PacketNumber =
  | { readonly kind: 'Field'; readonly field: string; readonly limit: number }
  | {
      readonly kind: 'Bits'
      readonly slice: ByteSlice
      readonly first: number
      readonly end: number
      readonly limit: number
    }
  | { readonly kind: 'Length'; readonly slice: ByteSlice; readonly limit: number }

type NumberOrder = 'eq' | 'ne' | 'lt' | 'le' | 'gt' | 'ge' | 'bit_test'

/**
 * A single condition as the kernel's programs ask it. Each is false when what it asks about is not in the packet: a program
 * jumps to the other branch then.
 */
export type PacketLeaf =
  | { readonly kind: 'Constant'; readonly value: boolean }
  /** The number lies in one of the ranges, which are ascending and apart. */
  | { readonly kind: 'NumberIn'; readonly number: PacketNumber; readonly ranges: readonly NumberRange[] }
  /** Any of the bits is set. */
  | { readonly kind: 'AnyBit'; readonly number: PacketNumber; readonly mask: number }
  | { readonly kind: 'NumberInList'; readonly number: PacketNumber; readonly list: string }
  | {
      readonly kind: 'NumbersCompare'
      readonly operator: NumberOrder
      readonly left: PacketNumber
      readonly right: PacketNumber
    }
  /** The address, as a number of 128 bits with IPv4 mapped, lies in one of the blocks, which are ascending and apart. */
  | { readonly kind: 'AddressIn'; readonly field: string; readonly blocks: readonly Block[] }
  | { readonly kind: 'AddressInList'; readonly field: string; readonly list: string }
  | {
      readonly kind: 'AddressesCompare'
      readonly operator: Exclude<NumberOrder, 'bit_test'>
      readonly left: string
      readonly right: string
    }
  /** The bytes are there, and are (begin with, contain) one of the values; with `isNegated`, none of them. */
  | {
      readonly kind: 'Bytes'
      readonly test: 'equal' | 'prefix' | 'contains'
      readonly slice: ByteSlice
      readonly values: readonly string[]
      readonly isNegated: boolean
    }
  /** The packet passes one of these interfaces. */
  | { readonly kind: 'InterfaceIn'; readonly names: readonly string[] }

/** @throws Refusal naming the field, function or operator that programs of the kernel do not have */
export function packetLeaf(node: Leaf): PacketLeaf {
  switch (node.kind) {
    case 'Truth':
      return truth(node.operand)
    case 'Membership':
      return membership(node.operand, node.members)
    case 'ListMembership':
      return listMembership(node.operand, node.list, node)
    case 'Comparison':
      return node.right.kind === 'Literal' ? literalComparison(node, node.right.value) : comparison(node)
  }
}

function truth(operand: Operand): PacketLeaf {
  if (operand.kind === 'Literal') return { kind: 'Constant', value: operand.value === true }
  if (operand.kind === 'Call') return callTruth(operand)
  return { kind: 'NumberIn', number: numberOf(operand), ranges: [{ first: 1, last: 1 }] }
}

function callTruth(call: CallNode): PacketLeaf {
  const [source, ...needles] = call.arguments as readonly Operand[]
  const test = call.name === 'starts_with' ? 'prefix' : call.name === 'contains_any' ? 'contains' : undefined
  if (test === undefined) throw new Refusal(`a packet is not tested by ${call.name}()`, call.span)
  const values = needles.map((needle) => {
    if (needle.kind === 'Literal') return String(needle.value)
    throw new Refusal('a packet is compared with constant bytes only', needle.span)
  })
  if (test === 'prefix' && isHardwareAddress(source)) return hardwareRanges(source, [hardwarePrefix(values[0])])
  return { kind: 'Bytes', test, slice: sliceOf(source), values, isNegated: false }
}

function isHardwareAddress(operand: Operand): boolean {
  return operand.kind === 'Field' && packetFieldOf(operand.name)?.kind === 'hardwareAddress'
}

function wordsOf(operand: Operand): readonly string[] | undefined {
  return operand.kind === 'Field' ? packetFieldOf(operand.name)?.words : undefined
}

/** Words are numbers to the kernel: that of their place. */
function wordIn(operand: Operand, values: readonly string[]): PacketLeaf {
  const words = wordsOf(operand) ?? []
  const number = fieldNumber(operand)
  const places = values.map((value) => words.indexOf(value)).filter((place) => place >= 0)
  const ranges = mergedRanges(
    places.map((place) => ({ first: place, last: place })),
    number.limit,
  )
  return { kind: 'NumberIn', number, ranges }
}

function hardwareRanges(operand: Operand, ranges: readonly (NumberRange | undefined)[]): PacketLeaf {
  const number = fieldNumber(operand)
  const known = ranges.filter((range) => range !== undefined)
  return { kind: 'NumberIn', number, ranges: mergedRanges(known, number.limit) }
}

function membership(operand: Operand, members: readonly Member[]): PacketLeaf {
  if (operand.type === 'Int') {
    const number = numberOf(operand)
    return { kind: 'NumberIn', number, ranges: rangesOfMembers(members, number.limit) }
  }
  if (operand.type === 'IP') {
    const ranges = members.flatMap((member): IpRange[] => {
      if (member.kind === 'IpRange') return [member.range]
      return member.kind === 'Value' && typeof member.value !== 'string'
        ? [{ first: member.value, last: member.value }]
        : []
    })
    return addressIn(operand, mergedBlocks(ranges.flatMap(blocksOf)))
  }
  const values = members.map((member) => (member.kind === 'Value' ? String(member.value) : ''))
  if (operand.kind === 'Field' && operand.name === INTERFACE_FIELD) return { kind: 'InterfaceIn', names: values }
  if (wordsOf(operand) !== undefined) return wordIn(operand, values)
  if (isHardwareAddress(operand)) return hardwareRanges(operand, values.map(hardwareValue))
  return { kind: 'Bytes', test: 'equal', slice: sliceOf(operand), values, isNegated: false }
}

function listMembership(operand: Operand, list: string, node: Expression): PacketLeaf {
  if (operand.type === 'Int') return { kind: 'NumberInList', number: numberOf(operand), list }
  if (operand.type !== 'IP') throw new Refusal('lists of strings are not looked up for a packet', node.span)
  if (operand.kind === 'Call') throw new Refusal(`${operand.name}() is not looked up in a list`, operand.span)
  return { kind: 'AddressInList', field: addressField(operand), list }
}

function literalComparison(node: ComparisonNode, value: string | number | boolean | bigint): PacketLeaf {
  const { left, operator } = node
  if (left.type === 'IP') return addressIn(left, orderedBlocks(operator, value as number | bigint))
  if (left.type === 'String') return stringComparison(node, String(value))
  const number = numberOf(left)
  if (operator === 'bit_test') {
    const bits = number.limit.toString(2).length
    return { kind: 'AnyBit', number, mask: Number(BigInt.asUintN(bits, BigInt(Number(value)))) }
  }
  const ranges = rangesOfOrder(operator, Number(value), number.limit)
  if (ranges === undefined) throw refusedOperator(node)
  return { kind: 'NumberIn', number, ranges }
}

const STRING_TESTS: Readonly<Partial<Record<ComparisonNode['operator'], 'equal' | 'contains'>>> = {
  eq: 'equal',
  ne: 'equal',
  contains: 'contains',
}

function stringComparison(node: ComparisonNode, value: string): PacketLeaf {
  const test = STRING_TESTS[node.operator]
  if (test === undefined) throw refusedOperator(node)
  const words = wordsOf(node.left)
  if (words !== undefined) {
    if (test === 'contains') throw refusedOperator(node)
    return wordIn(node.left, node.operator === 'eq' ? [value] : words.filter((word) => word !== value))
  }
  if (isHardwareAddress(node.left)) {
    if (test === 'contains') throw refusedOperator(node)
    const range = hardwareValue(value)
    if (node.operator === 'eq') return hardwareRanges(node.left, [range])
    const ranges = rangesOfOrder('ne', range?.first ?? -1, fieldNumber(node.left).limit)
    return hardwareRanges(node.left, ranges ?? [])
  }
  return { kind: 'Bytes', test, slice: sliceOf(node.left), values: [value], isNegated: node.operator === 'ne' }
}

function comparison(node: ComparisonNode): PacketLeaf {
  const { left, right, operator } = node
  if (left.type === 'String') throw new Refusal('a packet is compared with constant bytes only', node.right.span)
  if (!isNumberOrder(operator)) throw refusedOperator(node)
  if (left.type !== 'IP') return { kind: 'NumbersCompare', operator, left: numberOf(left), right: numberOf(right) }
  if (operator === 'bit_test') throw refusedOperator(node)
  return { kind: 'AddressesCompare', operator, left: addressField(left), right: addressField(right) }
}

function isNumberOrder(operator: ComparisonNode['operator']): operator is NumberOrder {
  return ['eq', 'ne', 'lt', 'le', 'gt', 'ge', 'bit_test'].includes(operator)
}

const SPELLINGS: Readonly<Partial<Record<ComparisonNode['operator'], string>>> = {
  strict_wildcard: 'strict wildcard',
  lt: '<',
  le: '<=',
  gt: '>',
  ge: '>=',
}

function refusedOperator({ operator, left, span }: ComparisonNode): Refusal {
  const word = SPELLINGS[operator] ?? operator
  return new Refusal(`packets have no \`${word}\` for values of type ${left.type}`, span)
}

/** @throws Refusal */
function numberOf(operand: Operand): PacketNumber {
  if (operand.kind === 'Field') return fieldNumber(operand)
  if (operand.kind !== 'Call') throw unreadable(operand)
  if (operand.name === 'bit_slice') {
    const { slice, first, end } = bitsOf(operand)
    return { kind: 'Bits', slice, first, end, limit: 2 ** (end - first) - 1 }
  }
  if (operand.name === 'len') {
    return { kind: 'Length', slice: sliceOf(operand.arguments[0] as Operand), limit: 0xffff }
  }
  throw new Refusal(`${operand.name}() is not computed for a packet`, operand.span)
}

function fieldNumber(operand: Operand): PacketNumber {
  const field = operand.kind === 'Field' ? packetFieldOf(operand.name) : undefined
  if (operand.kind !== 'Field' || field === undefined) throw unreadable(operand)
  return { kind: 'Field', field: operand.name, limit: field.limit }
}

function addressField(operand: Operand): string {
  if (operand.kind === 'Field' && packetFieldOf(operand.name)?.kind === 'address') return operand.name
  throw unreadable(operand)
}

function addressIn(operand: Operand, blocks: readonly Block[]): PacketLeaf {
  if (operand.kind !== 'Call') return { kind: 'AddressIn', field: addressField(operand), blocks }
  const [source] = operand.arguments as readonly Operand[]
  return { kind: 'AddressIn', field: addressField(source), blocks: networkBlocks(operand, blocks) }
}

function unreadable(operand: Operand): Refusal {
  const what = operand.kind === 'Field' ? `the field \`${operand.name}\`` : 'this value'
  return new Refusal(`${what} is not in a packet as the kernel sees it`, operand.span)
}
