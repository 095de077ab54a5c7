import { literalText } from '../literal-text.ts'
import type { Dimension } from '../dimensions/dimension.ts'
import { type Candidate, candidateOfCodes, type Scales, separation } from './candidate.ts'
import { codesByPrefix, codesBySuffix, END_CHARACTERS } from './text-index.ts'

/** Distinct values that are taken apart, the most frequent ones. */
const VALUES = 2_000
const AFFIX_CHARACTERS = END_CHARACTERS
/** Cuts of one value. */
const CUTS = 8
/** Affixes that are tried on all values, and those of them that are kept. */
const TRIED = 32
const KEPT = 6

/** A distinct value of the bad side with its rows. */
export interface CountedText {
  readonly text: string
  readonly count: number
}

/** The most frequent texts of the bad side. */
export function frequentTexts({ values, badCounts }: Dimension): CountedText[] {
  const texts: CountedText[] = []
  for (let code = 1; code < values.length; code++) {
    if (badCounts[code] > 0) texts.push({ text: String(values[code]), count: badCounts[code] })
  }
  return texts.toSorted((a, b) => b.count - a.count || (a.text < b.text ? -1 : 1)).slice(0, VALUES)
}

/** Where words of paths, names and queries end. */
const BOUNDARY = /[/.\-_=&?:; @,(]/

interface AffixKind {
  /** The candidate texts of one value. */
  cuts(text: string): string[]
  /** The first (last) characters of a text. */
  head(text: string, size: number): string
  has(text: string, affix: string): boolean
  readonly test: (operand: string, affix: string) => string
  readonly codes: (dimension: Dimension, affix: string) => Int32Array
}

const PREFIX: AffixKind = {
  cuts(text) {
    const cuts: string[] = []
    for (let at = 0; at < Math.min(text.length - 1, AFFIX_CHARACTERS) && cuts.length < CUTS; at++) {
      if (BOUNDARY.test(text[at])) cuts.push(text.slice(0, at + 1))
    }
    return cuts
  },
  head: (text, size) => text.slice(0, size),
  has: (text, affix) => text.startsWith(affix),
  test: (operand, affix) => `starts_with(${operand}, ${literalText(affix, 'String')})`,
  codes: codesByPrefix,
}

const SUFFIX: AffixKind = {
  cuts(text) {
    const cuts: string[] = []
    for (let at = text.length - 1; at > 0 && text.length - at < AFFIX_CHARACTERS && cuts.length < CUTS; at--) {
      if (BOUNDARY.test(text[at])) cuts.push(text.slice(at))
    }
    return cuts
  },
  head: (text, size) => (size === 0 ? '' : text.slice(-size)),
  has: (text, affix) => text.endsWith(affix),
  test: (operand, affix) => `ends_with(${operand}, ${literalText(affix, 'String')})`,
  codes: codesBySuffix,
}

/** A beginning or an end that many bad values have. */
export interface Affix {
  readonly text: string
  readonly count: number
  readonly distinct: number
}

const SIZES = [2, 3, 4, 6, 8, 12, 16, 24, 32]

function countAffixes(texts: readonly CountedText[], kind: AffixKind, least: number): Affix[] {
  const counts = new Map<string, { count: number; distinct: number }>()
  const add = (affix: string, count: number): void => {
    const entry = counts.get(affix)
    if (entry === undefined) counts.set(affix, { count, distinct: 1 })
    else {
      entry.count += count
      entry.distinct++
    }
  }
  for (const { text, count } of texts) {
    for (const cut of new Set([...kind.cuts(text), ...longestOfGroups(text, kind)])) add(cut, count)
  }
  return grown(
    [...counts].map(([text, entry]) => ({ text, ...entry })),
    texts,
    kind,
  )
    .filter(({ count, distinct }) => count >= least && distinct > 1)
    .toSorted((a, b) => b.count - a.count || b.text.length - a.text.length || (a.text < b.text ? -1 : 1))
    .slice(0, TRIED)
}

function longestOfGroups(text: string, kind: AffixKind): string[] {
  return SIZES.filter((size) => size < text.length).map((size) => kind.head(text, size))
}

/** Affixes made as long as all values that have them agree; equal ones fall together. */
function grown(affixes: readonly Affix[], texts: readonly CountedText[], kind: AffixKind): Affix[] {
  const byText = new Map<string, Affix>()
  const most = affixes
    .filter(({ distinct }) => distinct > 1)
    .toSorted((a, b) => b.count - a.count || a.text.length - b.text.length || (a.text < b.text ? -1 : 1))
    .slice(0, TRIED * 2)
  for (const affix of most) {
    const having = texts.filter(({ text }) => kind.has(text, affix.text))
    let size = affix.text.length
    const first = having[0].text
    while (size < Math.min(first.length, AFFIX_CHARACTERS)) {
      const longer = kind.head(first, size + 1)
      if (!having.every(({ text }) => kind.has(text, longer))) break
      size++
    }
    const text = kind.head(first, size)
    byText.set(text, { text, count: affix.count, distinct: affix.distinct })
  }
  return [...byText.values()]
}

/** Beginnings and ends that many bad values of a text have. */
export function affixesOf(
  texts: readonly CountedText[],
  scales: Scales,
): { readonly prefixes: Affix[]; readonly suffixes: Affix[] } {
  return {
    prefixes: countAffixes(texts, PREFIX, scales.leastBad),
    suffixes: countAffixes(texts, SUFFIX, scales.leastBad),
  }
}

/** Conditions on how a text begins, ends, and on words in it. */
export function affixCandidates(
  dimension: Dimension,
  affixes: { readonly prefixes: readonly Affix[]; readonly suffixes: readonly Affix[] },
  scales: Scales,
): Candidate[] {
  const make = (kind: AffixKind, list: readonly Affix[]): Candidate[] =>
    list.map(({ text }) =>
      candidateOfCodes(dimension, kind.test(dimension.operand, text), kind.codes(dimension, text), AFFIX_PRICE),
    )
  return [...best(make(PREFIX, affixes.prefixes), scales), ...best(make(SUFFIX, affixes.suffixes), scales)]
}

const AFFIX_PRICE = 0.0005

export function best(candidates: readonly Candidate[], scales: Scales, limit = KEPT): Candidate[] {
  return candidates
    .filter(({ bad }) => bad >= scales.leastBad)
    .toSorted((a, b) => separation(b, scales) - separation(a, scales) || (a.when < b.when ? -1 : 1))
    .slice(0, limit)
}
