import { likelihoodOf } from '../literal/byte-frequency.ts'
import { clauseOf, LITERAL_BYTES } from '../literal/clause.ts'
import type { LiteralCondition } from '../literal/condition-set.ts'
import type { PcreNode } from './pcre-node.ts'
import { clausesOf, factsOf } from './text-facts.ts'

const CLAUSE_LIMIT = 3
/** A clause as rare as this needs no other beside it. */
const RARE_ENOUGH = 1e-5
/** A clause that is met more often than this at a place of ordinary text adds nothing to another. */
const TOO_COMMON = 0.02

interface WeighedClause {
  readonly literals: readonly string[]
  readonly likelihood: number
}

/**
 * What every value that matches a pattern must contain: of each clause at least one literal, rarest clause first, at most three;
 * undefined when nothing is certain.
 */
export function necessaryLiterals(tree: PcreNode): LiteralCondition | undefined {
  const facts = factsOf(tree, rarest)
  const weighed = new Map<string, WeighedClause>()
  for (const clause of clausesOf(facts)) {
    const one = weigh(clause)
    weighed.set(one.literals.join('\n'), one)
  }
  const [first, ...others] = [...weighed.values()].sort((one, other) => one.likelihood - other.likelihood)
  if (first === undefined) return undefined
  if (first.likelihood < RARE_ENOUGH) return [first.literals]
  const added = others.filter((clause) => clause.likelihood < TOO_COMMON).slice(0, CLAUSE_LIMIT - 1)
  return [first.literals, ...added.map((clause) => clause.literals)]
}

function rarest(clauses: readonly ReadonlySet<string>[]): ReadonlySet<string> | undefined {
  let best: ReadonlySet<string> | undefined
  let lowest = Number.POSITIVE_INFINITY
  for (const clause of clauses) {
    let likelihood = 0
    for (const literal of clause) likelihood += likelihoodOf(literal.slice(0, LITERAL_BYTES))
    if (likelihood < lowest) {
      lowest = likelihood
      best = clause
    }
  }
  return best
}

function weigh(clause: ReadonlySet<string>): WeighedClause {
  const literals = clauseOf(clause)
  return { literals, likelihood: literals.reduce((sum, literal) => sum + likelihoodOf(literal), 0) }
}
