import { type BpfMap, readEntries } from '#net'
import type { PacketRule } from '../packet-decision.ts'
import { COUNTER, COUNTER_BYTES } from '../program/layout.ts'
import type { RuleCounter } from './messages.ts'

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
    return [undefined, ...rules].map((rule, slot) => {
      const before = this.#before.get(keyOf(rule))
      const now = slots[slot]
      const sums = {
        packets: (before?.packets ?? 0) + (now?.packets ?? 0),
        bytes: (before?.bytes ?? 0) + (now?.bytes ?? 0),
        over: (before?.over ?? 0) + (now?.over ?? 0),
      }
      if (rule === undefined) return sums
      const { id, action, mode } = rule.rule
      const isNote = mode === 'log' || action.type === 'log'
      return { phase: rule.phase, ruleId: id, action: action.type, ...(isNote && { isNote }), ...sums }
    })
  }

  /** The program is gone, and no packet is counted in its map any more; only what the `next` rules counted is remembered. */
  retire(map: BpfMap, rules: readonly PacketRule[], next: readonly PacketRule[]): void {
    for (const [slot, sums] of slotSums(map).entries()) {
      const key = keyOf(rules[slot - 1])
      const before = this.#before.get(key) ?? { packets: 0, bytes: 0, over: 0 }
      before.packets += sums.packets
      before.bytes += sums.bytes
      before.over += sums.over
      this.#before.set(key, before)
    }
    const remembered = new Set([undefined, ...next].map(keyOf))
    for (const key of this.#before.keys()) if (!remembered.has(key)) this.#before.delete(key)
  }
}

function keyOf(rule: PacketRule | undefined): string {
  return rule === undefined ? '' : `${rule.phase} ${rule.rule.id}`
}

/** Sums over all processors, by slot. */
function slotSums(map: BpfMap): Sums[] {
  const { keys, values, count } = readEntries(map)
  const sums: Sums[] = []
  for (let entry = 0; entry < count; entry++) {
    const slot = { packets: 0, bytes: 0, over: 0 }
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
