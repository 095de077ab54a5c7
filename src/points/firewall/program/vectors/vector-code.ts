import type { PacketSlot, SlotFrame } from '#rules'
import type { BpfAssembler, Label } from '#wire'
import type { PlannedMap } from '../planned-map.ts'
import { ClassCode, tableOf } from './class-code.ts'
import { classesOf, type DimensionClasses } from './classes.ts'
import { vectorBytes } from './edge-budget.ts'
import { type SlotPlan, type VectorSlot, WORD_BITS } from './slot-plan.ts'

/** How a rule ends that has nothing more to ask when its bit is set. */
export type Ending = 'pass' | 'drop' | 'reset'

/** What the rules do, which whoever writes the program knows. */
export interface VectorActions {
  /** How a rule ends that needs no code of its own; undefined when it does. */
  endingOf(rule: number): Ending | undefined
  /** Asks the other conditions of a slot, and does what the rule says: goes to `no`, or on to `after`, unless it ends. */
  writeSlot(slot: VectorSlot, no: Label, after: Label): void
  /** Ends the program for the rule whose number, from 1, is in r1: as the index in `ENDINGS` in r2 says. */
  writeEnding(): void
}

export const ENDINGS: readonly Ending[] = ['pass', 'drop', 'reset']
const ACTION_BYTES = 4
/** Words whose bits of the summary are looked at together. */
const CHUNK_WORDS = 16

/** Multiplied with a power of two, the upper six bits of this are different for each (a de Bruijn sequence). */
const SEQUENCE = 0x0218_a392_cd3d_5dbfn
const SEQUENCE_SHIFT = 58
const LOW = (1n << 64n) - 1n

const ACTIONS = 'slot actions'
const PRESENT = 'slots'

/**
 * Writes the rules of a plan: for each dimension the vector of the packet's class is found, then the words are combined in
 * order, and the lowest bit that is left decides. r9 holds the words that are still worth a look.
 */
export class VectorCode {
  readonly #asm: BpfAssembler
  readonly #plan: SlotPlan
  readonly #actions: VectorActions
  readonly #classes: readonly DimensionClasses[]
  readonly #lookup: ClassCode
  readonly #vectorAt: ReadonlyMap<PacketSlot, number>
  readonly #wordAt: number
  readonly #maps: PlannedMap[] = []

  constructor(asm: BpfAssembler, slots: SlotFrame, plan: SlotPlan, actions: VectorActions) {
    this.#asm = asm
    this.#plan = plan
    this.#actions = actions
    this.#classes = plan.dimensions.map((dimension) => classesOf(dimension, plan)).filter(({ count }) => count > 1)
    this.#lookup = new ClassCode(asm, slots)
    this.#vectorAt = new Map(this.#classes.map(({ dimension }) => [dimension.slot, slots.reserve(8)]))
    this.#wordAt = slots.reserve(8)
  }

  /** Maps of what was written. */
  get maps(): readonly PlannedMap[] {
    return [...this.#maps, ...this.#lookup.maps]
  }

  /** Goes to `undecided` when no rule ends the evaluation. */
  write(undecided: Label): void {
    const asm = this.#asm
    const [decided, none, found] = [asm.label('slot-decides'), asm.label(), asm.label()]
    this.#findVectors(none)
    if (this.#classes.length === 0) this.#maps.push(tableOf(PRESENT, presentBits(this.#plan)))
    asm.goto(found).place(none).goto(undecided).place(found)
    for (let word = 0; word < this.#plan.words; word++) {
      if (word > 0 && word % CHUNK_WORDS === 0) asm.alu('rsh', 'r9', CHUNK_WORDS)
      this.#word(word, decided)
    }
    asm.goto(undecided)
    if (this.#plan.slots.some((slot) => slot !== undefined && this.#endingOf(slot) !== undefined)) {
      asm.place(decided)
      this.#decide(undecided)
    }
  }

  #findVectors(none: Label): void {
    const asm = this.#asm
    const sizeBytes = vectorBytes(this.#plan.words)
    asm.mov('r9', -1)
    for (const classes of this.#classes) {
      const { slot } = classes.dimension
      this.#lookup.write(classes, none)
      asm.jump('ge', 'r1', classes.count, none).alu('mul', 'r1', sizeBytes)
      asm.loadMapValue('r2', `${slot} vectors`).alu('add', 'r2', 'r1').store('u64', 'r10', this.#atOf(slot), 'r2')
      asm.load('u64', 'r1', 'r2').alu('and', 'r9', 'r1').jump('eq', 'r9', 0, none)
      this.#maps.push(tableOf(`${slot} vectors`, classes.vectors))
    }
  }

  #atOf(slot: PacketSlot): number {
    return this.#vectorAt.get(slot) ?? 0
  }

  #word(word: number, decided: Label): void {
    const asm = this.#asm
    const entries = this.#plan.slots.slice(word * WORD_BITS, (word + 1) * WORD_BITS)
    const [look, next] = [asm.label(), asm.label()]
    asm
      .jump('set', 'r9', 1 << (word % CHUNK_WORDS), look)
      .goto(next)
      .place(look)
    this.#combine(word)
    const isPlain = entries.every((slot) => slot === undefined || this.#endingOf(slot) !== undefined)
    if (isPlain) {
      asm
        .jump('eq', 'r0', 0, next)
        .mov('r3', word * WORD_BITS)
        .goto(decided)
    } else {
      asm.jump('eq', 'r0', 0, next).store('u64', 'r10', this.#wordAt, 'r0')
      this.#mixed(word, entries, decided, next)
    }
    asm.place(next)
  }

  /** Leaves in r0 which slots of a word no dimension excludes. */
  #combine(word: number): void {
    const asm = this.#asm
    for (const [index, { dimension }] of this.#classes.entries()) {
      const to = index === 0 ? 'r0' : 'r2'
      asm.load('u64', 'r1', 'r10', this.#atOf(dimension.slot)).load('u64', to, 'r1', (word + 1) * 8)
      if (index > 0) asm.alu('and', 'r0', 'r2')
    }
    // From a map, although it is known: the verifier would go from rule to rule without end.
    if (this.#classes.length === 0) asm.loadMapValue('r1', PRESENT, word * 8).load('u64', 'r0', 'r1')
  }

  /** A word with slots that need code of their own: what lies between them is looked at together. */
  #mixed(word: number, entries: readonly (VectorSlot | undefined)[], decided: Label, next: Label): void {
    const asm = this.#asm
    const bodies: (() => void)[] = []
    const afterRule = new Map<number, Label>()
    for (let bit = 0; bit < entries.length;) {
      const slot = entries[bit]
      if (slot === undefined) {
        bit++
        continue
      }
      if (this.#endingOf(slot) !== undefined) {
        bit = this.#run(word, entries, bit, decided)
        continue
      }
      const [body, no] = [asm.label(), asm.label()]
      const after = afterRule.get(slot.rule) ?? asm.label()
      afterRule.set(slot.rule, after)
      const half = bit < 32 ? 0 : 4
      asm
        .load('u32', 'r0', 'r10', this.#wordAt + half)
        .jump32('set', 'r0', 1 << (bit & 31), body)
        .place(no)
      // First comes the way on: the verifier keeps in mind what it has still to follow, and there may be thousands.
      bodies.push(() => {
        asm.place(body)
        this.#actions.writeSlot(slot, no, after)
      })
      bit++
      if (entries[bit]?.rule !== slot.rule) asm.place(after)
    }
    asm.goto(next)
    for (const write of bodies) write()
  }

  /** Looks at neighbouring slots that end without more ado; returns the bit behind them. */
  #run(word: number, entries: readonly (VectorSlot | undefined)[], from: number, decided: Label): number {
    const asm = this.#asm
    const inRun = (slot: VectorSlot | undefined): boolean => slot === undefined || this.#endingOf(slot) !== undefined
    let end = from
    while (end < entries.length && inRun(entries[end])) end++
    const mask = entries.map((slot, bit) => slot !== undefined && bit >= from && bit < end)
    asm.load('u64', 'r0', 'r10', this.#wordAt).loadImmediate('r1', maskOf(mask))
    const none = asm.label()
    asm
      .alu('and', 'r0', 'r1')
      .jump('eq', 'r0', 0, none)
      .mov('r3', word * WORD_BITS)
      .goto(decided)
      .place(none)
    return end
  }

  #endingOf({ rule, rest }: VectorSlot): Ending | undefined {
    return rest.length > 0 ? undefined : this.#actions.endingOf(rule)
  }

  /** The lowest bit of r0, in the word whose first position is r3, ends the evaluation. */
  #decide(broken: Label): void {
    const asm = this.#asm
    const positions = this.#plan.words * WORD_BITS
    asm.mov('r1', 'r0').negate('r1').alu('and', 'r0', 'r1').loadImmediate('r1', SEQUENCE)
    asm.alu('mul', 'r0', 'r1').alu('rsh', 'r0', SEQUENCE_SHIFT)
    asm
      .loadMapValue('r2', ACTIONS, positions * ACTION_BYTES)
      .alu('add', 'r2', 'r0')
      .load('u8', 'r1', 'r2')
    asm
      .alu('and', 'r1', WORD_BITS - 1)
      .alu('add', 'r1', 'r3')
      .jump('ge', 'r1', positions, broken)
    asm.alu('lsh', 'r1', 2).loadMapValue('r3', ACTIONS).alu('add', 'r3', 'r1')
    asm.load('u16', 'r1', 'r3').load('u16', 'r2', 'r3', 2)
    this.#actions.writeEnding()
    this.#maps.push(tableOf(ACTIONS, this.#actionTable()))
  }

  /** Rule and ending of each position; behind them the bit that a product with the sequence means. */
  #actionTable(): Buffer {
    const positions = this.#plan.words * WORD_BITS
    const table = Buffer.alloc(positions * ACTION_BYTES + WORD_BITS)
    for (const [position, slot] of this.#plan.slots.entries()) {
      const ending = slot === undefined ? undefined : this.#endingOf(slot)
      if (slot === undefined || ending === undefined) continue
      table.writeUInt16LE(slot.rule + 1, position * ACTION_BYTES)
      table.writeUInt16LE(ENDINGS.indexOf(ending), position * ACTION_BYTES + 2)
    }
    for (let bit = 0; bit < WORD_BITS; bit++) {
      const product = Number(((SEQUENCE << BigInt(bit)) & LOW) >> BigInt(SEQUENCE_SHIFT))
      table[positions * ACTION_BYTES + product] = bit
    }
    return table
  }
}

function maskOf(bits: readonly boolean[]): bigint {
  return bits.reduce((mask, isSet, bit) => (isSet ? mask | (1n << BigInt(bit)) : mask), 0n)
}

/** The words of the slots that there are. */
function presentBits({ slots, words }: SlotPlan): Buffer {
  const bits = Buffer.alloc(words * 8)
  for (const [position, slot] of slots.entries()) if (slot !== undefined) bits[position >> 3] |= 1 << (position & 7)
  return bits
}
