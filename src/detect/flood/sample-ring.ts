import { DESTINATION_WORD, Packet } from '#wire'
import type { RowSet } from './row-set.ts'
import { COLUMNS, readRow } from './columns.ts'
import { type Condition, rowFulfils } from './condition.ts'
import type { FloodSample } from './contract.ts'
import { contains, type Destination } from './destination.ts'
import { FLOOD_CLASSES, type FloodClass } from './flood-class.ts'
import { RandomNumbers } from './random.ts'

const CAPACITY = 16_384
const WORDS = 4
const WIDTH = COLUMNS.length
const ETHERNET = 1
const ROWS_MOST = 2500

/** Which of the last samples are asked for. */
interface SampleQuestion {
  readonly class: FloodClass
  readonly destination: Destination
  readonly sinceMs: number
  readonly untilMs?: number
  /** Only packets that this rule dropped. */
  readonly ruleId?: string
  /** Packets that fulfil all conditions of one of these are left out. */
  readonly except: readonly (readonly Condition[])[]
}

/** Samples that stand for equally many packets each, in the order of their times, and their rows. */
export interface SampleRows extends RowSet {
  readonly samples: readonly FloodSample[]
  /** Packets that each row stands for. */
  readonly weight: number
  readonly firstMs: number
  readonly lastMs: number
}

/** Reads a sample into a packet. */
export function readSample(packet: Packet, { head, frameBytes }: FloodSample): void {
  const bytes = Buffer.from(head.buffer, head.byteOffset, head.byteLength)
  packet.read(bytes, 0, bytes.length, ETHERNET, Math.max(frameBytes, bytes.length))
}

/** The last samples, so that the beginning of an attack can be looked at when it is noticed. */
export class SampleRing {
  readonly #samples: FloodSample[] = []
  readonly #classes = new Uint8Array(CAPACITY)
  readonly #destinations = new Uint32Array(CAPACITY * WORDS)
  readonly #packet = new Packet('outer')
  readonly #random = new RandomNumbers(2)
  #next = 0

  /** Keeps a sample; `packet` is what was read from it. */
  add(sample: FloodSample, packet: Packet, classIndex: number): void {
    const place = this.#next
    this.#samples[place] = sample
    this.#classes[place] = classIndex
    for (let word = 0; word < WORDS; word++) {
      this.#destinations[place * WORDS + word] = packet.addresses[DESTINATION_WORD + word]
    }
    this.#next = (place + 1) % CAPACITY
  }

  /**
   * Samples stand for different numbers of packets: those that stand for fewer are thinned until all stand for as many as the
   * heaviest.
   */
  rowsOf(question: SampleQuestion): SampleRows {
    const found = this.#find(question)
    const heaviest = found.reduce((most, { weight }) => Math.max(most, weight), 1)
    const total = found.reduce((sum, { weight }) => sum + weight, 0)
    const weight = Math.max(heaviest, total / ROWS_MOST)
    const samples: FloodSample[] = []
    let owed = weight * this.#random.next()
    for (const sample of found) {
      owed += sample.weight
      if (owed < weight) continue
      owed -= weight
      samples.push(sample)
    }
    return { ...this.#withRows(samples, question), weight }
  }

  #find({ class: kind, destination, sinceMs, untilMs = Infinity, ruleId }: SampleQuestion): readonly FloodSample[] {
    const classIndex = FLOOD_CLASSES.indexOf(kind)
    const found: FloodSample[] = []
    const count = this.#samples.length
    for (let step = 0; step < count; step++) {
      const place = (this.#next + step) % count
      const { timeMs, ruleId: droppedBy } = this.#samples[place]
      if (this.#classes[place] !== classIndex || timeMs < sinceMs || timeMs > untilMs) continue
      if (ruleId !== undefined && droppedBy !== ruleId) continue
      if (contains(destination, this.#destinations, place * WORDS)) found.push(this.#samples[place])
    }
    return found
  }

  #withRows(candidates: readonly FloodSample[], { except, sinceMs }: SampleQuestion): Omit<SampleRows, 'weight'> {
    const rows = new Float64Array(candidates.length * WIDTH)
    const samples: FloodSample[] = []
    for (const sample of candidates) {
      const at = samples.length * WIDTH
      readSample(this.#packet, sample)
      readRow(this.#packet, rows, at)
      if (!except.some((conditions) => rowFulfils(conditions, rows, at))) samples.push(sample)
    }
    const firstMs = candidates[0]?.timeMs ?? sinceMs
    const lastMs = candidates.at(-1)?.timeMs ?? sinceMs
    return { rows, size: samples.length, samples, firstMs, lastMs }
  }
}
