import type { Scales } from '../candidates/candidate.ts'
import type { Dimension } from '../dimensions/dimension.ts'
import { type BitRows, holdsBad, intersect, type RowBits, type RowTotals } from './bits.ts'
import type { Clients } from './clients.ts'
import type { Condition } from './searchable.ts'

/** What is asked for, and from which country. */
const PLACES =
  /^(?:http\.host|(?:raw\.)?http\.request\.(?:method|uri|full_uri|uri\.path(?:\.extension)?)|ip\.src\.country)$/
/** What the program of a client is known by, whatever it asks for. */
const PROGRAMS: ReadonlySet<string> = new Set([
  'tls.ja4',
  'tls.ja3',
  'http.user_agent',
  'http.request.header_order',
  'http.request.version',
])
/** Share of good clients that a value must have to be compared by itself; others count together. */
const USUAL = 0.005
/** Distributions of programs that differ by less, as a share of the clients, are of the same sort of clients. */
const ALIKE = 0.4

/**
 * In a window that nobody marked, more rows than before are not bad by that alone: a new page, or people of a country that
 * were asleep. What is told only by where it goes or comes from, while its clients are like all others, is such a crowd.
 */
export class Crowd {
  readonly #rows: BitRows
  readonly #scales: Scales
  readonly #programs: readonly Dimension[]
  readonly #clients: Clients | undefined
  readonly #known = new Map<string, boolean>()

  constructor(dimensions: readonly Dimension[], rows: BitRows, scales: Scales, clients: Clients | undefined) {
    this.#rows = rows
    this.#scales = scales
    this.#clients = clients
    this.#programs = dimensions.filter(({ operand }) => PROGRAMS.has(operand))
  }

  /** True when the conditions select visitors, or a part of them. */
  isCrowd(conditions: readonly Condition[]): boolean {
    const places = conditions.filter(({ candidate }) => PLACES.test(candidate.dimension.field.name))
    if (places.length === 0 || this.#programs.length === 0) return false
    const text = places.map(({ candidate }) => candidate.when).join()
    const known = this.#known.get(text)
    if (known !== undefined) return known
    const bits = places.slice(1).reduce((both, { bits: more }) => intersect(both, more), places[0].bits)
    const totals: RowTotals = { bad: 0, good: 0 }
    this.#rows.countBoth(bits, bits, totals)
    // Where there were good rows before, it is the other conditions that tell the sides apart.
    const isNew = totals.good <= this.#scales.good * this.#scales.limit
    const isCrowd = isNew && this.#areUsual(bits)
    this.#known.set(text, isCrowd)
    return isCrowd
  }

  /** True when the clients of some bad rows are like those of good rows. */
  #areUsual(bits: RowBits): boolean {
    if (this.#clients?.areBusy(bits) === true) return false
    const { bad, good } = this.#rows.rows
    const isHit = holdsBad(bits)
    return this.#programs.every((dimension) => {
      const hit = this.#clientsByValue(dimension, 0, bad, isHit)
      const { distance, byChance } = differenceOf(
        hit,
        this.#clientsByValue(dimension, bad, bad + good, () => true),
      )
      return distance < ALIKE + byChance
    })
  }

  /** Clients of some rows by code of a dimension, so that one who sends much counts as any other. */
  #clientsByValue({ codes, values }: Dimension, from: number, to: number, isMeant: (row: number) => boolean): Counts {
    const seen = new Set<number>()
    const counts = new Float64Array(values.length)
    for (let row = from; row < to; row++) {
      if (!isMeant(row)) continue
      const pair = (this.#clients?.codes[row] ?? row) * values.length + codes[row]
      if (seen.has(pair)) continue
      seen.add(pair)
      counts[codes[row]]++
    }
    return { counts, clients: seen.size }
  }
}

/** Clients by code, and all of them. */
interface Counts {
  readonly counts: Float64Array
  readonly clients: number
}

interface Difference {
  /** Total variation distance, 0 to 1. */
  readonly distance: number
  /** About how much of it so few clients make by chance. */
  readonly byChance: number
}

/** How differently bad and good clients have the values of a dimension. */
function differenceOf(bad: Counts, good: Counts): Difference {
  const rare = { bad: 0, good: 0 }
  let distance = 0
  let byChance = 0
  const add = (badShare: number, goodShare: number): void => {
    distance += Math.abs(badShare - goodShare) / 2
    byChance += Math.sqrt((goodShare * (1 - goodShare)) / bad.clients)
  }
  for (const [code, count] of good.counts.entries()) {
    const [badShare, goodShare] = [bad.counts[code] / bad.clients, count / good.clients]
    if (goodShare >= USUAL) add(badShare, goodShare)
    else {
      rare.bad += badShare
      rare.good += goodShare
    }
  }
  add(rare.bad, rare.good)
  return { distance, byChance }
}
