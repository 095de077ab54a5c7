import { EXACT_LIMIT } from './blocks.ts'
import type { BlockProbe } from './gate.ts'
import type { Posting } from './subject-index.ts'
import { markAll } from './words.ts'

/** Finds the blocks that hold a value: one lookup for each block size in use, however many ranges there are. */
export class BlockTable<Value extends number | bigint> {
  readonly #levels: readonly Level<Value>[]
  readonly #blockOf: (value: Value, exponent: number) => Value
  readonly #isExact: (value: Value) => boolean

  private constructor(
    postings: readonly { readonly exponent: number; readonly block: Value; readonly rules: Uint32Array }[],
    blockOf: (value: Value, exponent: number) => Value,
    isExact: (value: Value) => boolean,
  ) {
    const levels = new Map<number, Map<Value, Uint32Array>>()
    for (const { exponent, block, rules } of postings) {
      const level = levels.get(exponent) ?? new Map<Value, Uint32Array>()
      levels.set(exponent, level.set(block, rules))
    }
    this.#levels = [...levels].map(([exponent, rulesOf]) => ({ exponent, rulesOf }))
    this.#blockOf = blockOf
    this.#isExact = isExact
  }

  /** Blocks of integers and IPv4 addresses; undefined when there are none. */
  static ofNumbers(postings: readonly Posting<BlockProbe>[]): BlockTable<number> | undefined {
    const own = postings.flatMap(({ probe: { exponent, block }, rules }) =>
      typeof block === 'number' ? [{ exponent, block, rules }] : [],
    )
    if (own.length === 0) return undefined
    return new BlockTable<number>(
      own,
      (value, exponent) => Math.floor(value / 2 ** exponent),
      (value) => value >= -EXACT_LIMIT && value <= EXACT_LIMIT,
    )
  }

  /** Blocks of IPv6 addresses; undefined when there are none. */
  static ofBigNumbers(postings: readonly Posting<BlockProbe>[]): BlockTable<bigint> | undefined {
    const own = postings.flatMap(({ probe: { exponent, block }, rules }) =>
      typeof block === 'bigint' ? [{ exponent, block, rules }] : [],
    )
    if (own.length === 0) return undefined
    return new BlockTable<bigint>(
      own,
      (value, exponent) => value >> BigInt(exponent),
      () => true,
    )
  }

  /** Marks in `words` the rules of every block that holds `value`; all rules for a value that can not be cut exactly. */
  collect(value: Value, words: Int32Array): void {
    const isExact = this.#isExact(value)
    for (let i = 0; i < this.#levels.length; i++) {
      const { exponent, rulesOf } = this.#levels[i]
      if (isExact) {
        const rules = rulesOf.get(this.#blockOf(value, exponent))
        if (rules !== undefined) markAll(rules, words)
      } else {
        for (const rules of rulesOf.values()) markAll(rules, words)
      }
    }
  }
}

interface Level<Value> {
  readonly exponent: number
  readonly rulesOf: ReadonlyMap<Value, Uint32Array>
}
