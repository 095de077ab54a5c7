import type { PrologueCode } from './prologue-code.ts'
import type { PacketSlot } from './slots.ts'

const HEADER_BYTES = 20
/** Of at most 40 bytes the last begins no option. */
const STEP_LIMIT = 39
const NO_OPERATION = 1
const END = 0

/** An option that is looked for: the shortest length that it may have, and what is kept of it. */
interface Option {
  readonly kind: number
  readonly sizeBytes: number
  readonly values: readonly (readonly [slot: PacketSlot, size: 'u8' | 'u16' | 'u32', offset: number])[]
  /** A slot that is 1 when the option is there, 0 when it is not. */
  readonly flag?: PacketSlot
}

const OPTIONS: readonly Option[] = [
  { kind: 2, sizeBytes: 4, values: [['tcpMaximumSegment', 'u16', 2]] },
  { kind: 3, sizeBytes: 3, values: [['tcpWindowScale', 'u8', 2]] },
  { kind: 4, sizeBytes: 2, values: [], flag: 'tcpSackPermitted' },
  {
    kind: 8,
    sizeBytes: 10,
    values: [
      ['tcpTimestampValue', 'u32', 2],
      ['tcpTimestampEcho', 'u32', 6],
    ],
    flag: 'tcpTimestamp',
  },
]

function slotsOf({ values, flag }: Option): PacketSlot[] {
  return [...values.map(([slot]) => slot), ...(flag === undefined ? [] : [flag])]
}

/**
 * Reads the options of the TCP header at r9, whose end is at r4, in a packet that ends at r5. They are searched as
 * nftables does, see `findTcpOption` of the wire floor: the first option of a kind decides.
 */
export function writeTcpOptions(code: PrologueCode): void {
  const { asm, labels, slots } = code
  const wanted = OPTIONS.filter((option) => slots.hasAny(...slotsOf(option)))
  const needsCheck = slots.has('malformed')
  if (wanted.length === 0 && !needsCheck && !slots.hasAny('tcpOptionsStart', 'tcpOptionsBytes')) return
  // Not whole: nothing is known of the options.
  code.frameBytes('r1')
  asm.jump('gt', 'r4', 'r1', labels.done)
  code.reach('r4')
  asm.alu('add', 'r9', HEADER_BYTES).mov('r1', 'r4').alu('sub', 'r1', 'r9')
  code.keep('tcpOptionsStart', 'r9')
  code.keep('tcpOptionsBytes', 'r1')
  for (const { flag } of wanted) if (flag !== undefined) code.keepZero(flag)
  if (needsCheck) writeCheck(code)
  if (wanted.length > 0) writeSearch(code, wanted)
}

/**
 * r9 is the option at hand, r4 the end. First the place of each kind is written down, then the wanted ones are read: the
 * verifier follows each round by itself, and must not have to tell apart what the rounds before found.
 */
function writeSearch(code: PrologueCode, wanted: readonly Option[]): void {
  const { asm, slots } = code
  const scratch = { steps: slots.reserve(8), start: slots.reserve(8) }
  const places = slots.reserve(KINDS * PLACE_BYTES)
  const [step, single, sized, next, end] = [asm.label('tcp-option'), asm.label(), asm.label(), asm.label(), asm.label()]
  asm.store('u64', 'r10', scratch.steps, 0).store('u64', 'r10', scratch.start, 'r9')
  code.zero('r1')
  for (let at = 0; at < KINDS * PLACE_BYTES; at += 8) asm.store('u64', 'r10', places + at, 'r1')
  asm.place(step)
  asm.load('u64', 'r1', 'r10', scratch.steps).jump('ge', 'r1', STEP_LIMIT, end)
  asm.alu('add', 'r1', 1).store('u64', 'r10', scratch.steps, 'r1')
  // Differences are compared, not positions: what a comparison says about r4 the verifier would follow path by path.
  asm.mov('r1', 'r9').alu('add', 'r1', 1).alu('sub', 'r1', 'r4').jump('sge', 'r1', 0, end)
  code.point(2, end)
  // r1 is its length.
  asm.load('u8', 'r3', 'r2').load('u8', 'r1', 'r2', 1)
  asm.jump('le', 'r3', NO_OPERATION, single).jump('ne', 'r1', 0, sized)
  asm.place(single).mov('r1', 1).place(sized)
  asm.jump('ge', 'r3', KINDS, next).alu('lsh', 'r3', 2).mov('r2', 'r10').alu('add', 'r2', 'r3')
  asm.load('u32', 'r3', 'r2', places).jump('ne', 'r3', 0, next).store('u32', 'r2', places, 'r9').place(next)
  code.forget('r1')
  asm.alu('and', 'r1', 0xff).alu('add', 'r9', 'r1')
  code.forget('r9')
  code.bound('r9')
  asm.goto(step).place(end)
  for (const option of wanted) writeOption(code, option, places + option.kind * PLACE_BYTES)
  asm.load('u64', 'r9', 'r10', scratch.start)
}

/** Places of options are kept by kind, as far as any is wanted. */
const KINDS = 10
const PLACE_BYTES = 4

/** Keeps the first option of a kind, when there is one and it is whole. */
function writeOption(code: PrologueCode, option: Option, at: number): void {
  const { asm } = code
  const none = asm.label()
  asm.load('u32', 'r9', 'r10', at).jump('eq', 'r9', 0, none)
  code.point(option.sizeBytes, none)
  asm.load('u8', 'r1', 'r2', 1).jump('lt', 'r1', option.sizeBytes, none)
  asm.mov('r3', 'r9').alu('add', 'r3', 'r1').alu('sub', 'r3', 'r4').jump('sgt', 'r3', 0, none)
  for (const [slot, size, offset] of option.values) {
    if (!code.slots.has(slot)) continue
    code.field('r1', size, offset)
    code.forget('r1')
    code.keep(slot, 'r1')
  }
  if (option.flag !== undefined && code.slots.has(option.flag)) {
    asm.mov('r1', 1)
    code.forget('r1')
    code.keep(option.flag, 'r1')
  }
  asm.place(none)
}

/**
 * Notes an option whose length cannot be; what stands behind the end mark does not count, and nothing does of a header
 * that reaches beyond its packet. r9 is the first option, r4 the end.
 */
function writeCheck(code: PrologueCode): void {
  const { asm, slots } = code
  const [steps, start] = [slots.reserve(8), slots.reserve(8)]
  const [step, single, next, broken, checked] = [asm.label(), asm.label(), asm.label(), asm.label(), asm.label()]
  asm.store('u64', 'r10', start, 'r9').store('u64', 'r10', steps, 0)
  asm.mov('r1', 'r4').alu('sub', 'r1', 'r5').jump('sgt', 'r1', 0, checked)
  asm.place(step)
  asm.mov('r1', 'r9').alu('sub', 'r1', 'r4').jump('sge', 'r1', 0, checked)
  asm.load('u64', 'r1', 'r10', steps).jump('gt', 'r1', STEP_LIMIT, checked)
  asm.alu('add', 'r1', 1).store('u64', 'r10', steps, 'r1')
  code.point(1, checked)
  asm.load('u8', 'r1', 'r2').jump('eq', 'r1', END, checked).jump('eq', 'r1', NO_OPERATION, single)
  asm.mov('r1', 'r9').alu('add', 'r1', 1).alu('sub', 'r1', 'r4').jump('sge', 'r1', 0, broken)
  code.point(2, broken)
  asm.load('u8', 'r1', 'r2', 1).jump('lt', 'r1', 2, broken)
  asm.mov('r3', 'r9').alu('add', 'r3', 'r1').alu('sub', 'r3', 'r4').jump('sgt', 'r3', 0, broken).goto(next)
  asm.place(single).mov('r1', 1)
  code.forget('r1')
  asm.place(next).alu('and', 'r1', 0xff).alu('add', 'r9', 'r1')
  code.forget('r9')
  code.bound('r9')
  asm.goto(step).place(broken)
  code.noteMalformed()
  asm.place(checked).load('u64', 'r9', 'r10', start)
  code.forget('r9')
  code.bound('r9')
}
