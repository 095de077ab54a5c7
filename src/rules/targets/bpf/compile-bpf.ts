import { BpfAssembler, type BpfProgram, XDP } from '#wire'
import type { Expression } from '../../expression.ts'
import { fieldsOf } from '../../tree.ts'
import { checkPacketExpression } from '../packet-check.ts'
import { Refusal, refusable, type TargetRefusal } from '../refusal.ts'
import { slotsOfField } from './loaders.ts'
import { type BpfListMaps, PacketCode } from './packet-code.ts'
import { withNeededSlots } from './prologue.ts'
import { type PacketSlot, SlotFrame } from './slots.ts'

/** Larger expressions would be most of what one program may hold. */
const LEAF_LIMIT = 1024

/**
 * Why a program of the kernel cannot ask an expression; undefined when it can. `PacketCode.test` takes what passed here.
 */
export function checkBpf(expression: Expression): TargetRefusal | undefined {
  const result = refusable(() => {
    const leaves = checkPacketExpression(expression)
    if (leaves > LEAF_LIMIT)
      throw new Refusal('this expression is too large for one program of the kernel', expression.span)
    return undefined
  })
  return result
}

/** The slots that expressions read, and those that the caller reads itself, with what the parser needs to find them. */
export function packetSlots(expressions: readonly Expression[], own: readonly PacketSlot[] = []): Set<PacketSlot> {
  const fields = expressions.flatMap((expression) => [...fieldsOf(expression)])
  return withNeededSlots([...own, ...fields.flatMap(slotsOfField)])
}

/** A program for people and tests: it drops the packets for which the expression is true, and passes all others. */
export interface BpfFilter {
  readonly ok: true
  readonly program: BpfProgram
}

/** Compiles one expression to a whole XDP program. `lists` names the maps of its lists. */
export function compileBpf(expression: Expression, lists: BpfListMaps): BpfFilter | TargetRefusal {
  const refusal = checkBpf(expression)
  if (refusal !== undefined) return refusal
  const asm = new BpfAssembler()
  const code = new PacketCode(asm, new SlotFrame(packetSlots([expression])), lists)
  const [drop, pass] = [asm.label('drop'), asm.label('pass')]
  asm.mov('r6', 'r1')
  code.prologue()
  code.test(expression, drop, pass)
  asm.place(drop).mov('r0', XDP.drop).exit()
  asm.place(pass).mov('r0', XDP.pass).exit()
  return { ok: true, program: asm.build() }
}
