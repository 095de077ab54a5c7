import type { JudgedMatch, JudgedRequest } from '../judged-request.ts'

/** A match that weighs enough to block; our own rules have names, those in SecLang numbers. */
export function testMatch(ruleId: string, variable: string, changes: Partial<JudgedMatch> = {}): JudgedMatch {
  const ruleSet = /^\d/.test(ruleId) ? 'crs' : 'tidegate'
  return { ruleSet, ruleId, class: 'sqli', score: 5, phase: 2, variable, ...changes }
}

let requests = 0

/** A request that is blocked by its matches: the sum of SecLang scores is what they add up to. */
export function testRequest(matches: readonly JudgedMatch[], changes: Partial<JudgedRequest> = {}): JudgedRequest {
  const sumOf = (phases: readonly number[]): number =>
    matches
      .filter(({ ruleSet, phase }) => ruleSet === 'crs' && phases.includes(phase))
      .reduce((sum, { score }) => sum + score, 0)
  return {
    ray: String(++requests).padStart(20, '0'),
    time: '2026-01-31T08:00:00.000000Z',
    weight: 1,
    host: 'shop.test',
    method: 'POST',
    path: '/notes',
    client: '192.0.2.1',
    score: 18,
    class: 'sqli',
    matches,
    isCut: false,
    isBodyUnseen: false,
    decidedBy: matches[0]?.ruleId,
    inbound: { sum: sumOf([1, 2]), threshold: 5 },
    outbound: { sum: sumOf([3, 4]), threshold: 4 },
    ...changes,
  }
}
