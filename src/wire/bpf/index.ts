export { BpfAssembler, type Label } from './assembler.ts'
export { disassemble } from './disassemble.ts'
export { BPF_HELPER, TCX, XDP } from './kernel-function.ts'
export {
  type BpfProgram,
  type Condition,
  INSTRUCTION_BYTES,
  type MapReference,
  type Register,
  type Size,
  type Source,
} from './instruction.ts'
