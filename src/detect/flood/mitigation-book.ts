import { DESTINATION_WORD, type Packet } from '#wire'
import { COLUMNS } from './columns.ts'
import { type Condition, fulfils } from './condition.ts'
import type { FloodChange, Mitigation, MitigationEnd } from './contract.ts'
import { contains, type Destination, overlap } from './destination.ts'
import type { FloodClass } from './flood-class.ts'

const SECOND_MS = 1000
/** A rule that matches nothing lives so long, and twice as long each time the attack came back. */
const IDLE_MS = 45 * SECOND_MS
const IDLE_MOST_MS = 3600 * SECOND_MS
/** An attack that comes back within this time is answered at once. */
const REMEMBERED_MS = 3600 * SECOND_MS
const LIFE_MOST_MS = 24 * 3600 * SECOND_MS
const REMEMBERED_MOST = 64
/** Rules in force: each costs every packet some nanoseconds. */
const ACTIVE_MOST = 64
/** Shares of the rate that was a flood: above them a rule is still of use, or needed again. */
const ALIVE_SHARE = { drop: 0.05, pass: 0.5 } as const
const REARM_SHARE = 0.5
const WINDOW_MS = 100

/** A mitigation with what keeps it alive. */
export interface Entry {
  mitigation: Mitigation
  conditions: readonly Condition[]
  /** Columns whose conditions had to be widened since the rule was made. */
  readonly widened: Set<number>
  readonly destination: Destination
  idleMs: number
  aliveAtMs: number
  /** Packets that it matched in the window that goes on. */
  matched: number
}

/** The mitigations in force, and those that may be needed again. */
export class MitigationBook {
  readonly #active = new Map<string, Entry>()
  readonly #remembered = new Map<string, Entry>()
  #changes: FloodChange[] = []
  #windowStartMs = 0

  get active(): Iterable<Entry> {
    return this.#active.values()
  }

  get isFull(): boolean {
    return this.#active.size >= ACTIVE_MOST
  }

  get(id: string): Entry | undefined {
    return this.#active.get(id)
  }

  /** Those that are about a class and a destination, or part of it. */
  about(kind: FloodClass, destination: Destination): readonly Entry[] {
    return [...this.#active.values()].filter(
      (entry) => entry.mitigation.class === kind && overlap(entry.destination, destination),
    )
  }

  /** What changed since the last call. */
  takeChanges(): FloodChange[] {
    const changes = this.#changes
    this.#changes = []
    return changes
  }

  add(mitigation: Mitigation, conditions: readonly Condition[], destination: Destination): void {
    const aliveAtMs = mitigation.createdAtMs
    const life = { idleMs: IDLE_MS, aliveAtMs, matched: 0 }
    this.#active.set(mitigation.id, { mitigation, conditions, widened: new Set(), destination, ...life })
    this.#changes.push({ kind: 'mitigationAdded', mitigation: this.#dated(mitigation.id) })
  }

  /** Gives a mitigation another rule. */
  revise(id: string, changed: Partial<Mitigation>, conditions: readonly Condition[]): void {
    const entry = this.#active.get(id)
    if (entry === undefined) return
    entry.mitigation = { ...entry.mitigation, ...changed }
    for (const condition of conditions) if (!entry.conditions.includes(condition)) entry.widened.add(condition.column)
    entry.conditions = conditions
    this.#changes.push({ kind: 'mitigationRevised', mitigation: this.#dated(id) })
  }

  pin(id: string, isPinned: boolean): boolean {
    const entry = this.#active.get(id)
    if (entry === undefined) return false
    entry.mitigation = { ...entry.mitigation, isPinned }
    return true
  }

  /** Ends a mitigation for good. */
  remove(id: string, reason: MitigationEnd): boolean {
    if (!this.#active.has(id)) return this.#remembered.delete(id)
    this.#end(id, reason)
    this.#remembered.delete(id)
    return true
  }

  /** Counts a packet that a mitigation dropped; false when it was no mitigation. */
  countDropped(id: string, weight: number): boolean {
    const entry = this.#active.get(id)
    if (entry !== undefined) entry.matched += weight
    // Packets of a mitigation that just ended may still be on their way here.
    return entry !== undefined || this.#remembered.has(id)
  }

  /** Counts a packet that passed for the mitigations that would not have dropped it, and for those that may be needed again. */
  countPassed(packet: Packet, kind: FloodClass, weight: number): void {
    for (const entry of this.#active.values()) {
      if (entry.mitigation.action !== 'drop' && isMatch(entry, packet, kind)) entry.matched += weight
    }
    for (const entry of this.#remembered.values()) if (isMatch(entry, packet, kind)) entry.matched += weight
  }

  /** Lets mitigations expire, and brings those back whose attack came back. */
  tick(nowMs: number): void {
    const elapsedMs = nowMs - this.#windowStartMs
    if (elapsedMs < WINDOW_MS) return
    this.#windowStartMs = nowMs
    for (const [id, entry] of this.#active) this.#judgeLife(id, entry, elapsedMs, nowMs)
    for (const [id, entry] of this.#remembered) this.#judgeReturn(id, entry, elapsedMs, nowMs)
  }

  mitigations(): readonly Mitigation[] {
    return [...this.#active.keys()].map((id) => this.#dated(id))
  }

  #judgeLife(id: string, entry: Entry, elapsedMs: number, nowMs: number): void {
    const { action, evidence, createdAtMs, isPinned } = entry.mitigation
    const rate = (entry.matched * SECOND_MS) / elapsedMs
    entry.matched = 0
    if (rate >= evidence.counter.threshold * ALIVE_SHARE[action === 'drop' ? 'drop' : 'pass']) entry.aliveAtMs = nowMs
    if (isPinned) return
    if (nowMs - entry.aliveAtMs >= entry.idleMs || nowMs - createdAtMs >= LIFE_MOST_MS) this.#end(id, 'expired')
  }

  #judgeReturn(id: string, entry: Entry, elapsedMs: number, nowMs: number): void {
    const rate = (entry.matched * SECOND_MS) / elapsedMs
    entry.matched = 0
    if (nowMs - entry.aliveAtMs > REMEMBERED_MS) this.#remembered.delete(id)
    else if (rate >= entry.mitigation.evidence.counter.threshold * REARM_SHARE && !this.isFull) {
      this.#remembered.delete(id)
      entry.idleMs = Math.min(IDLE_MOST_MS, entry.idleMs * 2)
      entry.aliveAtMs = nowMs
      const { rearmedCount } = entry.mitigation
      entry.mitigation = { ...entry.mitigation, createdAtMs: nowMs, rearmedCount: rearmedCount + 1 }
      this.#active.set(id, entry)
      this.#changes.push({ kind: 'mitigationRearmed', mitigation: this.#dated(id) })
    }
  }

  #end(id: string, reason: MitigationEnd): void {
    const entry = this.#active.get(id)
    if (entry === undefined) return
    this.#changes.push({ kind: 'mitigationRemoved', mitigation: this.#dated(id), reason })
    this.#active.delete(id)
    this.#remembered.set(id, entry)
    if (this.#remembered.size <= REMEMBERED_MOST) return
    for (const oldest of this.#remembered.keys()) {
      this.#remembered.delete(oldest)
      return
    }
  }

  /** With the time at which it would end now. */
  #dated(id: string): Mitigation {
    const { mitigation, aliveAtMs, idleMs } = this.#active.get(id) as Entry
    const expiresAtMs = Math.min(aliveAtMs + idleMs, mitigation.createdAtMs + LIFE_MOST_MS)
    return { ...mitigation, expiresAtMs }
  }
}

function isMatch({ mitigation, conditions, destination }: Entry, packet: Packet, kind: FloodClass): boolean {
  if (mitigation.class !== kind || !contains(destination, packet.addresses, DESTINATION_WORD)) return false
  for (const condition of conditions) {
    if (!fulfils(condition, COLUMNS[condition.column].read(packet))) return false
  }
  return true
}
