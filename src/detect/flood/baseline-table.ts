import { Baseline } from './baseline.ts'
import type { BaselineMemory } from './contract.ts'
import { type Destination, destinationText, parseDestination } from './destination.ts'
import { FLOOD_CLASSES, type FloodClass } from './flood-class.ts'
import type { Tally } from './heavy-hitters.ts'

const CAPACITY = 4096
const SECOND_MS = 1000
/** What was silent for so long is told that its rate was 0. */
const SILENCE_MS = 5 * SECOND_MS
/** What was silent for so long is forgotten. */
const FORGOTTEN_AFTER_MS = 7 * 24 * 3600 * SECOND_MS
/** How many of the oldest entries are looked at to find one that matters least. */
const EVICTION_WINDOW = 64

interface Entry {
  readonly class: FloodClass
  readonly destination: Destination
  readonly baseline: Baseline
}

/** True for what must not be learnt from now. */
export type IsUnderAttack = (kind: FloodClass, destination: Destination) => boolean

/** Name of a class towards a destination. */
export function volumeKey(kind: FloodClass, destination: Destination): string {
  return `${kind} ${destinationText(destination)}`
}

/** What is usual, of a bounded number of destinations. */
export class BaselineTable {
  readonly #entries = new Map<string, Entry>()

  constructor(memory: readonly BaselineMemory[]) {
    for (const entry of memory.slice(0, CAPACITY)) {
      const destination = parseDestination(entry.destination)
      if (destination === undefined || !FLOOD_CLASSES.includes(entry.class)) continue
      this.#add(entry.class, destination, new Baseline(entry.updatedAtMs, entry))
    }
  }

  of(kind: FloodClass, destination: Destination): Baseline | undefined {
    return this.#entries.get(volumeKey(kind, destination))?.baseline
  }

  /** Learns that so many packets came in `elapsedMs`. */
  learn({ class: kind, destination, packets, error }: Tally, elapsedMs: number, nowMs: number): void {
    const known = this.of(kind, destination) ?? this.#add(kind, destination, new Baseline(nowMs))
    const seconds = elapsedMs / SECOND_MS
    known.observe((packets - error) / seconds, nowMs, seconds)
  }

  /** Learns that what was not heard of had a rate of 0. */
  learnSilence(nowMs: number, isUnderAttack: IsUnderAttack): void {
    for (const [key, { class: kind, destination, baseline }] of this.#entries) {
      const silentMs = nowMs - baseline.updatedAtMs
      if (silentMs > FORGOTTEN_AFTER_MS) this.#entries.delete(key)
      else if (silentMs < SILENCE_MS) continue
      else if (isUnderAttack(kind, destination)) baseline.skipTo(nowMs)
      else baseline.observe(0, nowMs, silentMs / SECOND_MS)
    }
  }

  toMemory(): readonly BaselineMemory[] {
    return [...this.#entries.values()].map(({ class: kind, destination, baseline }) => ({
      destination: destinationText(destination),
      class: kind,
      ...baseline.toMemory(),
    }))
  }

  #add(kind: FloodClass, destination: Destination, baseline: Baseline): Baseline {
    if (this.#entries.size >= CAPACITY) this.#forgetOne()
    this.#entries.set(volumeKey(kind, destination), { class: kind, destination, baseline })
    return baseline
  }

  #forgetOne(): void {
    let smallest: string | undefined
    let smallestMean = Infinity
    let looked = 0
    for (const [key, { baseline }] of this.#entries) {
      if (baseline.mean < smallestMean) {
        smallest = key
        smallestMean = baseline.mean
      }
      if (++looked === EVICTION_WINDOW) break
    }
    if (smallest !== undefined) this.#entries.delete(smallest)
  }
}
