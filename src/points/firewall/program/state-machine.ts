/** What is known of a connection of which only one direction is seen, as maps hold it. `closed` is the same as unknown. */
export const STATE = { closed: 0, new: 1, open: 2, closing: 3 } as const

export type ConnectionState = (typeof STATE)[keyof typeof STATE]

/** Kinds of segments by their flags. `bare` are those without ACK, which open nothing. */
export const SEGMENT = { opening: 0, reset: 1, bare: 2, finish: 3, ack: 4 } as const

type SegmentKind = keyof typeof SEGMENT

export const FLAG = { fin: 0x01, syn: 0x02, reset: 0x04, ack: 0x10 } as const

/** What a segment does: the state that it leads to, and whether it belongs to no connection. */
interface Transition {
  readonly next: ConnectionState
  readonly isOut: boolean
}

const to = (next: keyof typeof STATE, isOut: boolean = false): Transition => ({ next: STATE[next], isOut })
const OUT = to('closed', true)

/** By the kind of the segment, then by the state before it in the order of `STATE`. */
const TRANSITIONS: Readonly<Record<SegmentKind, readonly [Transition, Transition, Transition, Transition]>> = {
  // Who opens an open connection again changes nothing: its sender may be forged.
  opening: [to('new'), to('new'), to('open'), to('new')],
  reset: [OUT, to('closed'), to('closed'), to('closed')],
  bare: [OUT, to('new'), to('open'), to('closing')],
  finish: [OUT, to('closing'), to('closing'), to('closing')],
  ack: [OUT, to('open'), to('open'), to('closing')],
}

/** Times are counted in units of 2^30 nanoseconds, so that the kernel need not divide: some 1.07 seconds. */
export const TICK_BITS = 30
const TICKS_MOST = 0xfffe_ffff
const NANOSECONDS = 1_000_000_000

const ticksOf = (seconds: number): number => Math.ceil((seconds * NANOSECONDS) / 2 ** TICK_BITS)

/** How long a connection is remembered that says nothing, in ticks, by its state. */
const IDLE_TICKS: readonly number[] = [0, ticksOf(30), ticksOf(3600), ticksOf(60)]

/** Connections that began before anybody looked are learnt for so long. */
export const LEARNING_TICKS = ticksOf(60)

/** A time in ticks, in 32 bits with room for idle times whatever a capture says. */
export function tickOf(seconds: number, nanoseconds: number): number {
  const tick = Math.floor(seconds * (NANOSECONDS / 2 ** TICK_BITS) + nanoseconds / 2 ** TICK_BITS)
  return Math.min(Math.max(tick, 0), TICKS_MOST)
}

export const TRANSITION_BITS = 3
export const STATES = 4
export const IDLE_BITS = 16
export const OUT_BIT = 4

/** All transitions in one number, as the kernel's program holds them: three bits each, of which the last says `isOut`. */
export const PACKED_TRANSITIONS = Object.entries(TRANSITIONS).reduce((packed, [kind, row]) => {
  const at = SEGMENT[kind as SegmentKind] * STATES
  return row.reduce((sum, { next, isOut }, state) => {
    return sum | (BigInt(next | (isOut ? OUT_BIT : 0)) << BigInt((at + state) * TRANSITION_BITS))
  }, packed)
}, 0n)

export const PACKED_IDLE_TICKS = IDLE_TICKS.reduce(
  (packed, ticks, state) => packed | (BigInt(ticks) << BigInt(state * IDLE_BITS)),
  0n,
)

/** What a segment of these flags is. */
export function segmentKind(flags: number): SegmentKind {
  if ((flags & FLAG.reset) !== 0) return 'reset'
  if ((flags & (FLAG.syn | FLAG.fin)) === FLAG.syn) return 'opening'
  if ((flags & FLAG.ack) === 0) return 'bare'
  return (flags & FLAG.fin) === 0 ? 'ack' : 'finish'
}

/** What a segment does to a connection in a state. */
export function transitionOf(kind: SegmentKind, state: ConnectionState): Transition {
  return TRANSITIONS[kind][state]
}

/** When a connection is forgotten that was in a state at a tick; 0 for one that is closed. */
export function expiryOf(state: ConnectionState, tick: number): number {
  return state === STATE.closed ? 0 : tick + IDLE_TICKS[state]
}
