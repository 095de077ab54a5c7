import type { IpAddress } from '#wire'
import type { ConnectionFaultName } from './connection-fault.ts'

/** Nobody is late before: a burst of clients behind one address is no attack. */
const GRACE_MS = 1000
const SWEEP_MS = 250

/** A connection that owes a whole request head. */
export interface HeadDebtor {
  /** Debtors of one group share a limit; undefined has none. */
  readonly group: IpAddress | undefined
  evict(fault: ConnectionFaultName, detail: string): void
}

/** Who owes a request head since when, all together and by address. Maps keep the order in which the debts began. */
export class HeadDebts {
  readonly #perGroup: number
  readonly #all = new Map<HeadDebtor, number>()
  readonly #groups = new Map<IpAddress, Set<HeadDebtor>>()
  /** Groups over their limit, whose members are not late yet. */
  readonly #crowded = new Set<IpAddress>()
  #timer: NodeJS.Timeout | undefined

  /** `perGroup`: debtors of one group that may be late at a time. */
  constructor(perGroup: number) {
    this.#perGroup = perGroup
  }

  /** Begins a debt; an older one of the same debtor goes on. */
  add(debtor: HeadDebtor): void {
    if (this.#all.has(debtor)) return
    this.#all.set(debtor, performance.now())
    const { group } = debtor
    if (group === undefined) return
    const members = this.#groups.get(group)
    if (members === undefined) {
      this.#groups.set(group, new Set([debtor]))
      return
    }
    members.add(debtor)
    if (members.size > this.#perGroup) this.#trim(group, members)
  }

  delete(debtor: HeadDebtor): void {
    if (!this.#all.delete(debtor) || debtor.group === undefined) return
    const members = this.#groups.get(debtor.group)
    if (members?.delete(debtor) === true && members.size === 0) this.#groups.delete(debtor.group)
  }

  /** Evicts the oldest debtor; unless `atOnce`, only if it is late. */
  evictOldest(atOnce: boolean, detail: string): void {
    for (const [debtor, sinceMs] of this.#all) {
      if (atOnce || performance.now() - sinceMs > GRACE_MS) debtor.evict('oldest-without-head', detail)
      return
    }
  }

  #trim(group: IpAddress, members: ReadonlySet<HeadDebtor>): void {
    const now = performance.now()
    for (const debtor of members) {
      if (members.size <= this.#perGroup) break
      if (now - this.#all.get(debtor)! <= GRACE_MS) {
        this.#crowded.add(group)
        this.#timer ??= setInterval(() => this.#sweep(), SWEEP_MS)
        return
      }
      const detail = `more than ${this.#perGroup} connections of this address had sent no whole request head: the oldest was closed`
      debtor.evict('heads-per-address', detail)
    }
    this.#crowded.delete(group)
  }

  #sweep(): void {
    for (const group of this.#crowded) {
      const members = this.#groups.get(group)
      if (members === undefined) this.#crowded.delete(group)
      else this.#trim(group, members)
    }
    if (this.#crowded.size > 0) return
    clearInterval(this.#timer)
    this.#timer = undefined
  }
}
