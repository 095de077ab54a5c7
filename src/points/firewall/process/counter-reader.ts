import { type BpfMap, readEntries } from '#net'
import type { PacketRule } from '../packet-decision.ts'
import { COUNTER, COUNTER_BYTES } from '../program/layout.ts'
import type { RuleCounter } from './messages.ts'
import { type Counted, type CountedPackets, counterOf } from './rule-counter.ts'

interface Sums {
  packets: number
  bytes: number
  over: number
}

/** What was counted for each rule, over all programs since the start: a program that goes leaves its counts behind. */
export class CounterReader {
  readonly #before = new Map<string, Sums>()

  /** The counters of the program that runs, and of those before it. */
  read(map: BpfMap | undefined, rules: readonly PacketRule[]): readonly RuleCounter[] {
    const slots = map === undefined ? [] : slotSums(map)
    return countedBy(rules, slots).map((counted, slot) => {
      const sums = noPackets()
      add(sums, this.#before.get(keyOf(counted)))
      add(sums, slots[slot])
      return counterOf(counted, sums)
    })
  }

  /** The program is gone, and no packet is counted in its map any more; only what the `next` rules counted is remembered. */
  retire(map: BpfMap, rules: readonly PacketRule[], next: readonly PacketRule[]): void {
    const slots = slotSums(map)
    for (const [slot, counted] of countedBy(rules, slots).entries()) {
      const before = this.#before.get(keyOf(counted)) ?? noPackets()
      add(before, slots[slot])
      this.#before.set(keyOf(counted), before)
    }
    const remembered = new Set(['undecided', 'management', ...next.map(keyOf)])
    for (const key of this.#before.keys()) if (!remembered.has(key)) this.#before.delete(key)
  }
}

function noPackets(): Sums {
  return { packets: 0, bytes: 0, over: 0 }
}

function add(sums: Sums, more: CountedPackets | undefined): void {
  if (more === undefined) return
  sums.packets += more.packets
  sums.bytes += more.bytes
  sums.over += more.over
}

/** What the slots of a program count, in their order: there is one for management where the program lets any pass. */
function countedBy(rules: readonly PacketRule[], slots: readonly Sums[]): readonly Counted[] {
  const counted = ['undecided', ...rules] as const
  return slots.length > counted.length ? [...counted, 'management'] : counted
}

function keyOf(counted: Counted): string {
  return typeof counted === 'string' ? counted : `${counted.phase} ${counted.rule.id}`
}

/** Sums over all processors, by slot. */
function slotSums(map: BpfMap): Sums[] {
  const { keys, values, count } = readEntries(map)
  const sums: Sums[] = []
  for (let entry = 0; entry < count; entry++) {
    const slot = noPackets()
    const end = (entry + 1) * map.valueBytes
    for (let at = entry * map.valueBytes; at < end; at += COUNTER_BYTES) {
      slot.packets += Number(values.readBigUInt64LE(at + COUNTER.packets))
      slot.bytes += Number(values.readBigUInt64LE(at + COUNTER.bytes))
      slot.over += Number(values.readBigUInt64LE(at + COUNTER.over))
    }
    sums[keys.readUInt32LE(entry * 4)] = slot
  }
  return sums
}
