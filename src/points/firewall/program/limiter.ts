import type { RateKey, RateLimitAction } from '#act'
import { type PacketSlot, type PacketSource, type SlotFrame, writeWireBytes } from '#rules'
import { BPF_HELPER, type BpfAssembler } from '#wire'
import type { Scratch } from './layout.ts'
import { LIMIT_SECRET } from './limit-maps.ts'
import { rateOf } from './rate.ts'
import type { RuleFunctions } from './rule-functions.ts'
import { writeUseUp } from './use-up.ts'

const LOWER_HALF = 8
/** Bytes are those of IP. */
const ETHERNET_BYTES = 14

interface KeyPlace {
  readonly slot: PacketSlot
  /** Bits of it that count. */
  readonly mask?: number
}

/** Where the value of a key stands after the packet was read. */
const KEY_PLACES: Readonly<Record<RateKey, KeyPlace>> = {
  'ip.src': { slot: 'source' },
  'ip.dst': { slot: 'destination' },
  'ip.proto': { slot: 'protocol' },
  'ip.len': { slot: 'ipBytes' },
  'ip.ttl': { slot: 'timeToLive' },
  'ip.dsfield.dscp': { slot: 'trafficClass', mask: 0xfc },
  'l4.srcport': { slot: 'sourcePort' },
  'l4.dstport': { slot: 'destinationPort' },
  'tcp.flags': { slot: 'tcpFlags' },
  'tcp.window': { slot: 'tcpWindow' },
  'icmp.type': { slot: 'icmpType' },
  'vlan.id': { slot: 'vlanTag', mask: 0x0fff },
}

function isAddress(key: RateKey): boolean {
  return key === 'ip.src' || key === 'ip.dst'
}

/** The slots that the program has to read for the keys of a limit. */
export function slotsOfLimit({ per }: RateLimitAction): readonly PacketSlot[] {
  return per.flatMap((key): PacketSlot[] => {
    const { slot } = KEY_PLACES[key]
    return isAddress(key) ? [slot, 'ipVersion'] : [slot]
  })
}

/** A limit as a program counts it. */
export interface CountedLimit {
  readonly action: RateLimitAction
  /** What tells its keys from those of other limits. */
  readonly number: number
}

/** Where the values of the packet stand, and where there is room. */
export interface LimitFrame {
  readonly slots: SlotFrame
  readonly scratch: Scratch
  readonly source: PacketSource
}

/** Leaves 1 in r0 when the packet is above the rate, else 0. r0 to r5 are used. */
export function emitLimit(
  asm: BpfAssembler,
  { slots, scratch, source }: LimitFrame,
  limit: CountedLimit,
  functions: RuleFunctions,
): void {
  const { action } = limit
  const rate = rateOf(action)
  emitKey(asm, slots, limit)
  asm.store('u64', 'r10', scratch.saved, 'r5')
  asm.call(rate.isCoarse ? BPF_HELPER.coarseTime : BPF_HELPER.monotonicTime).mov('r4', 'r0')
  if (action.unit === 'packets') {
    asm.loadImmediate('r2', rate.costNumerator >> BigInt(rate.costShift))
  } else {
    writeWireBytes(asm, source, 'r2', 'r3')
    asm.alu('sub', 'r2', ETHERNET_BYTES)
    asm.loadImmediate('r3', rate.costNumerator).alu('mul', 'r2', 'r3')
    asm.alu('rsh', 'r2', rate.costShift)
  }
  asm.loadImmediate('r3', rate.burstNanoseconds).load('u64', 'r1', 'r10', scratch.saved)
  asm.callFunction(functions.written('use up', writeUseUp))
}

/** Odd, with bits that are set as by chance (2^64 divided by the golden ratio). */
const MULTIPLIER = 0x9e3779b97f4a7c15n
const WORD_HALF_BITS = 32

/**
 * Leaves what stands for the values of the keys in r5: their product with a secret, so that nobody who sends packets knows
 * which of them share a bucket. Values that the packet does not have are all ones: such packets are counted together. r0 to
 * r4 are used.
 */
function emitKey(asm: BpfAssembler, slots: SlotFrame, { action, number }: CountedLimit): void {
  asm.loadMapValue('r5', LIMIT_SECRET).load('u64', 'r5', 'r5').loadImmediate('r0', MULTIPLIER)
  asm.loadImmediate('r1', BigInt(number))
  emitFold(asm, 'r1')
  for (const key of action.per.filter(isAddress)) {
    const slot = slots.offsetOf(KEY_PLACES[key].slot)
    asm.load('u64', 'r1', 'r10', slot).load('u64', 'r2', 'r10', slot + LOWER_HALF)
    emitPrefix(asm, slots, action)
    emitFold(asm, 'r1')
    emitFold(asm, 'r2')
  }
  for (const key of action.per.filter((each) => !isAddress(each))) {
    const { slot, mask } = KEY_PLACES[key]
    asm.load('u32', 'r1', 'r10', slots.offsetOf(slot))
    if (mask !== undefined) asm.alu('and', 'r1', mask)
    emitFold(asm, 'r1')
  }
}

/** Takes one more word into r5: each step can be undone, so that words that differ never end up alike by themselves. */
function emitFold(asm: BpfAssembler, word: 'r1' | 'r2'): void {
  asm
    .alu('xor', 'r5', word)
    .alu('mul', 'r5', 'r0')
    .mov('r4', 'r5')
    .alu('rsh', 'r4', WORD_HALF_BITS)
    .alu('xor', 'r5', 'r4')
}

const ALL = (1n << 64n) - 1n

/** Clears the bits of the address in r1 (upper half) and r2 that do not count. r3 and r4 are used. */
function emitPrefix(asm: BpfAssembler, slots: SlotFrame, { ipv4Prefix, ipv6Prefix }: RateLimitAction): void {
  const [ipv6, done] = [asm.label(), asm.label()]
  const upper = ipv6Prefix >= 64 ? ALL : (ALL << BigInt(64 - ipv6Prefix)) & ALL
  const lower = ipv6Prefix <= 64 ? 0n : (ALL << BigInt(128 - ipv6Prefix)) & ALL
  asm.load('u32', 'r3', 'r10', slots.offsetOf('ipVersion')).jump('ne', 'r3', 4, ipv6)
  asm
    .loadImmediate('r4', (ALL << BigInt(32 - ipv4Prefix)) & ALL)
    .alu('and', 'r2', 'r4')
    .goto(done)
  asm.place(ipv6).loadImmediate('r4', upper).alu('and', 'r1', 'r4')
  asm.loadImmediate('r4', lower).alu('and', 'r2', 'r4').place(done)
}
