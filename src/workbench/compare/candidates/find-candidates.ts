import type { Dimension } from '../dimensions/dimension.ts'
import { addressCandidates } from './addresses.ts'
import { affixCandidates, affixesOf, frequentTexts } from './affixes.ts'
import { type Candidate, type Scales, separation } from './candidate.ts'
import { patternCandidates } from './patterns.ts'
import { rangeCandidates } from './ranges.ts'
import { truthCandidates, valueCandidates } from './values.ts'
import { wordCandidates } from './words.ts'

/** Candidates of one dimension that go into the search. */
const PER_DIMENSION = 16

const MAKERS: Readonly<Record<Dimension['type'], (dimension: Dimension, scales: Scales) => Candidate[]>> = {
  Bool: truthCandidates,
  Int: (dimension, scales) => [...valueCandidates(dimension, scales), ...rangeCandidates(dimension, scales)],
  IP: addressCandidates,
  String: textCandidates,
}

function textCandidates(dimension: Dimension, scales: Scales): Candidate[] {
  const candidates = valueCandidates(dimension, scales)
  if (!dimension.use.values || !dimension.use.parts) return candidates
  const texts = frequentTexts(dimension)
  if (texts.length < 2 && dimension.values.length < 3) return candidates
  const affixes = affixesOf(texts, scales)
  candidates.push(...affixCandidates(dimension, affixes, scales), ...wordCandidates(dimension, scales))
  candidates.push(...patternCandidates(dimension, texts, affixes, scales))
  return candidates
}

/** Conditions on one dimension that are worth a place in a filter: those that separate most, first. */
export function findCandidates(dimension: Dimension, scales: Scales): Candidate[] {
  if (dimension.use.note !== undefined) return []
  return MAKERS[dimension.type](dimension, scales)
    .filter(({ bad, good }) => bad >= scales.leastBad && bad + good < scales.bad + scales.good)
    .map((candidate) => ({ candidate, worth: separation(candidate, scales) }))
    .filter(({ worth }) => worth > 0)
    .toSorted((a, b) => b.worth - a.worth || a.candidate.price - b.candidate.price)
    .slice(0, PER_DIMENSION)
    .map(({ candidate }) => candidate)
}
