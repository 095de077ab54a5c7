import type { PacketSlot, SlotFrame } from '#rules'
import { BPF_HELPER, type BpfAssembler } from '#wire'
import { MAP, type Scratch, VERDICT } from './layout.ts'
import type { Use } from './rule-code.ts'
import type { RuleFunctions } from './rule-functions.ts'
import {
  FLAG,
  IDLE_BITS,
  OUT_BIT,
  PACKED_IDLE_TICKS,
  PACKED_TRANSITIONS,
  SEGMENT,
  STATE,
  STATES,
  TICK_BITS,
  TRANSITION_BITS,
} from './state-machine.ts'
import { STATE_MAP } from './state-maps.ts'

/** What has to be read of a packet to know its connection. */
const STATE_SLOTS: readonly PacketSlot[] = [
  'outOfState',
  'ipVersion',
  'source',
  'destination',
  'sourcePort',
  'destinationPort',
  'tcpFlags',
]

/** The slots that a program reads for `tcp.out_of_state`, if any of its rules asks for it. */
export function slotsOfState(slots: ReadonlySet<PacketSlot>): readonly PacketSlot[] {
  return slots.has('outOfState') ? STATE_SLOTS : []
}

/** What remembers connections writes with. */
export interface StateFrame {
  readonly slots: SlotFrame
  readonly scratch: Scratch
  readonly use: Use
  readonly functions: RuleFunctions
}

/**
 * Remembers TCP connections by what comes in: looks at a segment before the rules are asked, and keeps what it did to its
 * connection when it passes.
 */
export class StateCode {
  readonly #asm: BpfAssembler
  readonly #frame: StateFrame
  /** The state to be kept plus one, or 0. */
  readonly #pendingAt: number

  constructor(asm: BpfAssembler, frame: StateFrame) {
    this.#asm = asm
    this.#frame = frame
    this.#pendingAt = frame.slots.reserve(4)
  }

  /** Fills the slot `outOfState`. Follows the prologue; r0 to r5 are used, and hold nothing afterwards. */
  look(): void {
    const asm = this.#asm
    const { slots, scratch, functions } = this.#frame
    const none = asm.label()
    asm.store('u32', 'r10', this.#pendingAt, 0)
    asm.load('u32', 'r1', 'r10', slots.offsetOf('tcpFlags')).jump32('slt', 'r1', 0, none)
    this.#key()
    this.#tick()
    asm.mov('r3', 'r0').mov('r1', 'r10').alu('add', 'r1', scratch.key)
    asm.load('u32', 'r2', 'r10', slots.offsetOf('tcpFlags'))
    asm.callFunction(functions.written('look at state', (code) => writeLook(code)))
    asm.mov('r1', 'r0').alu('and', 'r1', 1).store('u32', 'r10', slots.offsetOf('outOfState'), 'r1')
    asm.alu('rsh', 'r0', 1).store('u32', 'r10', this.#pendingAt, 'r0')
    // What of a word was written apart, the verifier does not follow.
    asm.load('u8', 'r1', 'r10', this.#pendingAt).store('u8', 'r10', this.#pendingAt, 'r1').place(none)
    for (const register of ['r0', 'r1', 'r2', 'r3', 'r4', 'r5'] as const) asm.mov(register, 0)
  }

  /** The segment proves that its sender opened the connection, whatever came in before. r1 is used. */
  confirm(): void {
    const asm = this.#asm
    for (const [at, value] of [
      [this.#frame.slots.offsetOf('outOfState'), 0],
      [this.#pendingAt, STATE.open + 1],
    ] as const) {
      asm.store('u32', 'r10', at, value).load('u8', 'r1', 'r10', at).store('u8', 'r10', at, 'r1')
    }
  }

  /** The packet passes. r0 to r5 are used. */
  keep(): void {
    const asm = this.#asm
    const { scratch, functions } = this.#frame
    const done = asm.label()
    asm.load('u32', 'r1', 'r10', this.#pendingAt).jump('eq', 'r1', 0, done)
    this.#key()
    this.#tick()
    asm.mov('r3', 'r0').mov('r1', 'r10').alu('add', 'r1', scratch.key)
    asm
      .load('u32', 'r2', 'r10', this.#pendingAt)
      .alu('sub', 'r2', 1)
      .alu('and', 'r2', STATES - 1)
    asm.callFunction(functions.written('keep state', (code) => writeKeep(code))).place(done)
  }

  /** Writes the key of the connection to the scratch. r1 is used. */
  #key(): void {
    const asm = this.#asm
    const { slots, scratch } = this.#frame
    let at: number = scratch.key
    for (const slot of ['source', 'destination'] as const) {
      for (const half of [0, 8]) {
        asm.load('u64', 'r1', 'r10', slots.offsetOf(slot) + half).store('u64', 'r10', at, 'r1')
        at += 8
      }
    }
    for (const slot of ['sourcePort', 'destinationPort'] as const) {
      asm.load('u32', 'r1', 'r10', slots.offsetOf(slot)).store('u16', 'r10', at, 'r1')
      at += 2
    }
    asm.load('u32', 'r1', 'r10', slots.offsetOf('ipVersion')).store('u32', 'r10', at, 'r1')
  }

  /** Leaves the time in r0. A program that is only asked is told the time of the packet. */
  #tick(): void {
    const asm = this.#asm
    if (this.#frame.use === 'filter') asm.call(BPF_HELPER.coarseTime).alu('rsh', 'r0', TICK_BITS)
    else asm.loadMapValue('r1', MAP.verdict, VERDICT.tick).load('u32', 'r0', 'r1')
  }
}

/** Looks up the key at r1 in a map; r0 is the address of what is remembered, or 0. */
function lookup(asm: BpfAssembler, map: string): void {
  asm.loadMap('r1', map).mov('r2', 'r6').call(BPF_HELPER.mapLookup)
}

/** Leaves in r5 what a map keeps of a connection that is in a state at a tick: the state, and when it is forgotten. r2 is used. */
function expiringValue(asm: BpfAssembler, state: 'r4' | 'r7', tick: 'r3' | 'r8'): void {
  const valued = asm.label()
  asm.mov('r5', 0).jump('eq', state, 0, valued)
  asm.mov('r2', state).alu('mul', 'r2', IDLE_BITS).loadImmediate('r5', PACKED_IDLE_TICKS).alu('rsh', 'r5', 'r2')
  asm
    .alu('and', 'r5', (1 << IDLE_BITS) - 1)
    .alu('add', 'r5', tick)
    .alu('lsh', 'r5', 32)
    .alu('or', 'r5', state)
  asm.place(valued)
}

/**
 * Takes the key at r1, TCP flags in r2 and the time in r3; the lowest bit of r0 says that the segment is out of state, and
 * those above it which state is to be kept, plus one, or 0 when everything stays as it is.
 */
function writeLook(asm: BpfAssembler): void {
  const [found, known, expired, none] = [asm.label(), asm.label(), asm.label(), asm.label()]
  const kept = asm.label()
  asm.mov('r6', 'r1').mov('r7', 'r2').mov('r8', 'r3').mov('r9', 0)
  lookup(asm, STATE_MAP.open)
  asm.jump('ne', 'r0', 0, found)
  lookup(asm, STATE_MAP.asked)
  asm.jump('eq', 'r0', 0, known).place(found).load('u64', 'r9', 'r0').place(known)
  asm.mov('r1', STATE.closed).mov('r2', 'r9').alu('rsh', 'r2', 32).jump('lt', 'r2', 'r8', expired)
  asm
    .mov('r1', 'r9')
    .alu('and', 'r1', STATES - 1)
    .place(expired)
  writeKind(asm)
  writeLearning(asm)
  asm.alu('add', 'r3', 'r1').alu('mul', 'r3', TRANSITION_BITS)
  asm.loadImmediate('r0', PACKED_TRANSITIONS).alu('rsh', 'r0', 'r3')
  asm
    .mov('r4', 'r0')
    .alu('and', 'r4', STATES - 1)
    .alu('and', 'r0', OUT_BIT)
    .alu('rsh', 'r0', Math.log2(OUT_BIT))
  asm.jump('ne', 'r4', STATE.closed, kept).jump('eq', 'r1', STATE.closed, none).place(kept)
  expiringValue(asm, 'r4', 'r8')
  asm.jump('eq', 'r5', 'r9', none).alu('add', 'r4', 1).alu('lsh', 'r4', 1).alu('or', 'r0', 'r4').place(none).exit()
}

/** Leaves the kind of the segment with the flags in r7 in r3, as the number of the first of its transitions. */
function writeKind(asm: BpfAssembler): void {
  const done = asm.label()
  asm.mov('r3', SEGMENT.reset * STATES).jump('set', 'r7', FLAG.reset, done)
  asm
    .mov('r3', SEGMENT.opening * STATES)
    .mov('r2', 'r7')
    .alu('and', 'r2', FLAG.syn | FLAG.fin)
  asm.jump('eq', 'r2', FLAG.syn, done)
  asm
    .mov('r3', SEGMENT.bare * STATES)
    .mov('r2', 'r7')
    .alu('and', 'r2', FLAG.ack)
    .jump('eq', 'r2', 0, done)
  asm.mov('r3', SEGMENT.finish * STATES).jump('set', 'r7', FLAG.fin, done)
  asm.mov('r3', SEGMENT.ack * STATES).place(done)
}

/** While connections are learnt, what acknowledges something is a part of one: sets the state in r1. */
function writeLearning(asm: BpfAssembler): void {
  const done = asm.label()
  asm.jump('ne', 'r1', STATE.closed, done).jump('eq', 'r3', SEGMENT.opening * STATES, done)
  asm.mov('r2', 'r7').alu('and', 'r2', FLAG.ack).jump('eq', 'r2', 0, done)
  asm.loadMapValue('r2', STATE_MAP.learning).load('u32', 'r2', 'r2').jump('ge', 'r8', 'r2', done)
  asm.mov('r1', STATE.open).place(done)
}

const VALUE_AT = -8

/** Keeps the state in r2 for the key at r1 at the time r3. A connection that opens moves to those that are open. */
function writeKeep(asm: BpfAssembler): void {
  const [found, opens, end] = [asm.label(), asm.label(), asm.label()]
  asm.mov('r6', 'r1').mov('r7', 'r2')
  expiringValue(asm, 'r7', 'r3')
  asm.mov('r8', 'r5').store('u64', 'r10', VALUE_AT, 'r8')
  lookup(asm, STATE_MAP.open)
  asm.jump('ne', 'r0', 0, found).jump('ge', 'r7', STATE.open, opens)
  lookup(asm, STATE_MAP.asked)
  asm.jump('ne', 'r0', 0, found).jump('eq', 'r7', STATE.closed, end)
  update(asm, STATE_MAP.asked)
  asm.goto(end).place(found).store('u64', 'r0', 0, 'r8').place(end).mov('r0', 0).exit()
  asm.place(opens)
  update(asm, STATE_MAP.open)
  asm.loadMap('r1', STATE_MAP.asked).mov('r2', 'r6').call(BPF_HELPER.mapDelete).mov('r0', 0).exit()
}

function update(asm: BpfAssembler, map: string): void {
  asm.loadMap('r1', map).mov('r2', 'r6').mov('r3', 'r10').alu('add', 'r3', VALUE_AT).mov('r4', 0)
  asm.call(BPF_HELPER.mapUpdate)
}
