import type { PacketSlot, SlotFrame } from '#rules'
import type { BpfAssembler, Label } from '#wire'
import { ANSWER_SLOTS, emitTcpAnswer } from './tcp-answer.ts'

/** What has to be read of a packet to answer it with a reset. */
export const RESET_SLOTS: readonly PacketSlot[] = [
  ...ANSWER_SLOTS,
  'transport',
  'fragment',
  'tcpFlags',
  'tcpAcknowledgement',
  'payloadBytes',
]

const TCP = 6
const TCP_BYTES = 20
const FLAG = { fin: 0x01, syn: 0x02, reset: 0x04, ack: 0x10 } as const
/** Data offset of five words, which stands beside the flags. */
const DATA_OFFSET = 0x50

/**
 * Turns the segment into the reset that RFC 9293 (section 3.10.7.1) asks for, and sends it back to where it came from.
 * Jumps to `drop` when it cannot be answered: it is none of TCP, a fragment, or a reset itself.
 */
export function emitReset(asm: BpfAssembler, slots: SlotFrame, drop: Label): void {
  const number = (slot: PacketSlot): BpfAssembler => asm.load('u32', 'r1', 'r10', slots.offsetOf(slot))
  number('transport').jump('ne', 'r1', TCP, drop)
  number('fragment').jump('ne', 'r1', 0, drop)
  number('tcpFlags').jump('set', 'r1', FLAG.reset, drop)
  // Without a payload, be it empty, the data offset is wrong.
  number('payloadBytes').jump32('eq', 'r1', -1, drop)
  const writeHeader = (tcpAt: number): void => emitNumbers(asm, slots, tcpAt)
  emitTcpAnswer(asm, slots, { headerBytes: TCP_BYTES, writeHeader, drop })
}

/** Sequence number, acknowledgement, flags and window, added to r5. What the segment acknowledges is where we would go on. */
function emitNumbers(asm: BpfAssembler, slots: SlotFrame, tcpAt: number): void {
  const [acknowledged, written, isSyn, isFin] = [asm.label(), asm.label(), asm.label(), asm.label()]
  asm.load('u32', 'r4', 'r10', slots.offsetOf('tcpFlags')).jump('set', 'r4', FLAG.ack, acknowledged)
  asm.load('u64', 'r2', 'r10', slots.offsetOf('tcpSequence'))
  asm.load('u32', 'r1', 'r10', slots.offsetOf('payloadBytes')).alu('add', 'r2', 'r1')
  asm.mov('r1', 'r4').alu('and', 'r1', FLAG.syn).jump('eq', 'r1', 0, isSyn).alu('add', 'r2', 1).place(isSyn)
  asm.mov('r1', 'r4').alu('and', 'r1', FLAG.fin).jump('eq', 'r1', 0, isFin).alu('add', 'r2', 1).place(isFin)
  asm
    .mov('r1', 0)
    .mov('r3', ((FLAG.reset | FLAG.ack) << 8) | DATA_OFFSET)
    .goto(written)
  asm.place(acknowledged).load('u64', 'r1', 'r10', slots.offsetOf('tcpAcknowledgement'))
  asm
    .mov('r2', 0)
    .mov('r3', (FLAG.reset << 8) | DATA_OFFSET)
    .place(written)
  asm.swap('r1', 32).swap('r2', 32)
  asm.store('u32', 'r7', tcpAt + 4, 'r1').store('u32', 'r7', tcpAt + 8, 'r2')
  asm.store('u16', 'r7', tcpAt + 12, 'r3').store('u16', 'r7', tcpAt + 14, 0)
  for (const register of ['r1', 'r2', 'r3'] as const) asm.alu('add', 'r5', register)
}
