import { type PacketSource, writeFrameBytes, writeWireBytes } from '#rules'
import { BPF_HELPER, type BpfAssembler, type Label } from '#wire'
import {
  COUNTER,
  FIRST_SAMPLES,
  MAP,
  SAMPLE,
  SAMPLE_BYTES,
  SAMPLE_HEAD_BYTES,
  SETTING,
  SPREAD,
  type Scratch,
} from './layout.ts'

const NO_WAKE_UP = 1

/**
 * Counts the packet for the slot that stands on the stack, and leaves the address of the counters in r0. Jumps to `missing`
 * when there is no such slot, which the verifier wants to hear.
 */
export function emitCount(asm: BpfAssembler, scratch: Scratch, missing: Label, source: PacketSource): void {
  asm.loadMap('r1', MAP.counters).mov('r2', 'r10').alu('add', 'r2', scratch.slot).call(BPF_HELPER.mapLookup)
  asm.jump('eq', 'r0', 0, missing)
  asm.load('u64', 'r1', 'r0', COUNTER.packets).alu('add', 'r1', 1).store('u64', 'r0', COUNTER.packets, 'r1')
  writeWireBytes(asm, source, 'r3', 'r4')
  asm.load('u64', 'r2', 'r0', COUNTER.bytes).alu('add', 'r2', 'r3').store('u64', 'r0', COUNTER.bytes, 'r2')
}

/** Counts the packet as one above the rate of the limit whose slot stands on the stack. */
export function emitOver(asm: BpfAssembler, scratch: Scratch): void {
  const missing = asm.label()
  asm.loadMap('r1', MAP.counters).mov('r2', 'r10').alu('add', 'r2', scratch.slot).call(BPF_HELPER.mapLookup)
  asm.jump('eq', 'r0', 0, missing).load('u64', 'r1', 'r0', COUNTER.over).alu('add', 'r1', 1)
  asm.store('u64', 'r0', COUNTER.over, 'r1').place(missing)
}

/**
 * Puts a sample of the packet into the ring buffer: of the first ones of its slot, and of one in so many after them, at
 * uneven distances, so that flows that take turns are all seen. Follows `emitCount`. Uses no register that the code of
 * expressions keeps values in.
 */
export function emitSample(asm: BpfAssembler, scratch: Scratch, isDropped: boolean, source: PacketSource): void {
  const sample = asm.label()
  const done = asm.label()
  asm.mov('r3', 1).jump('le', 'r1', FIRST_SAMPLES, sample)
  asm.loadMapValue('r2', MAP.settings, isDropped ? SETTING.droppedMost : SETTING.passedMost)
  asm
    .load('u32', 'r2', 'r2')
    .alu32('mul', 'r1', SPREAD | 0)
    .jump('gt', 'r1', 'r2', done)
  asm.mov('r3', 1).alu('lsh', 'r3', 32).alu('add', 'r2', 1).alu('div', 'r3', 'r2')
  asm.place(sample).store('u32', 'r10', scratch.weight, 'r3').store('u64', 'r10', scratch.saved, 'r9')
  emitRecord(asm, scratch, isDropped, source)
  asm.load('u64', 'r9', 'r10', scratch.saved).place(done)
}

function emitRecord(asm: BpfAssembler, scratch: Scratch, isDropped: boolean, source: PacketSource): void {
  const full = asm.label()
  const submit = asm.label()
  const isShort = asm.label()
  asm.loadMap('r1', MAP.samples).mov('r2', SAMPLE_BYTES).mov('r3', 0).call(BPF_HELPER.ringBufferReserve)
  asm.jump('eq', 'r0', 0, full).mov('r9', 'r0')
  asm.call(BPF_HELPER.coarseTime).store('u64', 'r9', SAMPLE.timeNanoseconds, 'r0')
  asm.load('u32', 'r1', 'r10', scratch.slot).store('u32', 'r9', SAMPLE.slot, 'r1')
  asm.load('u32', 'r1', 'r6', source.interfaceAt).store('u32', 'r9', SAMPLE.interfaceIndex, 'r1')
  asm.load('u32', 'r1', 'r10', scratch.weight).store('u32', 'r9', SAMPLE.weight, 'r1')
  asm.store('u16', 'r9', SAMPLE.isDropped, isDropped ? 1 : 0)
  asm.store('u16', 'r9', SAMPLE.isOutgoing, source.direction === 'out' ? 1 : 0)
  emitTag(asm, source)
  writeWireBytes(asm, source, 'r4', 'r1')
  asm.store('u32', 'r9', SAMPLE.frameBytes, 'r4')
  writeFrameBytes(asm, source, 'r4')
  asm.jump('lt', 'r4', 1, submit)
  asm.jump('le', 'r4', SAMPLE_HEAD_BYTES, isShort).mov('r4', SAMPLE_HEAD_BYTES).place(isShort)
  asm.mov('r1', 'r6').mov('r2', 0).mov('r3', 'r9').alu('add', 'r3', SAMPLE.head).call(source.loadBytes)
  asm.place(submit).mov('r1', 'r9').mov('r2', NO_WAKE_UP).call(BPF_HELPER.ringBufferSubmit).place(full)
}

/** Writes down the VLAN tag that stands beside the packet. r1 is used. */
function emitTag(asm: BpfAssembler, { buffer }: PacketSource): void {
  const done = asm.label()
  asm.store('u32', 'r9', SAMPLE.tag, 0)
  if (buffer !== undefined) {
    asm.load('u32', 'r1', 'r6', buffer.hasTagAt).jump('eq', 'r1', 0, done)
    asm.load('u32', 'r1', 'r6', buffer.tagAt).store('u16', 'r9', SAMPLE.tag, 'r1')
    asm.load('u32', 'r1', 'r6', buffer.tagTypeAt).store('u16', 'r9', SAMPLE.tagType, 'r1')
  }
  asm.place(done)
}
