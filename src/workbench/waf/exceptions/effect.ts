import type { Alternative } from './alternatives.ts'
import { covers } from './exception-rule.ts'
import type { JudgedMatch, JudgedRequest } from './judged-request.ts'
import { fitsScope } from './route-scope.ts'
import { countingMatches, stillBlocks } from './still-blocks.ts'

/** What an exception would have changed about the logged requests. Counts are requests, by the weights of their events. */
export interface Effect {
  /** Of the requests that were given as false positives. */
  readonly givenPass: number
  /** Logged requests beside the given ones that would pass: what speaks against them are the excepted matches only. */
  readonly benign: number
  /** Logged requests that would pass although something else speaks against them. */
  readonly malicious: number
  /** Logged requests that the exception touches, and that stay blocked. */
  readonly stillBlocked: number
  readonly samples: readonly EffectSample[]
}

interface EffectSample {
  readonly request: JudgedRequest
  readonly looks: 'benign' | 'malicious'
  /** Why it looks malicious. */
  readonly why: string | undefined
}

/** Samples of each kind. */
const SAMPLE_LIMIT = 5

/** Evaluates an exception over logged requests that the WAF blocks, or would. */
export function effectOf(
  { scope, exceptions }: Alternative,
  given: readonly JudgedRequest[],
  logged: readonly JudgedRequest[],
): Effect {
  const passes = (request: JudgedRequest): ReadonlySet<JudgedMatch> | undefined => {
    if (!fitsScope(scope, request)) return undefined
    const kept = new Set(request.matches.filter((match) => !covers(exceptions, match)))
    return kept.size === request.matches.length ? undefined : kept
  }
  const givenRays = new Set(given.map(({ ray }) => ray))
  const lowestScore = Math.min(...given.map(({ score }) => score))
  const tally = { benign: 0, malicious: 0, stillBlocked: 0 }
  const samples: EffectSample[] = []
  for (const request of logged) {
    const kept = givenRays.has(request.ray) ? undefined : passes(request)
    if (kept === undefined) continue
    if (stillBlocks(request, kept)) {
      tally.stillBlocked += request.weight
      continue
    }
    const why = suspicion(request, kept, lowestScore)
    const looks = why === undefined ? 'benign' : 'malicious'
    tally[looks] += request.weight
    if (samples.filter((sample) => sample.looks === looks).length < SAMPLE_LIMIT) samples.push({ request, looks, why })
  }
  const givenPass = given.filter((request) => {
    const kept = passes(request)
    return kept !== undefined && !stillBlocks(request, kept)
  }).length
  return { givenPass, ...tally, samples }
}

/** Why a request that would pass looks like an attack all the same. */
function suspicion(request: JudgedRequest, kept: ReadonlySet<JudgedMatch>, lowestScore: number): string | undefined {
  const others = [
    ...new Set(
      countingMatches(request)
        .filter((match) => kept.has(match))
        .map(({ ruleId }) => ruleId),
    ),
  ]
  if (others.length > 0) return `${others.slice(0, 3).join(', ')} matched as well`
  if (request.score < lowestScore) return `its score ${request.score} is worse than that of the given requests`
  return undefined
}
