import { TidegateError } from '#kernel'
import { type Alternative, alternativesFor } from './alternatives.ts'
import { type Effect, effectOf } from './effect.ts'
import type { JudgedRequest } from './judged-request.ts'
import { neededMatches } from './needed-matches.ts'

export interface Suggestion extends Alternative {
  readonly effect: Effect
}

/**
 * Exceptions that let false positives pass, from the narrowest to wider ones, each with what it would have changed.
 * @param given the requests that were blocked wrongly
 * @param logged other requests that the WAF blocked, or would have; those given may be among them
 * @throws TidegateError ERR_NOT_FOUND when no exception can help one of the given requests
 */
export function suggestExceptions(
  given: readonly JudgedRequest[],
  logged: readonly JudgedRequest[],
): readonly Suggestion[] {
  const needed = given.map((request) => {
    const matches = neededMatches(request)
    return matches === undefined || matches.length === 0 ? refuse(request) : matches
  })
  return alternativesFor(given, needed).map((alternative) => ({
    ...alternative,
    effect: effectOf(alternative, given, logged),
  }))
}

function refuse({ ray, isCut, matches }: JudgedRequest): never {
  const reason = isCut
    ? 'more rules matched than its event holds'
    : matches.length === 0
      ? 'its event holds no match'
      : 'what its event holds does not say why it is blocked'
  throw new TidegateError('ERR_NOT_FOUND', `no exception can be worked out for ${ray}: ${reason}`, {
    source: 'client',
    remedy: `See \`tidegate event explain ${ray}\`.`,
  })
}
