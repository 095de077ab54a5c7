import type { Readers } from '#fields'
import type { NamedLists } from '../expression.ts'
import type { RegexMatcher } from '../regex/regex.ts'

/** What a compiled expression reads from: the fields of a point or of a recorded row, and the named lists. */
export interface CompileEnvironment<Context> {
  readonly readers: Readers<Context>
  readonly lists: NamedLists
  /** Takes the place of `compileRegex` for the patterns of `matches`: must match the same. */
  readonly compileRegex?: (pattern: string) => Pick<RegexMatcher, 'source' | 'test'>
}

export type Predicate<Context> = (context: Context) => boolean

/** Predicates that share the values of equal sub-expressions until `reset` is called: once for every new context. */
export interface PredicateProgram<Context> {
  reset(): void
  readonly predicates: readonly Predicate<Context>[]
}
