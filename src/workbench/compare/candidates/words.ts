import { literalText } from '../literal-text.ts'
import type { Dimension } from '../dimensions/dimension.ts'
import { best } from './affixes.ts'
import { type Candidate, candidateOf, candidateOfCodes, type Scales } from './candidate.ts'
import { codesByWord } from './text-index.ts'

const WORD = /[A-Za-z][A-Za-z0-9]{2,23}/g
const VALUES = 1_500
const TRIED = 16
const KEPT = 5
const WORD_PRICE = 0.001
/** A word that good values have is tried as an exclusion from this share of the good rows on. */
const EXCLUDED_SHARE = 0.2

/** Conditions on words that stand in many values of one side. */
export function wordCandidates(dimension: Dimension, scales: Scales): Candidate[] {
  const words = (counts: Float64Array, least: number): string[] => frequentWords(dimension, counts, least)
  const positive = words(dimension.badCounts, scales.leastBad).map((word) => wordCandidate(dimension, word, true))
  const negative = words(dimension.goodCounts, scales.good * EXCLUDED_SHARE).map((word) =>
    wordCandidate(dimension, word, false),
  )
  return [...best(positive, scales, KEPT), ...best(negative, scales, KEPT)]
}

function wordCandidate(dimension: Dimension, word: string, isThere: boolean): Candidate {
  const test = `${dimension.operand} contains ${literalText(word, 'String')}`
  const there = candidateOfCodes(dimension, test, codesByWord(dimension, word), WORD_PRICE)
  if (isThere) return there
  return candidateOf(dimension, `not ${test}`, (code) => there.members[code] === 0, WORD_PRICE * 2)
}

function frequentWords({ values }: Dimension, counts: Float64Array, least: number): string[] {
  const codes = Array.from({ length: values.length - 1 }, (_, i) => i + 1)
    .filter((code) => counts[code] > 0)
    .toSorted((a, b) => counts[b] - counts[a])
    .slice(0, VALUES)
  const totals = new Map<string, number>()
  for (const code of codes) {
    const text = String(values[code]).slice(0, 400)
    for (const word of new Set(text.match(WORD))) {
      if (word !== text) totals.set(word, (totals.get(word) ?? 0) + counts[code])
    }
  }
  return [...totals]
    .filter(([, count]) => count >= least)
    .toSorted((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1))
    .slice(0, TRIED)
    .map(([word]) => word)
}
