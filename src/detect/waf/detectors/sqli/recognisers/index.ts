import type { Scan } from '../scan.ts'
import { Kind, KIND_COUNT, type TokenKind } from '../token-kind.ts'
import { recogniseBoolean } from './boolean.ts'
import { recogniseComment, recogniseQuoteComparison, recogniseQuoteEnd, recogniseQuoteOperator } from './breakout.ts'
import { recogniseCase, recogniseConditional, recogniseDelay, recogniseLeak, recogniseWaitfor } from './calls.ts'
import { recogniseHaving, recogniseInto, recogniseOrder, recogniseProcedure, recogniseTail } from './clauses.ts'
import { recogniseStacked, recogniseStatement } from './stacked.ts'
import { recogniseCatalog, recogniseSelect } from './subselect.ts'
import { recogniseUnion } from './union.ts'

/** Looks at the token at `at`, of the kind that it is registered for, and reports what it recognises. */
export type Recogniser = (scan: Scan, at: number) => void

const ANCHORS: readonly (readonly [kind: TokenKind, ...recognisers: Recogniser[]])[] = [
  [Kind.logic, recogniseBoolean],
  [Kind.pipes, recogniseBoolean, recogniseQuoteOperator],
  [Kind.arithmetic, recogniseQuoteOperator],
  [Kind.compare, recogniseQuoteComparison],
  [Kind.compareWord, recogniseQuoteComparison],
  [Kind.not, recogniseQuoteComparison],
  [Kind.union, recogniseUnion],
  [Kind.select, recogniseSelect],
  [Kind.catalog, recogniseCatalog],
  [Kind.delayCall, recogniseDelay],
  [Kind.leakCall, recogniseLeak],
  [Kind.sqlCall, recogniseConditional],
  [Kind.caseWord, recogniseCase],
  [Kind.semicolon, recogniseStacked, recogniseQuoteEnd],
  [Kind.statement, recogniseWaitfor, recogniseStatement],
  [Kind.orderGroup, recogniseOrder],
  [Kind.having, recogniseHaving],
  [Kind.limit, recogniseTail],
  [Kind.into, recogniseInto],
  [Kind.procedure, recogniseProcedure],
  [Kind.comment, recogniseComment],
]

/** The recognisers by the kind of token at which they begin; undefined for kinds that begin nothing. */
export const RECOGNISERS: readonly (readonly Recogniser[] | undefined)[] = byKind()

function byKind(): (readonly Recogniser[] | undefined)[] {
  const table: (readonly Recogniser[] | undefined)[] = Array.from({ length: KIND_COUNT }, () => undefined)
  for (const [kind, ...recognisers] of ANCHORS) table[kind] = recognisers
  return table
}
