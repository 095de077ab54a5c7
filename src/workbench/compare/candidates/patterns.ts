import { literalText } from '../literal-text.ts'
import type { Dimension } from '../dimensions/dimension.ts'
import { type Affix, best, type CountedText } from './affixes.ts'
import { type Candidate, candidateOf, type Scales } from './candidate.ts'

/** Alphabets of tokens, from the narrowest. */
const ALPHABETS = [
  '0-9',
  '0-9a-f',
  'a-z',
  '0-9A-F',
  'A-Z',
  '0-9a-z',
  'A-Za-z',
  '0-9A-Za-z',
  '0-9A-Za-z_-',
  '0-9A-Za-z+/=',
]
/** Share of the values that must fit an alphabet. */
const FIT = 0.995
/** Distinct values that it takes to learn a pattern, and groups of equal beginnings and ends that are looked at. */
const LEAST_DISTINCT = 12
const GROUPS = 3
const TOKEN_CHARACTERS = 128
const PATTERN_PRICE = 0.002

interface Frame {
  readonly prefix: string
  readonly suffix: string
}

/** Patterns of random tokens: what stands between a fixed beginning and a fixed end, by alphabet and length. */
export function patternCandidates(
  dimension: Dimension,
  texts: readonly CountedText[],
  affixes: { readonly prefixes: readonly Affix[]; readonly suffixes: readonly Affix[] },
  scales: Scales,
): Candidate[] {
  const frames: Frame[] = [
    { prefix: '', suffix: '' },
    ...affixes.prefixes.slice(0, GROUPS).map(({ text }) => ({ prefix: text, suffix: '' })),
    ...affixes.suffixes.slice(0, GROUPS).map(({ text }) => ({ prefix: '', suffix: text })),
  ]
  const both = { prefix: affixes.prefixes[0]?.text ?? '', suffix: affixes.suffixes[0]?.text ?? '' }
  if (both.prefix !== '' && both.suffix !== '') frames.push(both)
  const sources = new Set(frames.flatMap((frame) => patternsOf(frame, texts)))
  const candidates = [...sources].map((source) => {
    const regex = new RegExp(source)
    const isMember = (code: number): boolean => code > 0 && regex.test(String(dimension.values[code]))
    const when = `${dimension.operand} matches ${literalText(source, 'String')}`
    return candidateOf(dimension, when, isMember, PATTERN_PRICE)
  })
  return best(candidates, scales)
}

function patternsOf({ prefix, suffix }: Frame, texts: readonly CountedText[]): string[] {
  const least = prefix.length + suffix.length
  const tokens = texts
    .filter(({ text }) => text.length > least && text.startsWith(prefix) && text.endsWith(suffix))
    .map(({ text, count }) => ({ text: text.slice(prefix.length, text.length - suffix.length), count }))
  if (tokens.length < LEAST_DISTINCT) return []
  const total = tokens.reduce((sum, { count }) => sum + count, 0)
  const alphabet = ALPHABETS.find((set) => {
    const regex = new RegExp(`^[${set}]+$`)
    return tokens.reduce((sum, { text, count }) => (regex.test(text) ? sum + count : sum), 0) >= total * FIT
  })
  if (alphabet === undefined) return []
  const regex = new RegExp(`^[${alphabet}]+$`)
  const lengths = tokens.filter(({ text }) => regex.test(text)).map(({ text }) => text.length)
  const [shortest, longest] = [Math.min(...lengths), Math.max(...lengths)]
  const [before, after] = [escaped(prefix), escaped(suffix)]
  const open = `^${before}[${alphabet}]+${after}$`
  if (longest > TOKEN_CHARACTERS) return [open]
  const size = shortest === longest ? `{${shortest}}` : `{${shortest},${longest}}`
  return [open, `^${before}[${alphabet}]${size}${after}$`]
}

function escaped(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|/]/g, (sign) => (sign === '/' ? '/' : `\\${sign}`))
}
