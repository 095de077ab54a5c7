import { BLOCK_WEIGHT } from '#detect'
import type { AnomalySum, JudgedMatch, JudgedRequest } from './judged-request.ts'

/** What counts against a request: every match of the rules with a score, and of a rule that blocks without one. */
export function countingMatches(request: JudgedRequest): readonly JudgedMatch[] {
  const counting = new Set(request.matches.filter(({ score }) => score > 0).map(({ ruleId }) => ruleId))
  const direct = directRule(request)
  if (direct !== undefined) counting.add(direct)
  return request.matches.filter(({ ruleId }) => counting.has(ruleId))
}

/** Whether the request is blocked when only `kept` of its matches remain: the judgement of the WAF over what the event holds. */
export function stillBlocks(request: JudgedRequest, kept: ReadonlySet<JudgedMatch>): boolean {
  // What the event does not hold may be enough.
  if (request.isCut) return true
  const direct = directRule(request)
  return (
    [...kept].some(({ ruleId }) => ruleId === direct) ||
    ownRulesBlock(kept) ||
    sumBlocks(request, kept, request.inbound, [1, 2]) ||
    sumBlocks(request, kept, request.outbound, [3, 4])
  )
}

/** Whether a class of our own rules has enough weight; every rule counts once, however many values it matched. */
function ownRulesBlock(kept: ReadonlySet<JudgedMatch>): boolean {
  const counted = new Set<string>()
  const weights = new Map<string, number>()
  for (const match of kept) {
    if (match.ruleSet !== 'tidegate' || counted.has(match.ruleId)) continue
    counted.add(match.ruleId)
    weights.set(match.class, (weights.get(match.class) ?? 0) + match.score)
  }
  return [...weights.values()].some((weight) => weight >= BLOCK_WEIGHT)
}

function sumBlocks(
  { matches }: JudgedRequest,
  kept: ReadonlySet<JudgedMatch>,
  anomaly: AnomalySum | undefined,
  phases: readonly number[],
): boolean {
  if (anomaly === undefined) return false
  const adding = matches.filter(({ ruleSet, phase }) => ruleSet !== 'tidegate' && phases.includes(phase))
  const removed = [...Map.groupBy(adding, ({ ruleId }) => ruleId).values()].map((same) => removedScore(same, kept))
  return anomaly.sum - removed.reduce((sum, score) => sum + score, 0) >= anomaly.threshold
}

/** What the sum loses. A chain adds its score once, and does so as long as one of its matches remains. */
function removedScore(matches: readonly JudgedMatch[], kept: ReadonlySet<JudgedMatch>): number {
  const isChain = matches.some(({ score }) => score === 0)
  if (isChain && matches.some((match) => kept.has(match))) return 0
  return matches.filter((match) => !kept.has(match)).reduce((sum, { score }) => sum + score, 0)
}

/**
 * The SecLang rule that blocks on its own account, as rules without scores do. One that looks at a sum of the rule set (TX)
 * only says what the scores say.
 */
function directRule({ decidedBy, matches }: JudgedRequest): string | undefined {
  const deciding = matches.find(({ ruleId }) => ruleId === decidedBy)
  if (deciding === undefined || deciding.ruleSet === 'tidegate' || deciding.score > 0) return undefined
  return deciding.variable.startsWith('TX') ? undefined : decidedBy
}
