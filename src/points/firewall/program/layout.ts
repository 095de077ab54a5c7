import type { PacketDirection, SlotFrame } from '#rules'

/** Our programs have these names in the kernel: so they are known again, also by an operator. */
export const PROGRAM_NAMES: Readonly<Record<PacketDirection, string>> = { in: 'tidegate_xdp', out: 'tidegate_out' }

/** Names of the maps that the program of a policy shares with user space. */
export const MAP = { counters: 'counters', samples: 'samples', settings: 'settings', verdict: 'verdict' } as const

/** Where on the stack the program of a policy keeps its own values, beside those of the packet: offsets from r10. */
export interface Scratch {
  /** The key of a connection. */
  readonly key: number
  /** The slot that the packet is counted for. */
  readonly slot: number
  readonly weight: number
  readonly saved: number
}

const KEY_BYTES = 40
const SCRATCH_BYTES = KEY_BYTES + 16

/** Takes what is needed of the stack. */
export function reserveScratch(slots: SlotFrame): Scratch {
  const key = slots.reserve(SCRATCH_BYTES)
  const at = key + KEY_BYTES
  return { key, slot: at, weight: at + 4, saved: at + 8 }
}

/**
 * What is counted for each slot, for each processor. Slot 0 is for packets that no rule decided about, the one behind the
 * last rule for those of management.
 */
export const COUNTER = { packets: 0, bytes: 8, over: 16 } as const
export const COUNTER_BYTES = 24

/** The one entry of `settings`: packets whose number times `SPREAD` is at most this, modulo 2^32, are sampled. */
export const SETTING = { droppedMost: 0, passedMost: 4 } as const
export const SETTINGS_BYTES = 8

/** What stands in `settings` when of so many packets one is sampled: a power of two. */
export function sampledMost(stride: number): number {
  return 2 ** 32 / stride - 1
}

/** A record of `samples`. */
export const SAMPLE = {
  timeNanoseconds: 0,
  slot: 8,
  frameBytes: 12,
  interfaceIndex: 16,
  /** How many packets the record stands for. */
  weight: 20,
  isDropped: 24,
  isOutgoing: 26,
  /** Of a packet that goes out with a VLAN tag beside it: the tag, and its type as on the wire; else 0. */
  tag: 28,
  tagType: 30,
  head: 32,
} as const
export const SAMPLE_HEAD_BYTES = 128
/** The ring buffer of the samples: some 25,000 of them. */
export const SAMPLE_RING_BYTES = 4 << 20
export const SAMPLE_BYTES = SAMPLE.head + SAMPLE_HEAD_BYTES

/** Packets of a slot that are sampled whatever the settings say, on each processor. */
export const FIRST_SAMPLES = 16

/**
 * 2^32 divided by the golden ratio, odd. What takes those packets whose number times this is small, modulo 2^32, takes them
 * evenly, and at distances that no period of traffic falls in with (Knuth, The Art of Computer Programming, 6.4).
 */
export const SPREAD = 0x9e3779b1

/**
 * What a trace writes down: the slot that decided, the first limit that the packet met, and whether no rule was asked. What
 * it is told: the time of the packet, and how long it is, since the kernel takes only so many bytes of it.
 */
export const VERDICT = { slot: 0, limitSlot: 4, isManagement: 8, tick: 12, frameBytes: 16, bytes: 20 } as const
