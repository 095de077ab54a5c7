import { omissionSources } from '#events'
import { type Expression, walk } from '#rules'
import type { SqlParameters } from './sql-parameters.ts'

/**
 * Condition that a value which one of the expressions reads was not stored as it was, so that SQL cannot be sure of it.
 */
export function omittedSql(expressions: readonly Expression[], parameters: SqlParameters): string {
  const patterns = new Set(expressions.flatMap(readPatterns))
  const tests = [...patterns].map((pattern) => `contains("omissions", ${parameters.add(pattern)})`)
  return tests.length === 0 ? 'FALSE' : `("omissions" IS NOT NULL AND (${tests.join(' OR ')}))`
}

/** How the omissions begin that concern what an expression reads: JSON of field, key or null, reason. */
function readPatterns(expression: Expression): string[] {
  const patterns: string[] = []
  const keyed = new Set<unknown>()
  walk(expression, (node) => {
    if (node.kind === 'Index' && node.operand.kind === 'Field' && typeof node.index === 'string') {
      const { name } = node.operand
      const [source] = omissionSources(name)
      // What is derived from another value is omitted with that, whatever the key.
      if (source !== name) return
      keyed.add(node.operand)
      patterns.push(`["${name}",null,`, `["${name}",${JSON.stringify(node.index)},`)
    } else if (node.kind === 'Field' && !keyed.has(node)) {
      for (const source of omissionSources(node.name)) patterns.push(`["${source}",`)
    }
  })
  return patterns
}
