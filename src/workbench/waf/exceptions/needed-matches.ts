import type { JudgedMatch, JudgedRequest } from './judged-request.ts'
import { countingMatches, stillBlocks } from './still-blocks.ts'

/**
 * The fewest rules without which a request passes: whole rules are taken out, the heaviest first, and those that turn out not
 * to be needed are put back. Undefined when no exception would let it pass.
 */
export function neededMatches(request: JudgedRequest): readonly JudgedMatch[] | undefined {
  const counting = countingMatches(request)
  const byRule = [...Map.groupBy(counting, ({ ruleId }) => ruleId).values()].sort(
    (left, right) => weightOf(right) - weightOf(left),
  )
  const passesWithout = (removed: readonly (readonly JudgedMatch[])[]): boolean => {
    const gone = new Set(removed.flat())
    return !stillBlocks(request, new Set(request.matches.filter((match) => !gone.has(match))))
  }
  let removed: (readonly JudgedMatch[])[] = []
  for (const matches of byRule) {
    if (passesWithout(removed)) break
    removed.push(matches)
  }
  if (!passesWithout(removed)) return undefined
  for (const matches of removed) {
    const others = removed.filter((each) => each !== matches)
    if (passesWithout(others)) removed = others
  }
  return removed.flat()
}

function weightOf(matches: readonly JudgedMatch[]): number {
  return matches.reduce((sum, { score }) => sum + score, 0)
}
