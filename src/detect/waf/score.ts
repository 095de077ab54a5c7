import { WAF_CLASSES, type WafClass } from './settings.ts'
import type { WafMatch } from './verdict.ts'

/** Evidence from which our own rules block: one rule of this weight, or several smaller ones of one class. */
export const BLOCK_WEIGHT = 5

/** The score of a request in which nothing was found. */
const CLEAN_SCORE = 99

/** Evidence that halves the score: two points, so that a rule that blocks on its own gives 18. */
const HALVING_EVIDENCE = 2

/**
 * How much of a SecLang score counts as evidence, by paranoia level. Rules of higher levels are written to be seen more often
 * on benign traffic; a single rule of level 1 is a sign (33), two of them are an attack (12).
 */
const SECLANG_TRUST: Readonly<Record<number, number>> = { 1: 0.62, 2: 0.3, 3: 0.15, 4: 0.08 }

/** What the matches of a request say in one number. */
export interface WafScore {
  /** 1 is surely an attack, 99 surely clean; 1-20 attack, 21-50 likely attack, 51-80 likely clean, 81-99 clean. */
  readonly score: number
  /** The class with the most evidence; undefined when nothing speaks. */
  readonly class: WafClass | undefined
  /** The same number for each class in which something matched. */
  readonly classScores: Readonly<Partial<Record<WafClass, number>>>
}

/**
 * Adds up the evidence: the weight of each of our rules, and a share of each SecLang score, every rule once however many values
 * it matched. With `e` as the sum, the score is 1 + 98 / 2^(e / 2): so it can be worked out by hand from the event. What was
 * found in an answer counts like what was found in the request.
 */
export function wafScore(matches: readonly WafMatch[]): WafScore {
  if (matches.length === 0) return CLEAN
  const counted = new Set<string>()
  const byClass = new Map<WafClass, number>()
  let total = 0
  for (const match of matches) {
    const evidence = evidenceOf(match)
    if (evidence <= 0 || counted.has(match.ruleId)) continue
    counted.add(match.ruleId)
    total += evidence
    byClass.set(match.class, (byClass.get(match.class) ?? 0) + evidence)
  }
  const classScores: Partial<Record<WafClass, number>> = {}
  let loudest: WafClass | undefined
  for (const name of WAF_CLASSES) {
    const evidence = byClass.get(name)
    if (evidence === undefined) continue
    classScores[name] = scoreOf(evidence)
    if (loudest === undefined || evidence > (byClass.get(loudest) ?? 0)) loudest = name
  }
  return { score: scoreOf(total), class: loudest, classScores }
}

const CLEAN: WafScore = Object.freeze({ score: CLEAN_SCORE, class: undefined, classScores: Object.freeze({}) })

/** What one match adds to the evidence. */
export function evidenceOf(match: WafMatch): number {
  return match.ruleSet === 'tidegate' ? match.score : match.score * (SECLANG_TRUST[match.paranoia] ?? 0)
}

function scoreOf(evidence: number): number {
  return Math.round(1 + (CLEAN_SCORE - 1) / 2 ** (evidence / HALVING_EVIDENCE))
}
