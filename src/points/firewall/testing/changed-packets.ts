import { BPF_HELPER, BpfAssembler, type BpfProgram } from '#wire'

/** Offsets in a frame of IPv4 without tags and options. */
export const SOURCE_AT = 26
export const DESTINATION_PORT_AT = 36
const INSTRUCTION_BYTES = 8

/** The same program behind code that writes a random source into the packet. */
export function withRandomSource(program: BpfProgram, bits: number): BpfProgram {
  return behind(program, (asm) => {
    if (bits < 32) {
      asm
        .alu32('and', 'r0', 2 ** bits - 1)
        .load('u32', 'r1', 'r7', SOURCE_AT)
        .swap('r1', 32)
      asm
        .alu32('and', 'r1', -(2 ** bits) | 0)
        .alu32('or', 'r0', 'r1')
        .swap('r0', 32)
    }
    asm.store('u32', 'r7', SOURCE_AT, 'r0')
  })
}

/** Code that changes the packet at r7, with a random number in r0. */
export function behind(program: BpfProgram, change: (asm: BpfAssembler) => void): BpfProgram {
  const asm = new BpfAssembler()
  const short = asm.label()
  asm.mov('r6', 'r1').load('u32', 'r7', 'r6', 0).load('u32', 'r8', 'r6', 4)
  asm
    .mov('r2', 'r7')
    .alu('add', 'r2', DESTINATION_PORT_AT + 2)
    .jump('gt', 'r2', 'r8', short)
  change(asm.call(BPF_HELPER.random))
  asm.place(short).mov('r1', 'r6').exit()
  const prefix = asm.build().bytes
  const head = prefix.subarray(0, prefix.length - INSTRUCTION_BYTES)
  const slots = head.length / INSTRUCTION_BYTES
  return {
    bytes: Buffer.concat([head, program.bytes]),
    maps: program.maps.map(({ slot, map }) => ({ slot: slot + slots, map })),
    labels: new Map(),
  }
}
