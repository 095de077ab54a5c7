import { TidegateError } from '#kernel'
import type { BpfAssembler, Label } from '#wire'
import type { Expression } from '../../expression.ts'
import type { PacketLeaf, PacketNumber } from '../packet-leaf.ts'
import { packetLeaf } from '../packet-leaf.ts'
import { type AddressListMaps, LIST_KEY_BYTES, writeBlocks, writeListLookup, writeLookup } from './address-test.ts'
import { PacketBytes } from './bytes-test.ts'
import { costOf } from './cost.ts'
import { ADDRESS_LOADERS, HARDWARE_ADDRESS_AT, NUMBER_LOADERS } from './loaders.ts'
import { type LoadedNumber, writeRanges } from './number-test.ts'
import { type PacketSource, writeWireBytes, XDP_SOURCE } from './packet-source.ts'
import { writePrologue } from './prologue.ts'
import { type PacketSlot, type SlotFrame, slotBytes } from './slots.ts'

/** The maps that stand for the named lists: of addresses, or one hash map with keys of eight bytes for integers. */
export type BpfListMaps = ReadonlyMap<string, AddressListMaps | { readonly integers: string }>

const LEAF_LIMIT = 0xffff_ffff

/**
 * Writes the parts of a program that read packets and test them. First `prologue`, then tests in any order; between
 * them the caller may use every register but r6, r7 and r8, and what it reserved of the stack.
 */
export class PacketCode {
  readonly #asm: BpfAssembler
  readonly #slots: SlotFrame
  readonly #lists: BpfListMaps
  readonly #bytes: PacketBytes
  readonly #source: PacketSource
  #keyAt: number | undefined
  #depth = 0
  readonly #parities: number[] = []

  /** All expressions have been checked by `checkBpf`, which said what `slots` must hold. */
  constructor(asm: BpfAssembler, slots: SlotFrame, lists: BpfListMaps, source: PacketSource = XDP_SOURCE) {
    this.#source = source
    this.#asm = asm
    this.#slots = slots
    this.#lists = lists
    this.#bytes = new PacketBytes(asm, slots)
  }

  /** Reads the packet. Expects the context in r6; see `writePrologue`. */
  prologue(): void {
    this.#slots.lend(() => writePrologue(this.#asm, this.#slots, this.#source))
  }

  /** Goes to `yes` when the expression is true for the packet, else to `no`. Uses r0 to r5. */
  test(node: Expression, yes: Label, no: Label): void {
    switch (node.kind) {
      case 'Not':
        this.test(node.operand, no, yes)
        return
      case 'Logical':
        this.#logical(node, yes, no)
        return
      default:
        this.#leaf(packetLeaf(node), yes, no)
    }
  }

  #logical(node: Expression & { kind: 'Logical' }, yes: Label, no: Label): void {
    if (node.operator === 'xor') {
      this.#parity(node.operands, yes, no)
      return
    }
    // Conditions have no effects, so the cheap ones may come first.
    const operands = [...node.operands].sort((left, right) => costOf(left) - costOf(right))
    const isAnd = node.operator === 'and'
    for (const [index, operand] of operands.entries()) {
      const next = index === operands.length - 1 ? (isAnd ? yes : no) : this.#asm.label()
      this.test(operand, isAnd ? next : yes, isAnd ? no : next)
      if (index < operands.length - 1) this.#asm.place(next)
    }
  }

  /** Counts the true ones in a bit on the stack: written out as jumps, each operand would stand there twice. */
  #parity(operands: readonly Expression[], yes: Label, no: Label): void {
    const asm = this.#asm
    const at = (this.#parities[this.#depth] ??= this.#slots.reserve(8))
    this.#depth++
    asm.store('u64', 'r10', at, 0)
    for (const operand of operands) {
      const [odd, next] = [asm.label(), asm.label()]
      this.test(operand, odd, next)
      asm.place(odd).load('u64', 'r1', 'r10', at).alu('xor', 'r1', 1).store('u64', 'r10', at, 'r1').place(next)
    }
    this.#depth--
    asm.load('u64', 'r1', 'r10', at).jump('ne', 'r1', 0, yes).goto(no)
  }

  #leaf(leaf: PacketLeaf, yes: Label, no: Label): void {
    const asm = this.#asm
    switch (leaf.kind) {
      case 'Constant':
        asm.goto(leaf.value ? yes : no)
        return
      case 'NumberIn':
        writeRanges(asm, this.#number(leaf.number, no), leaf.ranges, yes, no)
        return
      case 'AnyBit':
        this.#number(leaf.number, no, true)
        this.#bits(leaf.mask, yes)
        asm.goto(no)
        return
      case 'NumberInList':
        this.#number(leaf.number, no, true)
        asm.store('u64', 'r10', this.#key(), 'r1')
        this.#integerLookup(leaf.list, yes, no)
        return
      case 'NumbersCompare':
        this.#number(leaf.left, no, true)
        asm.mov('r5', 'r1')
        this.#number(leaf.right, no, true)
        asm.jump(leaf.operator === 'bit_test' ? 'set' : leaf.operator, 'r5', 'r1', yes).goto(no)
        return
      case 'AddressIn':
        this.#address(leaf.field, no)
        writeBlocks(asm, leaf.blocks, yes, no)
        return
      case 'AddressInList':
        this.#addressList(leaf.field, leaf.list, yes, no)
        return
      case 'AddressesCompare':
        this.#addresses(leaf, yes, no)
        return
      case 'Bytes':
        this.#byteTest(leaf, yes, no)
        return
      case 'InterfaceIn':
        throw new TidegateError('ERR_INVARIANT', 'a program stands at one interface', { source: 'internal' })
    }
  }

  #bits(mask: number, yes: Label): void {
    if (mask <= 0x7fff_ffff) this.#asm.jump('set', 'r1', mask, yes)
    else this.#asm.loadImmediate('r2', BigInt(mask)).jump('set', 'r1', 'r2', yes)
  }

  /**
   * Loads a number into r1. Without `isPlain` it may also be -1 for a number that is not there, which the caller's
   * comparison takes into account. r2 to r4 are used.
   */
  #number(number: PacketNumber, absent: Label, isPlain: boolean = false): LoadedNumber {
    switch (number.kind) {
      case 'Field':
        return this.#field(number.field, number.limit, absent, isPlain)
      case 'Bits':
        return this.#slicedBits(number, absent)
      case 'Length':
        return this.#sliceLength(number, absent)
    }
  }

  #field(field: string, limit: number, absent: Label, isPlain: boolean): LoadedNumber {
    const asm = this.#asm
    if (field === 'frame.len') {
      writeWireBytes(asm, this.#source, 'r1', 'r2')
      return { bits: 64, limit: LEAF_LIMIT }
    }
    if (Object.hasOwn(HARDWARE_ADDRESS_AT, field))
      return this.#hardwareAddress(HARDWARE_ADDRESS_AT[field], limit, absent)
    const { slot, shift, mask, transport } = NUMBER_LOADERS[field]
    if (transport !== undefined) {
      this.#load('r1', 'transport')
      asm.jump32('ne', 'r1', transport, absent)
    }
    const bits = slotBytes(slot) === 4 ? 32 : 64
    this.#load('r1', slot)
    const isDerived = shift !== undefined || mask !== undefined
    if (isDerived || isPlain) {
      if (bits === 32) asm.jump32('slt', 'r1', 0, absent)
      else asm.jump('slt', 'r1', 0, absent)
    }
    if (shift !== undefined) asm.alu('rsh', 'r1', shift)
    if (mask !== undefined) asm.alu('and', 'r1', mask)
    // A flag is 1 wherever its bit stands.
    if (mask !== undefined && limit === 1 && mask > 1) asm.alu('rsh', 'r1', Math.log2(mask))
    return { bits, limit }
  }

  #hardwareAddress(at: number, limit: number, absent: Label): LoadedNumber {
    const asm = this.#asm
    asm.mov('r1', 'r7').alu('add', 'r1', 14).jump('gt', 'r1', 'r8', absent)
    asm.load('u32', 'r1', 'r7', at).swap('r1', 32).alu('lsh', 'r1', 16)
    asm
      .load('u16', 'r2', 'r7', at + 4)
      .swap('r2', 16)
      .alu('or', 'r1', 'r2')
    return { bits: 64, limit }
  }

  #slicedBits(number: PacketNumber & { kind: 'Bits' }, absent: Label): LoadedNumber {
    const asm = this.#asm
    const { slice, first, end, limit } = number
    const endByte = slice.start + Math.ceil(end / 8)
    if (endByte > slice.end) {
      asm.goto(absent)
      return { bits: 64, limit }
    }
    this.#bytes.length(slice.field, absent)
    asm.jump32('lt', 'r1', endByte, absent)
    this.#bytes.point(slice.field, endByte, absent)
    asm.mov('r1', 0)
    for (let at = slice.start + (first >> 3); at < endByte; at++) {
      asm.alu('lsh', 'r1', 8).load('u8', 'r2', 'r4', at).alu('or', 'r1', 'r2')
    }
    asm.alu('rsh', 'r1', (8 - (end & 7)) & 7)
    if (end - first < 32) asm.alu('and', 'r1', limit)
    else asm.alu32('and', 'r1', -1)
    return { bits: 64, limit }
  }

  #sliceLength({ slice, limit }: PacketNumber & { kind: 'Length' }, absent: Label): LoadedNumber {
    const asm = this.#asm
    this.#bytes.length(slice.field, absent)
    const [begins, ends] = [asm.label(), asm.label()]
    if (slice.start > 0) {
      asm.jump32('ge', 'r1', slice.start, begins).mov('r1', slice.start).place(begins).alu('sub', 'r1', slice.start)
    }
    if (slice.end !== Infinity) {
      asm
        .jump32('le', 'r1', slice.end - slice.start, ends)
        .mov('r1', slice.end - slice.start)
        .place(ends)
    }
    return { bits: 64, limit }
  }

  #load(to: 'r1' | 'r3' | 'r4', slot: PacketSlot, offset: number = 0): void {
    this.#asm.load(slotBytes(slot) === 4 ? 'u32' : 'u64', to, 'r10', this.#slots.offsetOf(slot) + offset)
  }

  /** Loads an address into r3 (upper half) and r4 (lower half). */
  #address(field: string, absent: Label): void {
    const { slot, present } = ADDRESS_LOADERS[field]
    this.#load('r1', present)
    this.#asm.jump32('slt', 'r1', 0, absent)
    this.#load('r3', slot)
    this.#load('r4', slot, 8)
  }

  #addresses(leaf: PacketLeaf & { kind: 'AddressesCompare' }, yes: Label, no: Label): void {
    const asm = this.#asm
    const { operator } = leaf
    this.#address(leaf.right, no)
    asm.mov('r2', 'r3').mov('r5', 'r4')
    this.#address(leaf.left, no)
    const isStrict = operator === 'lt' || operator === 'gt'
    if (operator === 'eq') asm.jump('ne', 'r3', 'r2', no).jump('eq', 'r4', 'r5', yes)
    else if (operator === 'ne') asm.jump('ne', 'r3', 'r2', yes).jump('ne', 'r4', 'r5', yes)
    else {
      const strictly = operator === 'lt' || operator === 'le' ? 'lt' : 'gt'
      asm.jump(strictly, 'r3', 'r2', yes).jump('ne', 'r3', 'r2', no)
      asm.jump(isStrict ? strictly : operator, 'r4', 'r5', yes)
    }
    asm.goto(no)
  }

  #key(): number {
    return (this.#keyAt ??= this.#slots.reserve(LIST_KEY_BYTES))
  }

  #addressList(field: string, list: string, yes: Label, no: Label): void {
    const maps = this.#lists.get(list)
    if (maps === undefined || 'integers' in maps) {
      this.#asm.goto(no)
      return
    }
    this.#address(field, no)
    writeListLookup(this.#asm, maps, this.#key(), yes, no)
  }

  #integerLookup(list: string, yes: Label, no: Label): void {
    const maps = this.#lists.get(list)
    if (maps !== undefined && 'integers' in maps) writeLookup(this.#asm, maps.integers, this.#key(), yes)
    this.#asm.goto(no)
  }

  #byteTest(leaf: PacketLeaf & { kind: 'Bytes' }, yes: Label, no: Label): void {
    const { slice, values, test, isNegated } = leaf
    if (isNegated) this.#bytes.length(slice.field, no)
    const [found, missed] = isNegated ? [no, yes] : [yes, no]
    this.#bytes[test](slice, values, found, missed)
  }
}
