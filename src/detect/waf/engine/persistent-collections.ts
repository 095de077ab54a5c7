import { monotonicMs } from '#kernel'
import type { TxValue } from './tx-names.ts'

interface Entry {
  value: TxValue
  /** When the variable is gone, by the monotonic clock. */
  expiresMs: number
}

interface CollectionRecord {
  readonly entries: Map<string, Entry>
  /** Without use, the whole record is gone at this time. */
  expiresMs: number
}

export interface PersistentLimits {
  /** Records of all collections together; the one that was used longest ago makes room. */
  readonly records: number
  readonly entriesPerRecord: number
  /** Time without use after which a record is gone: SecCollectionTimeout. */
  readonly idleMs: number
}

const DEFAULT_LIMITS: PersistentLimits = { records: 20_000, entriesPerRecord: 64, idleMs: 3_600_000 }

/**
 * Collections that outlive a request (IP, GLOBAL, SESSION, USER, RESOURCE), in the memory of one worker: enough to slow down
 * who repeats, without a file or a lock. Keys come from clients, so everything is bounded.
 */
export class PersistentCollections {
  /** In the order of use: the first was used longest ago. */
  readonly #records = new Map<string, CollectionRecord>()
  readonly #limits: PersistentLimits
  readonly #nowMs: () => number

  constructor(limits: Partial<PersistentLimits> = {}, nowMs: () => number = monotonicMs) {
    this.#limits = { ...DEFAULT_LIMITS, ...limits }
    this.#nowMs = nowMs
  }

  get(collection: string, key: string, name: string): TxValue {
    const record = this.#live(collection, key)
    const entry = record?.entries.get(name)
    return entry === undefined || entry.expiresMs <= this.#nowMs() ? undefined : entry.value
  }

  /** Sets a variable; undefined removes it. */
  set(collection: string, key: string, name: string, value: TxValue): void {
    const record = this.#live(collection, key) ?? this.#make(collection, key)
    if (value === undefined) {
      record.entries.delete(name)
      return
    }
    const entry = record.entries.get(name)
    if (entry !== undefined && entry.expiresMs > this.#nowMs()) entry.value = value
    else if (entry !== undefined || record.entries.size < this.#limits.entriesPerRecord) {
      record.entries.set(name, { value, expiresMs: Number.POSITIVE_INFINITY })
    }
  }

  /** Lets a variable be gone after a time in milliseconds. */
  expire(collection: string, key: string, name: string, afterMs: number): void {
    const entry = this.#live(collection, key)?.entries.get(name)
    if (entry !== undefined) entry.expiresMs = this.#nowMs() + afterMs
  }

  /** Names and values of a record. */
  *entries(collection: string, key: string): Generator<readonly [string, TxValue]> {
    const record = this.#live(collection, key)
    if (record === undefined) return
    const nowMs = this.#nowMs()
    for (const [name, { value, expiresMs }] of record.entries) if (expiresMs > nowMs) yield [name, value]
  }

  clear(): void {
    this.#records.clear()
  }

  #live(collection: string, key: string): CollectionRecord | undefined {
    const id = `${collection} ${key}`
    const record = this.#records.get(id)
    if (record === undefined) return undefined
    this.#records.delete(id)
    const nowMs = this.#nowMs()
    if (record.expiresMs <= nowMs) return undefined
    record.expiresMs = nowMs + this.#limits.idleMs
    this.#records.set(id, record)
    return record
  }

  #make(collection: string, key: string): CollectionRecord {
    if (this.#records.size >= this.#limits.records) {
      const oldest = this.#records.keys().next()
      if (oldest.done !== true) this.#records.delete(oldest.value)
    }
    const record = { entries: new Map<string, Entry>(), expiresMs: this.#nowMs() + this.#limits.idleMs }
    this.#records.set(`${collection} ${key}`, record)
    return record
  }
}
