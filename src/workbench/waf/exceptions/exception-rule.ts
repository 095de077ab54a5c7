import type { JudgedMatch } from './judged-request.ts'
import { meansVariable, type Place, parameterOf, placeKey, placeOf } from './parameter.ts'

/** What one `waf_exception` takes out: some rules, altogether or at some parameters. */
export interface ExceptionRule {
  /** Ids, sorted. */
  readonly rules: readonly string[]
  /** Empty: the rules are off. */
  readonly parameters: readonly string[]
}

/**
 * Exceptions for these matches, rule by parameter: parameters that share their rules share an exception. Matches in places
 * that cannot be named take out their whole rule. With `wantsPatterns` they also are for parameters that differ in the numbers
 * of their names only.
 */
export function exceptionsFor(matches: readonly JudgedMatch[], wantsPatterns = false): readonly ExceptionRule[] {
  const rulesByPlace = new Map<string, { readonly places: Place[]; readonly rules: Set<string> }>()
  const wholeRules = new Set<string>()
  for (const { ruleId, variable } of matches) {
    const place = placeOf(variable)
    if (place === undefined) wholeRules.add(ruleId)
    else {
      const key = placeKey(place)
      const group = rulesByPlace.get(key) ?? { places: [], rules: new Set<string>() }
      rulesByPlace.set(key, group)
      group.places.push(place)
      group.rules.add(ruleId)
    }
  }
  const groups = [...rulesByPlace.values()]
    .map(({ places, rules }) => ({
      parameter: parameterOf(places, wantsPatterns),
      rules: sortedIds(rules, wholeRules),
    }))
    .filter(({ rules }) => rules.length > 0)
  const bySameRules = Map.groupBy(groups, ({ rules }) => rules.join())
  return [
    ...[...bySameRules.values()].map((same) => ({
      rules: same[0].rules,
      parameters: same.map(({ parameter }) => parameter).sort(),
    })),
    ...(wholeRules.size === 0 ? [] : [{ rules: sortedIds(wholeRules, new Set()), parameters: [] }]),
  ]
}

/** The same rules, wherever they match. */
export function wholeRulesOf(exceptions: readonly ExceptionRule[]): readonly ExceptionRule[] {
  return [{ rules: sortedIds(new Set(exceptions.flatMap(({ rules }) => rules)), new Set()), parameters: [] }]
}

export function covers(exceptions: readonly ExceptionRule[], { ruleId, variable }: JudgedMatch): boolean {
  return exceptions.some(
    ({ rules, parameters }) =>
      rules.includes(ruleId) &&
      (parameters.length === 0 || parameters.some((parameter) => meansVariable(parameter, variable))),
  )
}

function sortedIds(ids: ReadonlySet<string>, without: ReadonlySet<string>): readonly string[] {
  return [...ids].filter((id) => !without.has(id)).sort((left, right) => left.localeCompare(right, 'en'))
}
