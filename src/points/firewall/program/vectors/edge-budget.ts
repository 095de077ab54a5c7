import type { Dimension, EdgeSet } from '#rules'
import { NODE_LIMIT, nodesAt } from './address-table.ts'

/** Kernels before 6.6 have no larger values. */
const VALUE_LIMIT_BYTES = 4 << 20
/** Classes are numbers of 15 bits. */
const CLASS_LIMIT = 0x7ff0

/** Bytes of a vector with its summary. */
export function vectorBytes(words: number): number {
  return (words + 1) * 8
}

/** Says which sets still have room in the tables of a dimension. */
export class EdgeBudget {
  readonly #edges = new Set<number | bigint>()
  readonly #classLimit: number
  readonly #isAddress: boolean
  #nodes = 0

  constructor({ kind }: Dimension, words: number) {
    this.#isAddress = kind === 'address'
    // Each edge begins at most one more class.
    this.#classLimit = Math.min(CLASS_LIMIT, Math.floor(VALUE_LIMIT_BYTES / vectorBytes(words)) - 2)
  }

  /** Takes the room for a set; false when there is not enough. */
  take(edges: EdgeSet): boolean {
    let [fresh, nodes] = [0, 0]
    for (const edge of edges) {
      if (this.#edges.has(edge)) continue
      fresh++
      if (this.#isAddress) nodes += nodesAt(BigInt(edge))
    }
    if (this.#edges.size + fresh > this.#classLimit || this.#nodes + nodes > NODE_LIMIT) return false
    for (const edge of edges) this.#edges.add(edge)
    this.#nodes += nodes
    return true
  }
}
