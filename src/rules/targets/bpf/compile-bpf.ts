import { BpfAssembler, type BpfProgram, XDP } from '#wire'
import type { Expression } from '../../expression.ts'
import { type Node, walk } from '../../tree.ts'
import { asAddressLists } from '../address-facts.ts'
import { checkPacketExpression } from '../packet-check.ts'
import { asksForHook, NO_HOOK, withoutHooks } from '../packet-hook.ts'
import { packetFieldOf } from '../packet-fields.ts'
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
    const own = asAddressLists(withoutHooks(expression)).expression
    walk(own, refuseUnreadable)
    const leaves = checkPacketExpression(own)
    if (leaves > LEAF_LIMIT)
      throw new Refusal('this expression is too large for one program of the kernel', expression.span)
    return undefined
  })
  return result
}

/** @throws Refusal for a field that only other programs of the kernel read */
function refuseUnreadable(node: Node): void {
  const reason = node.kind === 'Field' ? packetFieldOf(node.name)?.notInBpf : undefined
  if (reason !== undefined) throw new Refusal(reason, node.span)
}

/** @throws Refusal for a field that one expression alone cannot answer */
function refuseSurroundings(expression: Expression): void {
  if (asksForHook(expression)) throw new Refusal(NO_HOOK, expression.span)
  walk(expression, refuseState)
}

function refuseState(node: Node): void {
  if (node.kind !== 'Field' || !slotsOfField(node.name).includes('outOfState')) return
  throw new Refusal('only the firewall remembers connections: trace packets with rules in force', node.span)
}

/** The slots that expressions read, and those that the caller reads itself, with what the parser needs to find them. */
export function packetSlots(expressions: readonly Expression[], own: readonly PacketSlot[] = []): Set<PacketSlot> {
  const fields = new Set<string>()
  for (const expression of expressions) {
    walk(expression, (node) => {
      if (node.kind === 'Field') fields.add(node.name)
    })
  }
  return withNeededSlots([...own, ...[...fields].flatMap(slotsOfField)])
}

/** A program for people and tests: it drops the packets for which the expression is true, and passes all others. */
export interface BpfFilter {
  readonly ok: true
  readonly program: BpfProgram
}

/** Compiles one expression to a whole XDP program. `lists` names the maps of its lists. */
export function compileBpf(expression: Expression, lists: BpfListMaps): BpfFilter | TargetRefusal {
  const refusal = checkBpf(expression) ?? refusable(() => refuseSurroundings(expression))
  if (refusal !== undefined) return refusal
  const own = asAddressLists(expression).expression
  const asm = new BpfAssembler()
  const code = new PacketCode(asm, new SlotFrame(packetSlots([own])), lists)
  const [drop, pass] = [asm.label('drop'), asm.label('pass')]
  asm.mov('r6', 'r1')
  code.prologue()
  code.test(own, drop, pass)
  asm.place(drop).mov('r0', XDP.drop).exit()
  asm.place(pass).mov('r0', XDP.pass).exit()
  return { ok: true, program: asm.build() }
}
