import { type ExceptionRule, exceptionsFor, wholeRulesOf } from './exception-rule.ts'
import type { JudgedMatch, JudgedRequest } from './judged-request.ts'
import { placeKey, placeOf } from './parameter.ts'
import { expressionOf, hostScope, narrowestScope, patternScope, type RouteScope } from './route-scope.ts'
import { countingMatches } from './still-blocks.ts'

/** One way to let the given requests pass. */
export interface Alternative {
  /** How wide it is, in words. */
  readonly width: string
  readonly scope: RouteScope
  /** Of `scope`, in the rules language. */
  readonly when: string
  readonly exceptions: readonly ExceptionRule[]
}

/**
 * Exceptions for some requests, from the narrowest to wider ones.
 * @param needed the fewest matches that must go, of each request
 */
export function alternativesFor(
  requests: readonly JudgedRequest[],
  needed: readonly (readonly JudgedMatch[])[],
): readonly Alternative[] {
  const least = exceptionsFor(needed.flat())
  const route = narrowestScope(requests)
  const host = hostScope(requests)
  const proposals: readonly (readonly [string, RouteScope, readonly ExceptionRule[]])[] = [
    ['only the rules that it takes, at these parameters of this route', route, least],
    ['every rule that matched there', route, exceptionsFor(matchesAtSamePlaces(requests, needed.flat()))],
    [
      'the same for other numbers and ids in path and parameters',
      patternScope(requests),
      exceptionsFor(needed.flat(), true),
    ],
    ['only the rules that it takes, at these parameters of every route of the host', host, least],
    ['only the rules that it takes, at every parameter of this route', route, wholeRulesOf(least)],
    ['only the rules that it takes, everywhere on the host', host, wholeRulesOf(least)],
  ]
  const seen = new Set<string>()
  return proposals.flatMap(([width, scope, exceptions]) => {
    const when = expressionOf(scope)
    const key = JSON.stringify([when, exceptions])
    if (seen.has(key)) return []
    seen.add(key)
    return [{ width, scope, when, exceptions }]
  })
}

/** All that counts against the requests where the needed matches are. */
function matchesAtSamePlaces(
  requests: readonly JudgedRequest[],
  needed: readonly JudgedMatch[],
): readonly JudgedMatch[] {
  const places = new Set(needed.map(({ variable }) => keyOf(variable)))
  return requests.flatMap(countingMatches).filter(({ variable }) => places.has(keyOf(variable)))
}

function keyOf(variable: string): string | undefined {
  const place = placeOf(variable)
  return place === undefined ? undefined : placeKey(place)
}
