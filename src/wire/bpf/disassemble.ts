import { helperName } from './kernel-function.ts'
import {
  ALU,
  type BpfProgram,
  CLASS,
  FROM_REGISTER,
  type Instruction,
  INSTRUCTION_BYTES,
  JUMP,
  LOAD_IMMEDIATE_64,
  MODE,
  PSEUDO,
  readInstruction,
} from './instruction.ts'

const ALU_SIGNS: Readonly<Record<number, string>> = {
  [ALU.add]: '+=',
  [ALU.sub]: '-=',
  [ALU.mul]: '*=',
  [ALU.div]: '/=',
  [ALU.or]: '|=',
  [ALU.and]: '&=',
  [ALU.lsh]: '<<=',
  [ALU.rsh]: '>>=',
  [ALU.mod]: '%=',
  [ALU.xor]: '^=',
  [ALU.mov]: '=',
  [ALU.arsh]: 's>>=',
}

const JUMP_SIGNS: Readonly<Record<number, string>> = {
  [JUMP.eq]: '==',
  [JUMP.gt]: '>',
  [JUMP.ge]: '>=',
  [JUMP.set]: '&',
  [JUMP.ne]: '!=',
  [JUMP.sgt]: 's>',
  [JUMP.sge]: 's>=',
  [JUMP.lt]: '<',
  [JUMP.le]: '<=',
  [JUMP.slt]: 's<',
  [JUMP.sle]: 's<=',
}

const SIZE_NAMES: Readonly<Record<number, string>> = { 0x00: 'u32', 0x08: 'u16', 0x10: 'u8', 0x18: 'u64' }

/** The program as text for people: one instruction a line with its slot number, in the notation of the kernel's verifier. */
export function disassemble(program: BpfProgram): string {
  const count = program.bytes.length / INSTRUCTION_BYTES
  const instructions = Array.from({ length: count }, (_, slot) => readInstruction(program.bytes, slot))
  const maps = new Map(program.maps.map(({ slot, map }) => [slot, map]))
  const names = labelNames(instructions, program.labels)
  const width = String(count - 1).length
  const lines: string[] = []
  for (let slot = 0; slot < count; slot++) {
    const instruction = instructions[slot]
    const name = names.get(slot)
    if (name !== undefined) lines.push(`${name}:`)
    const isWide = instruction.opcode === LOAD_IMMEDIATE_64
    const text = isWide
      ? wideText(instruction, instructions[slot + 1], maps.get(slot))
      : textOf(instruction, slot, names)
    lines.push(`${String(slot).padStart(width)}  ${text}`)
    if (isWide) slot++
  }
  return lines.join('\n')
}

/** Names of all places that are jumped to: their own, or L and a number. */
function labelNames(
  instructions: readonly Instruction[],
  own: ReadonlyMap<number, string>,
): ReadonlyMap<number, string> {
  const names = new Map<number, string>()
  for (const [slot, instruction] of instructions.entries()) {
    const target = targetOf(instruction, slot)
    if (target !== undefined) names.set(target, own.get(target) ?? `L${target}`)
  }
  return names
}

function targetOf({ opcode, source, offset, immediate }: Instruction, slot: number): number | undefined {
  const group = opcode & 7
  const operation = opcode & 0xf0
  if (group !== CLASS.jmp && group !== CLASS.jmp32) return undefined
  if (operation === JUMP.call && source === PSEUDO.function) return slot + 1 + immediate
  if (operation === JUMP.call || operation === JUMP.exit) return undefined
  return slot + 1 + (opcode === (CLASS.jmp32 | JUMP.always) ? immediate : offset)
}

function wideText(first: Instruction, second: Instruction, map: string | undefined): string {
  const to = `r${first.destination}`
  if (first.source === PSEUDO.map) return `${to} = map ${map ?? first.immediate}`
  if (first.source === PSEUDO.mapValue) return `${to} = map ${map ?? first.immediate} value +${second.immediate}`
  const value = (BigInt(second.immediate >>> 0) << 32n) | BigInt(first.immediate >>> 0)
  return `${to} = 0x${value.toString(16)} ll`
}

function textOf(instruction: Instruction, slot: number, names: ReadonlyMap<number, string>): string {
  switch (instruction.opcode & 7) {
    case CLASS.alu:
    case CLASS.alu64:
      return aluText(instruction)
    case CLASS.jmp:
    case CLASS.jmp32:
      return jumpText(instruction, names.get(targetOf(instruction, slot) ?? -1) ?? '')
    default:
      return memoryText(instruction)
  }
}

function aluText({ opcode, destination, source, immediate }: Instruction): string {
  const operation = opcode & 0xf0
  const letter = (opcode & 7) === CLASS.alu64 ? 'r' : 'w'
  const to = `${letter}${destination}`
  if (operation === ALU.end) return `r${destination} = be${immediate} r${destination}`
  if (operation === ALU.neg) return `${to} = -${to}`
  const from = opcode & FROM_REGISTER ? `${letter}${source}` : String(immediate)
  return `${to} ${ALU_SIGNS[operation]} ${from}`
}

function jumpText({ opcode, destination, source, immediate }: Instruction, target: string): string {
  const operation = opcode & 0xf0
  if (operation === JUMP.exit) return 'exit'
  if (operation === JUMP.call) return `call ${target === '' ? helperName(immediate) : target}`
  if (operation === JUMP.always) return `goto ${target}`
  const letter = (opcode & 7) === CLASS.jmp ? 'r' : 'w'
  const right = opcode & FROM_REGISTER ? `${letter}${source}` : String(immediate)
  return `if ${letter}${destination} ${JUMP_SIGNS[operation]} ${right} goto ${target}`
}

function memoryText({ opcode, destination, source, offset, immediate }: Instruction): string {
  const size = SIZE_NAMES[opcode & 0x18]
  const place = (base: number): string => `*(${size} *)(r${base} ${offset < 0 ? '-' : '+'} ${Math.abs(offset)})`
  switch (opcode & 7) {
    case CLASS.ldx:
      return `r${destination} = ${place(source)}`
    case CLASS.st:
      return `${place(destination)} = ${immediate}`
    default:
      return (opcode & 0xe0) === MODE.atomic
        ? `lock ${place(destination)} += r${source}`
        : `${place(destination)} = r${source}`
  }
}
