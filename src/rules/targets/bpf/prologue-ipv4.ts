import type { Label } from '#wire'
import type { PrologueCode } from './prologue-code.ts'

const HEADER_BYTES = 20
const OFFSET_BITS = 0x1fff

/** Reads the IPv4 header at r9; goes on to `next` with the offset of what it carries, when there is something to read. */
export function writeIpv4(code: PrologueCode, next: Label): void {
  const { asm, labels } = code
  code.point(HEADER_BYTES, labels.malformed)
  code.field('r4', 'u8', 0)
  asm.mov('r1', 'r4').alu('rsh', 'r1', 4).jump('ne', 'r1', 4, labels.malformed)
  keepVersion(code, 4)
  code.keepAddress('source', 4, 12)
  code.keepAddress('destination', 4, 16)
  code.keepField('protocol', 'u8', 9)
  code.keepField('ipBytes', 'u16', 2)
  code.keepField('timeToLive', 'u8', 8)
  code.keepField('trafficClass', 'u8', 1)
  code.keepField('ipv4Id', 'u16', 4)
  code.keepField('ipv4Flags', 'u8', 6)
  asm.alu('and', 'r4', 15).alu('lsh', 'r4', 2)
  code.keep('ipv4HeaderBytes', 'r4')
  writeFragment(code)
  writeBounds(code)
  writeOptions(code)
  writeNext(code, next)
}

export function keepVersion(code: PrologueCode, version: 4 | 6): void {
  if (!code.slots.has('ipVersion')) return
  code.asm.mov('r1', version)
  code.forget('r1')
  code.keep('ipVersion', 'r1')
}

/** 0 when all is there, 1 when more follows, 2 behind the beginning. */
function writeFragment(code: PrologueCode): void {
  const { asm, slots } = code
  if (!slots.hasAny('fragment', 'fragmentOffset')) return
  const [known, later] = [asm.label(), asm.label()]
  code.field('r3', 'u16', 6)
  asm.mov('r1', 'r3').alu('and', 'r1', OFFSET_BITS)
  code.keep('fragmentOffset', 'r1')
  asm.jump('ne', 'r1', 0, later).mov('r1', 'r3').alu('rsh', 'r1', 13).alu('and', 'r1', 1).goto(known)
  asm.place(later).mov('r1', 2).place(known)
  code.forget('r1')
  code.keep('fragment', 'r1')
}

/** Leaves in r5 the offset of the packet's end, in r3 how many bytes it has here, in r1 how many it says. */
function writeBounds(code: PrologueCode): void {
  const { asm } = code
  const fits = asm.label()
  code.field('r1', 'u16', 2)
  code.frameBytes('r3')
  asm.alu('sub', 'r3', 'r9').jump('gt', 'r1', 'r3', fits).mov('r3', 'r1').place(fits)
  asm.mov('r5', 'r9').alu('add', 'r5', 'r3')
}

function writeOptions(code: PrologueCode): void {
  const { asm, slots } = code
  if (!slots.hasAny('ipOptionsStart', 'ipOptionsBytes')) return
  const none = asm.label()
  asm.jump('lt', 'r4', HEADER_BYTES, none).jump('gt', 'r4', 'r3', none)
  asm.mov('r2', 'r4').alu('sub', 'r2', HEADER_BYTES)
  code.keep('ipOptionsBytes', 'r2')
  asm.mov('r2', 'r9').alu('add', 'r2', HEADER_BYTES)
  code.keep('ipOptionsStart', 'r2')
  asm.place(none)
}

function writeNext(code: PrologueCode, next: Label): void {
  const { asm, labels, slots } = code
  // A packet that is longer than its frame, or shorter than its header, is none that the kernel delivers.
  asm.jump('gt', 'r1', 'r3', labels.malformed).jump('lt', 'r4', HEADER_BYTES, labels.malformed)
  asm.jump('gt', 'r4', 'r3', labels.malformed)
  if (next === labels.done) {
    asm.goto(next)
    return
  }
  code.load('r1', 'fragment')
  asm.jump('eq', 'r1', 2, labels.done)
  asm.alu('add', 'r9', 'r4')
  if (slots.has('protocol')) code.load('r4', 'protocol')
  asm.goto(next)
}
