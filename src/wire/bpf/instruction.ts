/** The eleven registers; `r10` is the frame pointer and cannot be written. */
export type Register = `r${0 | 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9 | 10}`

/** A register, or a number of 32 bits that is extended with its sign. */
export type Source = Register | number

/** How many bytes a load or store moves: 1, 2, 4 or 8. */
export type Size = 'u8' | 'u16' | 'u32' | 'u64'

/** Instruction classes (the low three bits of an opcode; RFC 9669 section 2.5). */
export const CLASS = { ld: 0, ldx: 1, st: 2, stx: 3, alu: 4, jmp: 5, jmp32: 6, alu64: 7 } as const

/** Bit of an opcode that says that the second operand is a register. */
export const FROM_REGISTER = 0x08

/** Operations of arithmetic, in the high four bits (RFC 9669 section 4.1). */
export const ALU = {
  add: 0x00,
  sub: 0x10,
  mul: 0x20,
  div: 0x30,
  or: 0x40,
  and: 0x50,
  lsh: 0x60,
  rsh: 0x70,
  neg: 0x80,
  mod: 0x90,
  xor: 0xa0,
  mov: 0xb0,
  arsh: 0xc0,
  /** Byte order. */
  end: 0xd0,
} as const

export type AluOperation = Exclude<keyof typeof ALU, 'neg' | 'end' | 'mov'>

/** Conditions of jumps, in the high four bits (RFC 9669 section 4.3). `set`: any of the bits; `s` means signed. */
export const JUMP = {
  always: 0x00,
  eq: 0x10,
  gt: 0x20,
  ge: 0x30,
  set: 0x40,
  ne: 0x50,
  sgt: 0x60,
  sge: 0x70,
  call: 0x80,
  exit: 0x90,
  lt: 0xa0,
  le: 0xb0,
  slt: 0xc0,
  sle: 0xd0,
} as const

export type Condition = Exclude<keyof typeof JUMP, 'always' | 'call' | 'exit'>

export const SIZE: Readonly<Record<Size, number>> = { u32: 0x00, u16: 0x08, u8: 0x10, u64: 0x18 }

/** Modes of loads and stores. */
export const MODE = { immediate64: 0x00, memory: 0x60, atomic: 0xc0 } as const

/** What the second register of a 64-bit immediate says about it, and of a call: that it leads to a function. */
export const PSEUDO = { value: 0, map: 1, mapValue: 2, function: 1 } as const

/** Operations of atomic stores. */
export const ATOMIC = { add: 0x00, fetch: 0x01, exchange: 0xe1, compareExchange: 0xf1 } as const

/** The wide move: two slots of eight bytes. */
export const LOAD_IMMEDIATE_64 = CLASS.ld | SIZE.u64 | MODE.immediate64

export const INSTRUCTION_BYTES = 8

/** One slot of eight bytes as numbers; `target` is the label of a jump until offsets are known. */
export interface Instruction {
  readonly opcode: number
  readonly destination: number
  readonly source: number
  readonly offset: number
  readonly immediate: number
  readonly target?: number
}

/** A place where a map is named in a finished program. */
export interface MapReference {
  /** Index of the slot whose immediate takes the map's file descriptor. */
  readonly slot: number
  readonly map: string
}

/** A finished program. Maps are named; whoever loads it knows their file descriptors. */
export interface BpfProgram {
  /** Little-endian slots of eight bytes. */
  readonly bytes: Buffer
  readonly maps: readonly MapReference[]
  /** Names of places by slot, for people. */
  readonly labels: ReadonlyMap<number, string>
}

/** Writes one slot as the kernel of a little-endian machine reads it. */
export function writeInstruction(bytes: Buffer, slot: number, instruction: Instruction): void {
  const at = slot * INSTRUCTION_BYTES
  bytes[at] = instruction.opcode
  bytes[at + 1] = instruction.destination | (instruction.source << 4)
  bytes.writeInt16LE(instruction.offset, at + 2)
  bytes.writeInt32LE(instruction.immediate | 0, at + 4)
}

/** The slot as numbers again. */
export function readInstruction(bytes: Buffer, slot: number): Instruction {
  const at = slot * INSTRUCTION_BYTES
  return {
    opcode: bytes[at],
    destination: bytes[at + 1] & 15,
    source: bytes[at + 1] >> 4,
    offset: bytes.readInt16LE(at + 2),
    immediate: bytes.readInt32LE(at + 4),
  }
}
