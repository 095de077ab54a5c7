import { buildLists, type ListData } from '#decide'
import { TidegateError } from '#kernel'
import {
  compileDisplayFilter,
  compileSql,
  type Expression,
  generatePredicateSource,
  renderRuleError,
  type TargetRefusal,
} from '#rules'
import { fieldSql } from '#store'
import type { CompileTarget } from './compile-targets.ts'
import { ROW_READERS } from './rows/row.ts'

/** An expression as another program reads it. */
export interface CompiledRule {
  readonly text: string
  /** Values to bind to $1, $2 and so on; absent where the target has none. */
  readonly parameters?: readonly string[]
}

type Compile = (
  expression: Expression,
  lists: readonly ListData[],
) => ({ readonly ok: true } & CompiledRule) | TargetRefusal

const TARGETS: Readonly<Record<CompileTarget, Compile>> = {
  js: (expression, lists) => ({
    ok: true,
    text: generatePredicateSource(expression, { readers: ROW_READERS, lists: buildLists(lists) }),
  }),
  duckdb: (expression, lists) =>
    compileSql(expression, {
      dialect: 'duckdb',
      column: fieldSql,
      lists: new Map(lists.map((list) => [list.name, list])),
    }),
  'display-filter': (expression) => compileDisplayFilter(expression),
}

/** @throws TidegateError ERR_RULE_INVALID with carets below what the target cannot say; `source` is the text that was parsed */
export function compileFor(
  target: CompileTarget,
  expression: Expression,
  source: string,
  lists: readonly ListData[],
): CompiledRule {
  const result = TARGETS[target](expression, lists)
  if (result.ok) return result
  throw new TidegateError('ERR_RULE_INVALID', renderRefusal(target, result, source), { source: 'client' })
}

function renderRefusal(target: CompileTarget, { reason, span }: TargetRefusal, source: string): string {
  const before = source.slice(0, span.start).split('\n')
  const error = {
    code: 'not-readable',
    message: `not possible in ${target}: ${reason}`,
    line: before.length,
    column: before[before.length - 1].length + 1,
    length: Math.max(1, span.end - span.start),
  } as const
  return renderRuleError(error, source)
}
