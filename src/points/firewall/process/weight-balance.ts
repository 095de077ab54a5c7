/** Samples that are on their way when counters are read, and the rounding of sampling, are no loss. */
const LOSS_LEAST_PACKETS = 64
const LOSS_LEAST_STRIDES = 4

interface Account {
  /** Packets that samples stand for, or that were owed since. */
  told: number
  counted: number
}

/**
 * Compares what samples stand for with what the kernel counted. When more samples come than their buffer holds, the kernel
 * leaves them out: what they would have stood for is owed by those that come after them.
 */
export class WeightBalance {
  #accounts = new Map<string, Account>()

  /** A sample that stands for so many packets. */
  add(key: string, weight: number): void {
    const account = this.#accounts.get(key)
    if (account === undefined) this.#accounts.set(key, { told: weight, counted: 0 })
    else account.told += weight
  }

  /**
   * Closes the accounts: `counted` has all packets of each key so far. Returns what is owed for each; a key that is not
   * counted any more is forgotten.
   */
  settle(counted: ReadonlyMap<string, number>, stride: number): ReadonlyMap<string, number> {
    const least = Math.max(LOSS_LEAST_PACKETS, LOSS_LEAST_STRIDES * stride)
    const owed = new Map<string, number>()
    const next = new Map<string, Account>()
    for (const [key, packets] of counted) {
      const account = this.#accounts.get(key)
      // A rule that was away begins anew, and so does its counter.
      const told = account === undefined || packets < account.counted ? packets : account.told
      const missing = packets - told
      if (missing > least) owed.set(key, missing)
      next.set(key, { told: missing > least ? packets : told, counted: packets })
    }
    this.#accounts = next
    return owed
  }
}
