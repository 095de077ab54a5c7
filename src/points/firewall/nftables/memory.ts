import type { PacketRule } from '../packet-decision.ts'
import { LIMIT_ENTRIES } from './limit.ts'
import type { PlannedList } from './list-sets.ts'

/** What the kernel takes, measured on 64-bit Linux 6: nftables does not tell. */
const BYTES = { rule: 300, intervals: 200, addresses: 110, prefixes: 90, limitedKey: 210 } as const

/**
 * About what a policy takes in the kernel at most. Limits reach it only when as many keys come as they remember; of those
 * with addresses there is one set for each version of IP.
 */
export function policyMemoryBytes(
  rules: readonly PacketRule[],
  lists: readonly PlannedList[],
  nftRules: number,
): number {
  const elements = lists
    .flatMap(({ sets }) => sets)
    .reduce((sum, { count, contents }) => sum + count * BYTES[contents.kind], 0)
  const limits = rules.reduce((sum, { rule: { action } }) => {
    if (action.type !== 'rate_limit' || action.per.length === 0) return sum
    const hasAddress = action.per.some((key) => key === 'ip.src' || key === 'ip.dst')
    return sum + LIMIT_ENTRIES * BYTES.limitedKey * (hasAddress ? 2 : 1)
  }, 0)
  return elements + limits + nftRules * BYTES.rule
}
