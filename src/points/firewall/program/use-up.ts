import { BPF_HELPER, type BpfAssembler, type Label, type Register } from '#wire'
import { LIMIT_ROW, LIMIT_ROW_BITS, LIMIT_ROWS } from './limit-maps.ts'

/** Where the number of the row stands, on a stack of its own. */
const ROW_NUMBER = -4
const TAG_BITS = 64

const [COST, BURST, NOW, TAG]: readonly Register[] = ['r6', 'r7', 'r8', 'r9']

/**
 * Writes the function that uses up r2 nanoseconds of what the key in r1 has, of which it may have r3 in advance at the time
 * r4: r0 is 1 when that is too much. A row keeps the time at which the bucket of each of its keys will be empty again. When
 * a row is full, the key whose bucket is empty first makes room: mostly it is empty already and nothing is lost, and however
 * many sources a flood makes up, those that used up much stay known. Two processors that count the same key at the same
 * moment may count one packet less: a lock would cost all packets more than that is worth.
 */
export function writeUseUp(asm: BpfAssembler): void {
  const [found, count, ahead, over, none] = [asm.label(), asm.label(), asm.label(), asm.label(), asm.label()]
  asm.mov(COST, 'r2').mov(BURST, 'r3').mov(NOW, 'r4').mov(TAG, 'r1')
  asm.alu('rsh', 'r1', TAG_BITS - LIMIT_ROW_BITS).store('u32', 'r10', ROW_NUMBER, 'r1')
  asm.loadMap('r1', LIMIT_ROWS).mov('r2', 'r10').alu('add', 'r2', ROW_NUMBER).call(BPF_HELPER.mapLookup)
  asm.jump('eq', 'r0', 0, none)
  emitFind(asm, found)
  emitFirstEmpty(asm)
  asm.jump('gt', COST, BURST, over).store('u64', 'r2', LIMIT_ROW.tag, TAG).mov('r1', NOW).goto(count)
  asm.place(found).load('u64', 'r1', 'r2', LIMIT_ROW.emptyAt)
  asm.place(count).jump('ge', 'r1', NOW, ahead).mov('r1', NOW).place(ahead).alu('add', 'r1', COST)
  asm.mov('r3', 'r1').alu('sub', 'r3', NOW).jump('gt', 'r3', BURST, over).store('u64', 'r2', LIMIT_ROW.emptyAt, 'r1')
  asm.place(none).mov('r0', 0).exit()
  asm.place(over).mov('r0', 1).exit()
}

/** Goes to `found` with the address of the key in r2 when the row at r0 has it. */
function emitFind(asm: BpfAssembler, found: Label): void {
  asm.mov('r2', 'r0')
  for (let key = 0; key < LIMIT_ROW.keys; key++) {
    if (key > 0) asm.alu('add', 'r2', LIMIT_ROW.keyBytes)
    asm.load('u64', 'r1', 'r2', LIMIT_ROW.tag).jump('eq', 'r1', TAG, found)
  }
}

/** Leaves the address of the key of the row at r0 in r2 whose bucket is empty first. */
function emitFirstEmpty(asm: BpfAssembler): void {
  asm.mov('r2', 'r0').load('u64', 'r1', 'r0', LIMIT_ROW.emptyAt)
  for (let key = 1; key < LIMIT_ROW.keys; key++) {
    const later = asm.label()
    const at = key * LIMIT_ROW.keyBytes
    asm.load('u64', 'r3', 'r0', at + LIMIT_ROW.emptyAt).jump('ge', 'r3', 'r1', later)
    asm.mov('r1', 'r3').mov('r2', 'r0').alu('add', 'r2', at).place(later)
  }
}
