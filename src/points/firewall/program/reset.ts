import type { PacketSlot, SlotFrame } from '#rules'
import { BPF_HELPER, type BpfAssembler, type Label, type Register, XDP } from '#wire'

/** What has to be read of a packet to answer it with a reset. */
export const RESET_SLOTS: readonly PacketSlot[] = [
  'transport',
  'fragment',
  'ipVersion',
  'ipv4HeaderBytes',
  'nextHeader',
  'vlanTag',
  'tcpFlags',
  'tcpSequence',
  'tcpAcknowledgement',
  'payloadBytes',
]

const TCP = 6
const TCP_BYTES = 20
const ETHERNET_BYTES = 14
const FLAG = { fin: 0x01, syn: 0x02, reset: 0x04, ack: 0x10 } as const
const IPV4_BYTES = 20
/** Data offset of five words, which stands beside the flags. */
const DATA_OFFSET = 0x50
/** Words of 16 bits in network order as a little-endian machine reads them: checksums may be added up in either order. */
const swapped = (word: number): number => ((word & 0xff) << 8) | (word >> 8)

interface Family {
  readonly headerBytes: number
  readonly addressAt: number
  readonly addressBytes: number
}

const IPV4: Family = { headerBytes: IPV4_BYTES, addressAt: 12, addressBytes: 4 }
const IPV6: Family = { headerBytes: 40, addressAt: 8, addressBytes: 16 }

/**
 * Turns the segment into the reset that RFC 9293 (section 3.10.7.1) asks for, and sends it back to where it came from.
 * Jumps to `drop` when it cannot be answered: it is none of TCP, a fragment, a reset itself, or has VLAN tags, options of
 * IPv4 or extension headers of IPv6.
 */
export function emitReset(asm: BpfAssembler, slots: SlotFrame, drop: Label): void {
  const number = (to: Register, slot: PacketSlot): BpfAssembler => asm.load('u32', to, 'r10', slots.offsetOf(slot))
  const ipv6 = asm.label()
  number('r1', 'transport').jump('ne', 'r1', TCP, drop)
  number('r1', 'fragment').jump('ne', 'r1', 0, drop)
  number('r1', 'tcpFlags').jump('set', 'r1', FLAG.reset, drop)
  // Without a payload, be it empty, the data offset is wrong.
  number('r1', 'payloadBytes').jump32('eq', 'r1', -1, drop)
  number('r1', 'vlanTag').jump32('ne', 'r1', -1, drop)
  number('r1', 'ipVersion').jump('ne', 'r1', 4, ipv6)
  number('r1', 'ipv4HeaderBytes').jump('ne', 'r1', IPV4_BYTES, drop)
  emitAnswer(asm, slots, IPV4, drop)
  asm.place(ipv6)
  number('r1', 'nextHeader').jump('ne', 'r1', TCP, drop)
  emitAnswer(asm, slots, IPV6, drop)
}

function emitAnswer(asm: BpfAssembler, slots: SlotFrame, family: Family, drop: Label): void {
  const tcpAt = ETHERNET_BYTES + family.headerBytes
  const sizeBytes = tcpAt + TCP_BYTES
  asm.mov('r1', 'r7').alu('add', 'r1', sizeBytes).jump('gt', 'r1', 'r8', drop)
  emitExchange(asm, 0, 6, undefined)
  // r5 collects the checksum of TCP, which covers the addresses too.
  asm.mov('r5', swapped(TCP) + swapped(TCP_BYTES))
  emitExchange(asm, ETHERNET_BYTES + family.addressAt, family.addressBytes, 'r5')
  if (family === IPV4) emitIpv4Header(asm)
  else emitIpv6Header(asm)
  emitExchange(asm, tcpAt, 2, 'r5')
  emitNumbers(asm, slots, tcpAt)
  asm.store('u32', 'r7', tcpAt + 16, 0)
  emitFold(asm, 'r5', 'r1')
  asm.store('u16', 'r7', tcpAt + 16, 'r5')
  asm.mov('r1', 'r6').mov('r2', 'r7').alu('add', 'r2', sizeBytes).alu('sub', 'r2', 'r8')
  asm.call(BPF_HELPER.xdpAdjustTail).jump('ne', 'r0', 0, drop).mov('r0', XDP.tx).exit()
}

/** Exchanges two neighbouring values of `bytes` each, and adds both to a sum. r1 and r2 are used. */
function emitExchange(asm: BpfAssembler, at: number, bytes: number, sum: Register | undefined): void {
  for (let done = 0; done < bytes;) {
    const size = bytes - done >= 4 ? 'u32' : 'u16'
    asm.load(size, 'r1', 'r7', at + done).load(size, 'r2', 'r7', at + bytes + done)
    asm.store(size, 'r7', at + done, 'r2').store(size, 'r7', at + bytes + done, 'r1')
    if (sum !== undefined) asm.alu('add', sum, 'r1').alu('add', sum, 'r2')
    done += size === 'u32' ? 4 : 2
  }
}

/** Five words, don't fragment, 64 hops. */
const IPV4_WORDS: readonly number[] = [0x4500, IPV4_BYTES + TCP_BYTES, 0, 0x4000, 0x4000 | TCP]

function emitIpv4Header(asm: BpfAssembler): void {
  for (const [index, word] of IPV4_WORDS.entries()) asm.store('u16', 'r7', ETHERNET_BYTES + index * 2, swapped(word))
  asm.mov(
    'r3',
    IPV4_WORDS.reduce((sum, word) => sum + swapped(word), 0),
  )
  for (const at of [12, 16]) asm.load('u32', 'r1', 'r7', ETHERNET_BYTES + at).alu('add', 'r3', 'r1')
  emitFold(asm, 'r3', 'r1')
  asm.store('u16', 'r7', ETHERNET_BYTES + 10, 'r3')
}

function emitIpv6Header(asm: BpfAssembler): void {
  asm.store('u32', 'r7', ETHERNET_BYTES, swapped(0x6000)).store('u16', 'r7', ETHERNET_BYTES + 4, swapped(TCP_BYTES))
  asm.store('u16', 'r7', ETHERNET_BYTES + 6, swapped((TCP << 8) | 64))
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

/** The ones' complement of a sum of words, in 16 bits (RFC 1071). */
function emitFold(asm: BpfAssembler, sum: Register, free: Register): void {
  for (let round = 0; round < 2; round++) asm.mov32(free, sum).alu('rsh', sum, 32).alu('add', sum, free)
  for (let round = 0; round < 3; round++) {
    asm.mov(free, sum).alu('rsh', free, 16).alu('and', sum, 0xffff).alu('add', sum, free)
  }
  asm.alu('xor', sum, 0xffff).alu('and', sum, 0xffff)
}
