import type { PacketSlot, SlotFrame } from '#rules'
import { BPF_HELPER, type BpfAssembler, type Label } from '#wire'
import type { PlannedMap } from './planned-map.ts'
import { FLAG } from './state-machine.ts'
import { ANSWER_SLOTS, emitTcpAnswer, swapped } from './tcp-answer.ts'

/** What has to be read of a packet to answer it with a SYN cookie, or to know that it follows one. */
export const SYN_SLOTS: readonly PacketSlot[] = [
  ...ANSWER_SLOTS,
  'fragment',
  'tcpFlags',
  'tcpAcknowledgement',
  'tcpMaximumSegment',
]

/** What the function of `writeSynCookie` says; anything above is a cookie, with the segment size above its 32 bits. */
export const COOKIE = { goesOn: 0, invalid: 1, valid: 2 } as const

/** Where the kernel's functions find what they ask for: the ends of a connection, the headers of IP and TCP. */
const HEADERS = { tuple: 0, ip: 40, tcp: 80, bytes: 104 } as const
const HEADERS_MAP = 'syn headers'
const TCP_BYTES = 24
const LOWER_HALF = 8
/** Data offset of six words. */
const DATA_OFFSET = 0x60
/** Option of two bytes with its kind and length (RFC 9293 section 3.2), or nothing in its place. */
const SEGMENT_SIZE_OPTION = 0x0402
const NO_OPTION = 0x0101_0101
const THIS_NETWORK = -1
const NO_ENTRY = -2

/** For each processor, since the stack has no room. */
export const SYN_MAPS: readonly PlannedMap[] = [
  { spec: { name: HEADERS_MAP, kind: 'perCpuArray', keyBytes: 4, valueBytes: HEADERS.bytes, entries: 1 } },
]

/** Goes to `no` unless the packet is a SYN that opens a connection. r1 is used. */
export function emitIsOpening(asm: BpfAssembler, slots: SlotFrame, no: Label): void {
  emitWhole(asm, slots, no)
  asm.alu('and', 'r1', FLAG.syn | FLAG.ack | FLAG.fin | FLAG.reset).jump('ne', 'r1', FLAG.syn, no)
}

/** Goes to `no` unless the packet opens a connection, or acknowledges something. r1 and r2 are used. */
export function emitIsAsked(asm: BpfAssembler, slots: SlotFrame, no: Label): void {
  const yes = asm.label()
  emitWhole(asm, slots, no)
  asm
    .mov('r2', 'r1')
    .alu('and', 'r2', FLAG.syn | FLAG.ack | FLAG.fin | FLAG.reset)
    .jump('eq', 'r2', FLAG.syn, yes)
  asm
    .alu('and', 'r1', FLAG.syn | FLAG.ack | FLAG.reset)
    .jump('ne', 'r1', FLAG.ack, no)
    .place(yes)
}

/** Leaves the flags of a segment that is in one piece in r1. */
function emitWhole(asm: BpfAssembler, slots: SlotFrame, no: Label): void {
  asm.load('u32', 'r1', 'r10', slots.offsetOf('fragment')).jump('ne', 'r1', 0, no)
  asm.load('u32', 'r1', 'r10', slots.offsetOf('tcpFlags')).jump32('slt', 'r1', 0, no)
}

/**
 * A function of the program that is given the context in r1 and the caller's stack in r2. For a SYN to a program that
 * listens here r0 is the cookie that the kernel makes; for an acknowledgement, whether it follows one. What is for nobody
 * here, or for a connection that is open, goes on.
 */
export function writeSynCookie(asm: BpfAssembler, slots: SlotFrame): void {
  const [ipv6, goesOn] = [asm.label(), asm.label()]
  asm.mov('r6', 'r1').mov('r7', 'r2').store('u32', 'r10', -4, 0)
  asm.loadMap('r1', HEADERS_MAP).mov('r2', 'r10').alu('add', 'r2', -4).call(BPF_HELPER.mapLookup)
  asm.jump('eq', 'r0', 0, goesOn).mov('r9', 'r0')
  writeTcpHeader(asm, slots)
  asm.load('u32', 'r1', 'r7', slots.offsetOf('ipVersion')).jump('ne', 'r1', 4, ipv6)
  writeIpv4(asm, slots)
  writeQuestion(asm, slots, { tupleBytes: 12, ipBytes: 20, goesOn })
  asm.place(ipv6)
  writeIpv6(asm, slots)
  writeQuestion(asm, slots, { tupleBytes: 36, ipBytes: 40, goesOn })
  asm.place(goesOn).mov('r0', COOKIE.goesOn).exit()
}

function writeTcpHeader(asm: BpfAssembler, slots: SlotFrame): void {
  const unsized = asm.label()
  writePorts(asm, slots, HEADERS.tcp)
  for (const [slot, at] of [
    ['tcpSequence', HEADERS.tcp + 4],
    ['tcpAcknowledgement', HEADERS.tcp + 8],
  ] as const) {
    asm.load('u64', 'r1', 'r7', slots.offsetOf(slot)).swap('r1', 32).store('u32', 'r9', at, 'r1')
  }
  asm.load('u32', 'r1', 'r7', slots.offsetOf('tcpFlags')).alu('and', 'r1', 0xff).alu('lsh', 'r1', 8)
  asm.alu('or', 'r1', DATA_OFFSET).store('u32', 'r9', HEADERS.tcp + 12, 'r1')
  asm.store('u32', 'r9', HEADERS.tcp + 16, 0).store('u32', 'r9', HEADERS.tcp + 20, NO_OPTION)
  asm.load('u32', 'r1', 'r7', slots.offsetOf('tcpMaximumSegment')).jump32('slt', 'r1', 0, unsized)
  writeSegmentSize(asm)
  asm.store('u32', 'r9', HEADERS.tcp + 20, 'r1').place(unsized)
}

/** Turns a segment size in r1 into the option that says it. */
function writeSegmentSize(asm: BpfAssembler): void {
  asm.swap('r1', 16).alu('lsh', 'r1', 16).alu('or', 'r1', SEGMENT_SIZE_OPTION)
}

function writePorts(asm: BpfAssembler, slots: SlotFrame, at: number): void {
  asm.load('u32', 'r1', 'r7', slots.offsetOf('sourcePort')).swap('r1', 16).store('u16', 'r9', at, 'r1')
  asm
    .load('u32', 'r1', 'r7', slots.offsetOf('destinationPort'))
    .swap('r1', 16)
    .store('u16', 'r9', at + 2, 'r1')
}

function writeIpv4(asm: BpfAssembler, slots: SlotFrame): void {
  asm.store('u8', 'r9', HEADERS.ip, 0x45)
  for (const [slot, ipAt, tupleAt] of [
    ['source', 12, 0],
    ['destination', 16, 4],
  ] as const) {
    asm.load('u32', 'r1', 'r7', slots.offsetOf(slot) + LOWER_HALF).swap('r1', 32)
    asm.store('u32', 'r9', HEADERS.ip + ipAt, 'r1').store('u32', 'r9', HEADERS.tuple + tupleAt, 'r1')
  }
  writePorts(asm, slots, HEADERS.tuple + 8)
}

function writeIpv6(asm: BpfAssembler, slots: SlotFrame): void {
  asm.store('u8', 'r9', HEADERS.ip, 0x60)
  for (const [slot, ipAt, tupleAt] of [
    ['source', 8, 0],
    ['destination', 24, 16],
  ] as const) {
    for (const half of [0, LOWER_HALF]) {
      asm.load('u64', 'r1', 'r7', slots.offsetOf(slot) + half).swap('r1', 64)
      asm.store('u64', 'r9', HEADERS.ip + ipAt + half, 'r1').store('u64', 'r9', HEADERS.tuple + tupleAt + half, 'r1')
    }
  }
  writePorts(asm, slots, HEADERS.tuple + 32)
}

interface Question {
  readonly tupleBytes: number
  readonly ipBytes: number
  readonly goesOn: Label
}

function writeQuestion(asm: BpfAssembler, slots: SlotFrame, { tupleBytes, ipBytes, goesOn }: Question): void {
  const [check, ends] = [asm.label(), asm.label()]
  asm.mov('r1', 'r6').mov('r2', 'r9').mov('r3', tupleBytes).mov('r4', THIS_NETWORK).mov('r5', 0)
  asm.call(BPF_HELPER.findTcpSocket).jump('eq', 'r0', 0, goesOn).mov('r8', 'r0')
  asm.load('u32', 'r1', 'r7', slots.offsetOf('tcpFlags')).jump('set', 'r1', FLAG.ack, check)
  writeAsk(asm, BPF_HELPER.makeSynCookie, ipBytes)
  // Nobody listens, no cookies are wanted, or too many connections wait to be taken: the stack knows what to do.
  asm.jump('sle', 'r9', 0, goesOn).mov('r0', 'r9').exit().place(check)
  writeAsk(asm, BPF_HELPER.checkSynCookie, ipBytes)
  asm.mov('r0', COOKIE.valid).jump('eq', 'r9', 0, ends)
  asm.mov('r0', COOKIE.invalid).jump('eq', 'r9', NO_ENTRY, ends).mov('r0', COOKIE.goesOn).place(ends).exit()
}

/** Asks about the socket in r8, and gives it back; the answer is in r9. */
function writeAsk(asm: BpfAssembler, helper: number, ipBytes: number): void {
  asm.mov('r1', 'r8').mov('r2', 'r9').alu('add', 'r2', HEADERS.ip).mov('r3', ipBytes)
  asm.mov('r4', 'r9').alu('add', 'r4', HEADERS.tcp).mov('r5', TCP_BYTES).call(helper)
  asm.mov('r9', 'r0').mov('r1', 'r8').call(BPF_HELPER.releaseSocket)
}

/** What a server in an Ethernet of 1,500 bytes takes. */
const SEGMENT_MOST = { 4: 1460, 6: 1440 } as const
/** Without an option to scale it; what Linux offers. */
const WINDOW = 64_240

/** Answers the SYN with the cookie in r9, and ends the program; goes to `drop` when the answer cannot be sent. */
export function emitSynAnswer(asm: BpfAssembler, slots: SlotFrame, drop: Label): void {
  emitTcpAnswer(asm, slots, {
    headerBytes: TCP_BYTES,
    drop,
    writeHeader: (tcpAt, ipVersion) => {
      const small = asm.label()
      asm
        .mov32('r1', 'r9')
        .swap('r1', 32)
        .store('u32', 'r7', tcpAt + 4, 'r1')
        .alu('add', 'r5', 'r1')
      asm.load('u64', 'r1', 'r10', slots.offsetOf('tcpSequence')).alu('add', 'r1', 1).swap('r1', 32)
      asm.store('u32', 'r7', tcpAt + 8, 'r1').alu('add', 'r5', 'r1')
      const flags = ((FLAG.syn | FLAG.ack) << 8) | DATA_OFFSET
      asm.store('u16', 'r7', tcpAt + 12, flags).store('u16', 'r7', tcpAt + 14, swapped(WINDOW))
      asm.alu('add', 'r5', flags + swapped(WINDOW))
      asm.mov('r1', 'r9').alu('rsh', 'r1', 32).jump('le', 'r1', SEGMENT_MOST[ipVersion], small)
      asm.mov('r1', SEGMENT_MOST[ipVersion]).place(small)
      writeSegmentSize(asm)
      asm
        .store('u32', 'r7', tcpAt + 20, 'r1')
        .mov32('r1', 'r1')
        .alu('add', 'r5', 'r1')
    },
  })
}
