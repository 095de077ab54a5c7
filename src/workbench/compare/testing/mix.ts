import type { FactRow } from '../population/fact-row.ts'
import type { CompareKind } from '../report.ts'

/** Rows of an attack and of the traffic that it hides in, made from a seed. */
export interface MixRows {
  readonly bad: readonly FactRow[]
  readonly good: readonly FactRow[]
  /** By row of `bad`: true when it is of the attack and not good traffic that somebody marked or that the window holds. */
  readonly isAttack?: (row: number) => boolean
}

/** An attack for trying the comparison on. */
export interface Mix {
  readonly name: string
  readonly kind: CompareKind
  readonly labels: 'trusted' | 'window'
  /** The shortest filters that are known, together; empty when none is safe. */
  readonly known: readonly string[]
  make(seed: number, badRows: number, goodRows: number): MixRows
}
