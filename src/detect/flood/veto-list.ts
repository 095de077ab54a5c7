import { FIELD_BY_NAME } from '#fields'
import { compilePredicate, parseExpression, type Predicate } from '#rules'
import { Packet } from '#wire'
import { PACKET_READERS } from '../packet/readers.ts'
import type { FloodSample, FloodVeto } from './contract.ts'
import { readSample } from './sample-ring.ts'

const VETOES_MOST = 256
/** A rule is like a vetoed one when that matches so much of the same packets. */
const LIKENESS = 0.5

interface Entry {
  readonly veto: FloodVeto
  readonly matches: Predicate<Packet>
}

/** Rules that nobody wants, and by them what is like them. */
export class VetoList {
  readonly #entries = new Map<string, Entry>()
  readonly #packet = new Packet('outer')

  constructor(vetoes: readonly FloodVeto[]) {
    for (const veto of vetoes) this.add(veto)
  }

  get vetoes(): readonly FloodVeto[] {
    return [...this.#entries.values()].map(({ veto }) => veto)
  }

  /** The oldest gives way when there are too many. */
  add(veto: FloodVeto): void {
    const parsed = parseExpression(veto.when, { fields: FIELD_BY_NAME, point: 'firewall' })
    if (!parsed.ok) return
    const environment = { readers: PACKET_READERS, lists: new Map() }
    this.#entries.set(veto.id, { veto, matches: compilePredicate(parsed.expression, environment) })
    if (this.#entries.size <= VETOES_MOST) return
    for (const oldest of this.#entries.keys()) {
      this.#entries.delete(oldest)
      return
    }
  }

  delete(id: string): boolean {
    return this.#entries.delete(id)
  }

  /** True when a rule that matches these packets would be like a vetoed one. */
  covers(samples: readonly FloodSample[]): boolean {
    if (this.#entries.size === 0) return false
    const counts = new Map<Entry, number>()
    for (const sample of samples) {
      readSample(this.#packet, sample)
      for (const entry of this.#entries.values()) {
        if (entry.matches(this.#packet)) counts.set(entry, (counts.get(entry) ?? 0) + 1)
      }
    }
    return [...counts.values()].some((count) => count >= samples.length * LIKENESS)
  }
}
