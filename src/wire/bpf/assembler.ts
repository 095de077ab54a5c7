import { TidegateError } from '#kernel'
import {
  ALU,
  type AluOperation,
  ATOMIC,
  type BpfProgram,
  CLASS,
  type Condition,
  FROM_REGISTER,
  type Instruction,
  JUMP,
  LOAD_IMMEDIATE_64,
  MODE,
  PSEUDO,
  type Register,
  type Size,
  SIZE,
  type Source,
} from './instruction.ts'
import { type Draft, link } from './link.ts'

/** A place in the program that is being written. */
export type Label = number

/**
 * Writes eBPF (RFC 9669), one instruction a call. Jumps name labels, which may be placed later; maps have names, which
 * become file descriptors when the program is loaded. What can never be reached is left out by `build`: the kernel refuses
 * a program that holds any.
 */
export class BpfAssembler {
  readonly #instructions: Draft[] = []
  readonly #placed: (number | undefined)[] = []
  readonly #names: (string | undefined)[] = []

  /** A new label, to be placed once. A name shows up in the disassembly. */
  label(name?: string): Label {
    this.#placed.push(undefined)
    this.#names.push(name)
    return this.#placed.length - 1
  }

  /** The next instruction is what `label` names. */
  place(label: Label): this {
    if (this.#placed[label] !== undefined) {
      throw invariant(`the label ${this.#names[label] ?? label} was placed twice`)
    }
    this.#placed[label] = this.#instructions.length
    return this
  }

  mov(to: Register, from: Source): this {
    return this.#arithmetic(CLASS.alu64 | ALU.mov, to, from)
  }

  /** Moves 32 bits; the upper half becomes zero. */
  mov32(to: Register, from: Source): this {
    return this.#arithmetic(CLASS.alu | ALU.mov, to, from)
  }

  /** `to = to operation from`. */
  alu(operation: AluOperation, to: Register, from: Source): this {
    return this.#arithmetic(CLASS.alu64 | ALU[operation], to, from)
  }

  /** The same on the lower 32 bits; the upper half becomes zero. */
  alu32(operation: AluOperation, to: Register, from: Source): this {
    return this.#arithmetic(CLASS.alu | ALU[operation], to, from)
  }

  negate(register: Register): this {
    return this.#emit(CLASS.alu64 | ALU.neg, number(register))
  }

  /** Turns the lower 16, 32 or 64 bits from network order into the machine's, or back; the rest becomes zero. */
  swap(register: Register, bits: 16 | 32 | 64): this {
    return this.#emit(CLASS.alu | ALU.end | FROM_REGISTER, number(register), 0, 0, bits)
  }

  /** `to = *(size *)(base + offset)`. */
  load(size: Size, to: Register, base: Register, offset: number = 0): this {
    return this.#emit(CLASS.ldx | MODE.memory | SIZE[size], number(to), number(base), offset)
  }

  /** `*(size *)(base + offset) = from`. */
  store(size: Size, base: Register, offset: number, from: Source): this {
    if (typeof from === 'number') return this.#emit(CLASS.st | MODE.memory | SIZE[size], number(base), 0, offset, from)
    return this.#emit(CLASS.stx | MODE.memory | SIZE[size], number(base), number(from), offset)
  }

  /** Adds to memory that other processors change as well. */
  atomicAdd(size: 'u32' | 'u64', base: Register, offset: number, from: Register): this {
    return this.#emit(CLASS.stx | MODE.atomic | SIZE[size], number(base), number(from), offset, ATOMIC.add)
  }

  /** Jumps to `target` when `left condition right` holds for all 64 bits. */
  jump(condition: Condition, left: Register, right: Source, target: Label): this {
    return this.#jump(CLASS.jmp, condition, left, right, target)
  }

  /** The same for the lower 32 bits. */
  jump32(condition: Condition, left: Register, right: Source, target: Label): this {
    return this.#jump(CLASS.jmp32, condition, left, right, target)
  }

  goto(target: Label): this {
    this.#instructions.push(draft(CLASS.jmp | JUMP.always, 0, 0, 0, 0, target))
    return this
  }

  /** A number of 64 bits: two slots. */
  loadImmediate(to: Register, value: bigint): this {
    const low = Number(BigInt.asIntN(32, value))
    const high = Number(BigInt.asIntN(32, value >> 32n))
    return this.#wide(to, PSEUDO.value, low, high)
  }

  /** The address of a map, for helpers. */
  loadMap(to: Register, map: string): this {
    return this.#wide(to, PSEUDO.map, 0, 0, map)
  }

  /** The address of a byte of the value of an array map with one entry. */
  loadMapValue(to: Register, map: string, offsetBytes: number = 0): this {
    return this.#wide(to, PSEUDO.mapValue, 0, offsetBytes, map)
  }

  /** Calls a `BPF_HELPER` with r1 to r5; the result is in r0, and r1 to r5 hold nothing any more. */
  call(helper: number): this {
    return this.#emit(CLASS.jmp | JUMP.call, 0, 0, 0, helper)
  }

  /**
   * Calls a function of the program: what stands behind `target`, up to its `exit`, with registers r6 to r9 and a stack of
   * its own. Functions stand behind everything else.
   */
  callFunction(target: Label): this {
    this.#instructions.push(draft(CLASS.jmp | JUMP.call, 0, PSEUDO.function, 0, 0, target))
    return this
  }

  /** Ends the program with what r0 holds. */
  exit(): this {
    return this.#emit(CLASS.jmp | JUMP.exit, 0)
  }

  /** How many slots were written so far. */
  get length(): number {
    return this.#instructions.length
  }

  /**
   * The finished program.
   *
   * @throws TidegateError ERR_INVARIANT when a label was not placed; ERR_RULE_INVALID when a conditional jump leads further
   *   than 16 bits can say
   */
  build(): BpfProgram {
    return link(this.#instructions, this.#placed, this.#names)
  }

  #arithmetic(opcode: number, to: Register, from: Source): this {
    if (typeof from === 'number') return this.#emit(opcode, number(to), 0, 0, from)
    return this.#emit(opcode | FROM_REGISTER, number(to), number(from))
  }

  #jump(group: number, condition: Condition, left: Register, right: Source, target: Label): this {
    const opcode = group | JUMP[condition]
    if (typeof right === 'number') this.#instructions.push(draft(opcode, number(left), 0, 0, immediate(right), target))
    else this.#instructions.push(draft(opcode | FROM_REGISTER, number(left), number(right), 0, 0, target))
    return this
  }

  #wide(to: Register, kind: number, low: number, high: number, map?: string): this {
    const first = draft(LOAD_IMMEDIATE_64, number(to), kind, 0, low)
    this.#instructions.push(map === undefined ? first : { ...first, map })
    this.#instructions.push(draft(0, 0, 0, 0, high))
    return this
  }

  #emit(opcode: number, destination: number, source: number = 0, offset: number = 0, value: number = 0): this {
    this.#instructions.push(draft(opcode, destination, source, offset, immediate(value)))
    return this
  }
}

function draft(
  opcode: number,
  destination: number,
  source: number,
  offset: number,
  value: number,
  target?: Label,
): Instruction {
  const instruction = { opcode, destination, source, offset, immediate: value }
  return target === undefined ? instruction : { ...instruction, target }
}

function number(register: Register): number {
  return Number(register.slice(1))
}

/** Immediates are signed; what only an unsigned number of 32 bits can say is written as its negative twin by the caller. */
function immediate(value: number): number {
  if (Number.isInteger(value) && value >= -0x8000_0000 && value <= 0x7fff_ffff) return value
  throw invariant(`${value} is no signed number of 32 bits: load it with loadImmediate`)
}

function invariant(message: string): TidegateError {
  return new TidegateError('ERR_INVARIANT', message, { source: 'internal' })
}
