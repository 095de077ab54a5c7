import { totalmem } from 'node:os'
import type { BpfMap, MapSpec } from '#net'
import type { PlannedMap } from './planned-map.ts'
import type { Use } from './rule-code.ts'
import { LEARNING_TICKS, TICK_BITS } from './state-machine.ts'

export const STATE_MAP = { open: 'connections', asked: 'new connections', learning: 'learning' } as const

/** Source, destination, ports, version of IP. */
const STATE_KEY_BYTES = 40
/** State and expiry, both of 32 bits. */
const STATE_VALUE_BYTES = 8

/** Connections that are remembered at a time, by the memory of the machine, and those that were only asked for. */
const ENTRIES = {
  large: { open: 1 << 20, asked: 1 << 18 },
  small: { open: 1 << 18, asked: 1 << 16 },
} as const
const LARGE_MACHINE_BYTES = 8 * 2 ** 30

/**
 * The maps in which a program remembers connections. They outlive it: the next one knows them. A program that is only asked
 * begins with nothing, learns nothing, and takes memory as it goes.
 */
export function planStateMaps(use: Use): readonly PlannedMap[] {
  const isAsked = use === 'trace'
  const entries = totalmem() >= LARGE_MACHINE_BYTES ? ENTRIES.large : ENTRIES.small
  const connections = (name: string, most: number): PlannedMap => {
    const sizes = { keyBytes: STATE_KEY_BYTES, valueBytes: STATE_VALUE_BYTES }
    if (isAsked) return { spec: { name, kind: 'hash', ...sizes, entries: ENTRIES.large.open, sparse: true } }
    return { spec: { name, kind: 'lruHash', ...sizes, entries: most }, keptAs: name, outlivesUs: true }
  }
  const learning: MapSpec = {
    name: STATE_MAP.learning,
    kind: 'array',
    keyBytes: 4,
    valueBytes: 8,
    entries: 1,
    mappable: true,
  }
  return [
    connections(STATE_MAP.open, entries.open),
    connections(STATE_MAP.asked, entries.asked),
    isAsked ? { spec: learning } : { spec: learning, keptAs: learning.name, outlivesUs: true, fill: fillLearning },
  ]
}

/** Learns connections from now on that began before, if any are remembered. @throws TidegateError ERR_BPF_FAILED */
export function startLearning({ maps }: { readonly maps: ReadonlyMap<string, BpfMap> }): void {
  const map = maps.get(STATE_MAP.learning)
  if (map !== undefined) fillLearning(map)
}

/** The clock is the one that programs read. */
function fillLearning(map: BpfMap): void {
  const value = Buffer.alloc(8)
  value.writeUInt32LE(Number(process.hrtime.bigint() >> BigInt(TICK_BITS)) + LEARNING_TICKS)
  map.update(Buffer.alloc(4), value)
}
