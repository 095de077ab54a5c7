import { createHash, randomBytes } from 'node:crypto'
import { totalmem } from 'node:os'
import type { BpfMap } from '#net'
import type { PacketRule } from '../packet-decision.ts'
import type { CountedLimit } from './limiter.ts'
import type { PlannedMap } from './planned-map.ts'

/** Names of the map that all limits count in, and of the secret by which keys find their row in it. */
export const LIMIT_ROWS = 'limits'
export const LIMIT_SECRET = 'limit secret'

/** A row is a line of the processor's cache: a few keys, each with the time at which its bucket will be empty again. */
export const LIMIT_ROW = { keys: 4, keyBytes: 16, tag: 0, emptyAt: 8, bytes: 64 } as const

const SECRET_BYTES = 8
const LARGE_MACHINE_BYTES = 8 * 2 ** 30

/**
 * Rows, as a power of two, by the memory of the machine: 64 or 16 MiB. With a million keys on a large one, five rows in a
 * thousand have more keys than room.
 */
export const LIMIT_ROW_BITS = totalmem() >= LARGE_MACHINE_BYTES ? 20 : 18

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

/** One map for all limits, which go on counting when other rules change, or another process takes over. */
export function planLimitMaps(limits: ReadonlyMap<number, CountedLimit>): readonly PlannedMap[] {
  if (limits.size === 0) return []
  const array = { kind: 'array', keyBytes: 4, mappable: true } as const
  const rows = { ...array, name: LIMIT_ROWS, valueBytes: LIMIT_ROW.bytes, entries: 1 << LIMIT_ROW_BITS }
  const secret = { ...array, name: LIMIT_SECRET, valueBytes: SECRET_BYTES, entries: 1 }
  const drawSecret = (map: BpfMap): void => map.update(Buffer.alloc(secret.keyBytes), randomBytes(SECRET_BYTES))
  return [
    { spec: rows, keptAs: LIMIT_ROWS, outlivesUs: true },
    { spec: secret, keptAs: LIMIT_SECRET, outlivesUs: true, fill: drawSecret },
  ]
}
