import { resolve } from 'node:path'
import type { ListData } from '#decide'
import { FIELD_BY_NAME, type PointName } from '#fields'
import { TidegateError } from '#kernel'
import { type Expression, parseExpression, renderRuleError } from '#rules'

/** The named lists of the policy that a configuration names; none without one. */
export async function loadLists(configFile: string | undefined): Promise<readonly ListData[]> {
  if (configFile === undefined) return []
  // Without a policy, what reads configurations need not be loaded.
  const { loadConfig, loadPolicy } = await import('#config')
  const config = loadConfig(resolve(configFile))
  return loadPolicy(config.policyDirectory, { config }).policy.lists
}

/**
 * Parses an expression of the command line, over the fields of `point` where that is named.
 * @throws TidegateError ERR_RULE_INVALID with the caret message
 */
export function parseRuleText(text: string, lists: readonly ListData[], point?: PointName): Expression {
  const types = new Map(lists.map((list) => [list.name, list.type]))
  const result = parseExpression(text, {
    fields: FIELD_BY_NAME,
    lists: types,
    stage: 'response',
    ...(point !== undefined && { point }),
  })
  if (result.ok) return result.expression
  throw new TidegateError('ERR_RULE_INVALID', renderRuleError(result.error, text), { source: 'client' })
}
