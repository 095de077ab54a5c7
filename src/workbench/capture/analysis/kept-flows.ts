import type { FlowRecord } from '#detect'
import { keepFlow } from '#detect/captures'
import { PROTOCOL } from '#wire'

/** What is remembered: flows in which something went wrong, others of TCP, and all others, each up to a limit of its own. */
const LIMITS = { troubled: 4000, stream: 2000, other: 2000 } as const

type Sort = keyof typeof LIMITS

/** The flows of a capture that are remembered with all their figures. Everything else is only counted. */
export class KeptFlows {
  count = 0
  readonly #flows = new Map<number, FlowRecord>()
  readonly #kept: Record<Sort, number> = { troubled: 0, stream: 0, other: 0 }

  add(flow: FlowRecord): void {
    this.count++
    const sort = sortOf(flow)
    if (this.#kept[sort] >= LIMITS[sort]) return
    this.#kept[sort]++
    this.#flows.set(flow.ends.id, keepFlow(flow))
  }

  get(id: number): FlowRecord | undefined {
    return this.#flows.get(id)
  }

  /** In the order of their beginnings. */
  all(): FlowRecord[] {
    return [...this.#flows.values()].sort((a, b) => a.ends.id - b.ends.id)
  }
}

function sortOf({ ends, close, sides }: FlowRecord): Sort {
  if (ends.protocol !== PROTOCOL.tcp) return 'other'
  const isTroubled = sides.some(
    ({ losses, zeroWindowNs, stubborn }) =>
      losses.resent > 0 || losses.captureGaps > 0 || zeroWindowNs > 0 || stubborn !== undefined,
  )
  return isTroubled || close === 'reset' ? 'troubled' : 'stream'
}
