import { type PumpFinding, pumpSearch, type SecRuleSet } from '#detect'

/** Same inputs at every run, so that two releases can be compared. */
const SEED = 1
const SIZE_BYTES = 64 * 1024
const RECIPES = 8
const LIMIT_MS = 30_000
/** CPU time for 64 KB from which a pattern is worth telling about. */
const SLOW_MS = 25

export interface SlowPatterns {
  /** Patterns that are new, and how many of them were searched in the time there is. */
  readonly patterns: number
  readonly searched: number
  /** Slowest first: rule, what the input is made of, CPU time, and how it grows with length. */
  readonly slow: readonly PumpFinding[]
}

/** Looks for inputs on which patterns of `next` are slow that `before` does not have. Takes half a minute at most. */
export function slowPatterns(before: SecRuleSet | undefined, next: SecRuleSet): SlowPatterns {
  const known = new Set(patternsOf(before).map(({ pattern }) => pattern))
  const fresh = new Map(patternsOf(next).map((entry) => [entry.pattern, entry]))
  const wanted = [...fresh.values()].filter(({ pattern }) => !known.has(pattern))
  const { searched, findings } = pumpSearch(wanted, {
    seed: SEED,
    sizeBytes: SIZE_BYTES,
    recipes: RECIPES,
    limitMs: LIMIT_MS,
  })
  const slow = findings.filter(({ cpuMs, incomplete }) => cpuMs >= SLOW_MS || incomplete > 0)
  return { patterns: wanted.length, searched, slow }
}

/** Patterns without macros, by rule. */
function patternsOf(set: SecRuleSet | undefined): { readonly id: string; readonly pattern: string }[] {
  return (set?.items ?? []).flatMap((item) => {
    if (item.type === 'marker') return []
    const operators = item.links.map(({ operator }) => operator)
    return operators
      .filter(({ name, argument }) => (name === 'rx' || name === 'rxGlobal') && !argument.includes('%{'))
      .map(({ argument }) => ({ id: String(item.id), pattern: argument }))
  })
}
