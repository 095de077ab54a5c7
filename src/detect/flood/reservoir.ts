import { COLUMNS } from './columns.ts'
import type { GoodPacketsMemory } from './contract.ts'
import { type Destination, destinationText, parseDestination } from './destination.ts'
import type { FloodClass } from './flood-class.ts'
import type { RandomNumbers } from './random.ts'
import type { RowSet } from './row-set.ts'

const WIDTH = COLUMNS.length
/** Rows that are kept at most. */
const ROWS_MOST = 1024
const ROWS_FIRST = 64
/** Until it is full it takes a row so often, then so seldom that it holds about a quarter of an hour. */
const FILLING_MS = 4
const FULL_MS = (15 * 60 * 1000) / ROWS_MOST
/** Of what is seldom so many rows are kept all the same, of so many kinds; again a new one now and then. */
const RARE_ROWS = 16
const RARE_KINDS = 32
const RARE_FILLING_MS = 100
const RARE_FULL_MS = 30_000
const MEMORY_ROWS = 128
const MEMORY_RARE_ROWS = 4

/** After how many milliseconds another row of a kind is wanted, when there were so many. */
export function rarePauseMs(rows: number): number {
  return rows < RARE_ROWS ? RARE_FILLING_MS : RARE_FULL_MS
}

/** Rows of one kind of packets. */
interface RareKind {
  readonly rows: Float64Array[]
  next: number
}

/** Examples of good packets of one class: to one destination, or to all. */
export class Reservoir {
  readonly class: FloodClass
  readonly destination: Destination | undefined
  #rows = new Float64Array(ROWS_FIRST * WIDTH)
  #size = 0
  readonly #rare = new Map<number, RareKind>()
  /** When the next row is wanted. */
  nextMs = 0
  usedAtMs = 0

  constructor(kind: FloodClass, destination: Destination | undefined) {
    this.class = kind
    this.destination = destination
  }

  /** How many rows were drawn from all packets. */
  get size(): number {
    return this.#size
  }

  /** All rows: what is seldom counts for more than it is, so that a rule that would hit it is noticed. */
  toRows(): RowSet {
    return this.#gather(this.#size, RARE_ROWS)
  }

  #gather(mainRows: number, rareRows: number): RowSet {
    const rare = [...this.#rare.values()].flatMap((kind) => kind.rows.slice(0, rareRows))
    const main = Math.min(this.#size, mainRows)
    const rows = new Float64Array((main + rare.length) * WIDTH)
    rows.set(this.#rows.subarray(0, main * WIDTH))
    for (const [index, row] of rare.entries()) rows.set(row, (main + index) * WIDTH)
    return { rows, size: main + rare.length }
  }

  /** Says that a row was chosen: the next one is wanted later, at no fixed distance, so that it follows no beat of the traffic. */
  choose(nowMs: number, random: RandomNumbers): void {
    this.nextMs = nowMs + (this.#size < ROWS_MOST ? FILLING_MS : FULL_MS) * (0.5 + random.next())
    this.usedAtMs = nowMs
  }

  /** Takes a row; when full, in place of any other. */
  take(row: Float64Array, random: RandomNumbers): void {
    if (this.#size * WIDTH === this.#rows.length && this.#size < ROWS_MOST) {
      const grown = new Float64Array(this.#rows.length * 2)
      grown.set(this.#rows)
      this.#rows = grown
    }
    const place = this.#size < ROWS_MOST ? this.#size++ : random.below(ROWS_MOST)
    this.#rows.set(row, place * WIDTH)
  }

  /** Keeps a row of a kind, in place of the oldest of it. */
  takeRare(kind: number, row: Float64Array): void {
    const known = this.#rare.get(kind) ?? { rows: [], next: 0 }
    if (this.#rare.size >= RARE_KINDS && !this.#rare.has(kind)) return
    this.#rare.set(kind, known)
    known.rows[known.next] = row
    known.next = (known.next + 1) % RARE_ROWS
  }

  /** Some of the rows, as plain data. */
  toMemory(): GoodPacketsMemory {
    const { rows } = this.#gather(MEMORY_ROWS, MEMORY_RARE_ROWS)
    const bytes = Buffer.from(rows.buffer)
    return {
      class: this.class,
      ...(this.destination !== undefined && { destination: destinationText(this.destination) }),
      columns: COLUMNS.map(({ name }) => name),
      rows: bytes.toString('base64'),
    }
  }

  /** What `toMemory` gave; undefined when it was other columns that were kept. */
  static fromMemory(memory: GoodPacketsMemory, random: RandomNumbers): Reservoir | undefined {
    if (memory.columns.length !== WIDTH || memory.columns.some((name, column) => name !== COLUMNS[column].name)) {
      return undefined
    }
    const destination = memory.destination === undefined ? undefined : parseDestination(memory.destination)
    if (memory.destination !== undefined && destination === undefined) return undefined
    const bytes = Buffer.from(memory.rows, 'base64')
    const values = new Float64Array(new Uint8Array(bytes).buffer, 0, Math.floor(bytes.length / 8))
    const reservoir = new Reservoir(memory.class, destination)
    const rowCount = Math.min(ROWS_MOST, Math.floor(values.length / WIDTH))
    for (let row = 0; row < rowCount; row++) reservoir.take(values.subarray(row * WIDTH, (row + 1) * WIDTH), random)
    return reservoir
  }
}
