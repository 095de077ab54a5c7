import { createHash } from 'node:crypto'
import { totalmem } from 'node:os'
import type { RateLimitAction } from '#act'
import type { PacketRule } from '../packet-decision.ts'
import { type CountedLimit, keyBytes, limitMap } from './limiter.ts'
import type { PlannedMap } from './planned-map.ts'

/** Keys that limits remember at a time, by the memory of the machine; the one that was idle longest makes room. */
const ENTRIES = { large: 1 << 20, small: 1 << 18 } as const
const LARGE_MACHINE_BYTES = 8 * 2 ** 30

/** The limits of a policy by the index of their rule. A limit keeps its number whatever rules come and go beside it. */
export function numberLimits(rules: readonly PacketRule[]): ReadonlyMap<number, CountedLimit> {
  const limits = new Map<number, CountedLimit>()
  const taken = new Set<number>()
  for (const [index, { phase, rule }] of rules.entries()) {
    const { action } = rule
    if (action.type !== 'rate_limit') continue
    const text = `${phase} ${rule.id} ${JSON.stringify(action)}`
    let number = createHash('sha1').update(text).digest().readUInt32LE()
    while (taken.has(number)) number = (number + 1) >>> 0
    taken.add(number)
    limits.set(index, { action, number })
  }
  return limits
}

/** One map for all limits whose keys are as wide. Limits go on counting when other rules change. */
export function planLimitMaps(limits: Iterable<CountedLimit>): readonly PlannedMap[] {
  const entries = totalmem() >= LARGE_MACHINE_BYTES ? ENTRIES.large : ENTRIES.small
  const planned = new Map<string, PlannedMap>()
  for (const { action } of limits) planned.set(limitMap(action), planLimitMap(action, entries))
  return [...planned.values()]
}

function planLimitMap(action: RateLimitAction, entries: number): PlannedMap {
  const name = limitMap(action)
  return { spec: { name, kind: 'lruHash', keyBytes: keyBytes(action), valueBytes: 8, entries }, keptAs: name }
}
