import { type Dimension, type SlotFrame } from '#rules'
import type { BpfAssembler, Label, Register } from '#wire'
import type { MapSpec } from '#net'
import type { PlannedMap } from '../planned-map.ts'
import { addressClasses, type FamilyClasses } from './address-classes.ts'
import { type AddressTable, NODE_FLAG } from './address-table.ts'
import type { DimensionClasses } from './classes.ts'
import { bytesOf, numberTable, type TablePart } from './number-table.ts'

const MAPPED_UPPER = 0xffff
const ENTRY_SHIFT = 1
const NODE_BYTES_SHIFT = 9
const CONSTANTS = 'classes'

/** Writes the look-up of classes, and plans the tables that it reads. */
export class ClassCode {
  readonly #asm: BpfAssembler
  readonly #slots: SlotFrame
  readonly #tables: PlannedMap[] = []
  readonly #constants: number[] = []

  constructor(asm: BpfAssembler, slots: SlotFrame) {
    this.#asm = asm
    this.#slots = slots
  }

  /** The tables that the code reads. */
  get maps(): readonly PlannedMap[] {
    if (this.#constants.length === 0) return this.#tables
    return [...this.#tables, tableOf(CONSTANTS, bytesOf(Uint16Array.from(this.#constants)))]
  }

  /** Leaves in r1 the class of the packet along a dimension. `broken` is never reached. r2 to r4 are used. */
  write(classes: DimensionClasses, broken: Label): void {
    const { dimension } = classes
    if (dimension.kind === 'address') this.#address(dimension, classes, broken)
    else this.#number(dimension, classes)
  }

  #number(dimension: Dimension & { kind: 'number' }, { segments }: DimensionClasses): void {
    const asm = this.#asm
    const table = numberTable(dimension, segments)
    const name = `${dimension.slot} table`
    const [absent, look, known] = [asm.label(), asm.label(), asm.label()]
    asm.load('u32', 'r1', 'r10', this.#slots.offsetOf(dimension.slot)).jump('ge', 'r1', dimension.size, absent)
    this.#choosePart(table.parts, absent, look)
    asm.place(look)
    this.#entry('r1', name)
    asm.goto(known).place(absent)
    this.#constant(table.absentClass)
    asm.place(known)
    if (table.entries.length > 0) this.#tables.push(tableOf(name, bytesOf(table.entries)))
  }

  /** Adds to r1 where the entries of the packet's transport begin. */
  #choosePart(parts: readonly TablePart[], absent: Label, look: Label): void {
    const asm = this.#asm
    const add = (start: number | undefined): void => {
      if (start === undefined) {
        asm.goto(absent)
        return
      }
      if (start > 0) asm.alu('add', 'r1', start)
      asm.goto(look)
    }
    const others = parts[parts.length - 1].start
    const named = parts.filter(({ transport, start }) => transport !== undefined && start !== others)
    if (named.length > 0) asm.load('u32', 'r3', 'r10', this.#slots.offsetOf('transport'))
    for (const { transport, start } of named) {
      const next = asm.label()
      asm.jump32('ne', 'r3', transport ?? 0, next)
      add(start)
      asm.place(next)
    }
    add(others)
  }

  #address(dimension: Dimension & { kind: 'address' }, { segments }: DimensionClasses, broken: Label): void {
    const asm = this.#asm
    const { ipv4, ipv6, absentClass } = addressClasses(segments)
    const [absent, sixth, known] = [asm.label(), asm.label(), asm.label()]
    const at = this.#slots.offsetOf(dimension.slot)
    asm.load('u32', 'r1', 'r10', this.#slots.offsetOf(dimension.present)).jump32('slt', 'r1', 0, absent)
    asm
      .load('u64', 'r4', 'r10', at + 8)
      .mov('r1', 'r4')
      .alu('rsh', 'r1', 32)
    asm.load('u64', 'r3', 'r10', at).jump('ne', 'r3', 0, sixth).jump('ne', 'r1', MAPPED_UPPER, sixth)
    this.#family(ipv4, `${dimension.slot} ipv4`, broken, (byte) => this.#ipv4Byte(byte))
    asm.goto(known).place(sixth)
    this.#family(ipv6, `${dimension.slot} ipv6`, broken, (byte) => this.#ipv6Byte(byte))
    asm.goto(known).place(absent)
    this.#constant(absentClass)
    asm.place(known)
  }

  /** Walks the table of a family with the address in r3 and r4. */
  #family(classes: FamilyClasses, name: string, broken: Label, byteInto: (byte: number) => void): void {
    const asm = this.#asm
    if ('single' in classes) {
      this.#constant(classes.single)
      return
    }
    const { table } = classes
    const known = asm.label()
    byteInto(0)
    asm.alu('lsh', 'r2', 8).mov('r1', 'r2')
    byteInto(1)
    asm.alu('add', 'r1', 'r2')
    this.#entry('r1', `${name} root`)
    for (let level = 1; level < table.levels; level++) {
      asm.jump('lt', 'r1', NODE_FLAG, known)
      asm.alu('and', 'r1', NODE_FLAG - 1).jump('ge', 'r1', table.nodes.length >> 8, broken)
      byteInto(level + 1)
      asm.alu('lsh', 'r1', NODE_BYTES_SHIFT - ENTRY_SHIFT).alu('add', 'r1', 'r2')
      this.#entry('r1', `${name} nodes`)
    }
    asm.place(known)
    this.#planTable(table, name)
  }

  #planTable(table: AddressTable, name: string): void {
    this.#tables.push(tableOf(`${name} root`, bytesOf(table.root)))
    if (table.levels > 1) this.#tables.push(tableOf(`${name} nodes`, bytesOf(table.nodes)))
  }

  /**
   * Leaves a class in r1 that is always the same. It comes from a map all the same: the verifier would follow a number that
   * it knows by itself, through everything behind it and for each dimension again.
   */
  #constant(value: number): void {
    this.#asm.loadMapValue('r2', CONSTANTS, this.#constants.length * 2).load('u16', 'r1', 'r2')
    this.#constants.push(value)
  }

  /** Replaces the index of an entry by what stands there. r2 is used. */
  #entry(index: Register, map: string): void {
    this.#asm.loadMapValue('r2', map).alu('lsh', index, ENTRY_SHIFT).alu('add', 'r2', index).load('u16', index, 'r2')
  }

  /** Leaves a byte of the IPv4 address in r2. */
  #ipv4Byte(byte: number): void {
    this.#asm.mov('r2', 'r4')
    if (byte < 3) this.#asm.alu('rsh', 'r2', 24 - byte * 8)
    this.#asm.alu('and', 'r2', 0xff)
  }

  #ipv6Byte(byte: number): void {
    const shift = 56 - (byte % 8) * 8
    this.#asm.mov('r2', byte < 8 ? 'r3' : 'r4')
    if (shift > 0) this.#asm.alu('rsh', 'r2', shift)
    this.#asm.alu('and', 'r2', 0xff)
  }
}

/** An array with one entry, which programs read in place. */
export function tableOf(name: string, bytes: Buffer): PlannedMap {
  const spec: MapSpec = { name, kind: 'array', keyBytes: 4, valueBytes: bytes.length, entries: 1 }
  return { spec, fill: (map) => map.update(Buffer.alloc(4), bytes) }
}
