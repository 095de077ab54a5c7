import { lowerAscii } from '#wire'
import type { LiteralCondition } from '../literal/condition-set.ts'
import type { TranslatedRegex } from '../regex/translate.ts'
import { compileMacro, type SecOperator } from '../seclang/index.ts'
import { BYTE_MASK, type ByteMaskBits, maskOf } from '../transformations/index.ts'
import { parseByteRanges } from '../operators/byte-ranges.ts'
import type { EngineRule } from './engine-rule.ts'
import { VARIABLE_STEPS } from './variable-table.ts'

/** What the transformed text of a value must hold for a rule to match it: literals, or a byte of some classes. */
export type RuleCondition =
  | { readonly kind: 'literals'; readonly literals: LiteralCondition }
  | { readonly kind: 'bytes'; readonly mask: ByteMaskBits }

/** Phrases are cut to this: longer ones make the automaton outgrow the cache, and filter hardly better. */
const PHRASE_BYTES = 8

/** All classes but those of letters, digits and the empty text: words, of which nothing can be made. */
const NO_WORD = ~(BYTE_MASK.always | BYTE_MASK.lowerCase | BYTE_MASK.upperCase | BYTE_MASK.digit | BYTE_MASK.letterX)

/** Operators that only bytes of some classes can satisfy. */
const BYTES_OF_OPERATOR: Readonly<Record<string, ByteMaskBits>> = {
  detectSQLi: NO_WORD,
  detectXSS: NO_WORD & ~(BYTE_MASK.whiteSpace | BYTE_MASK.dot | BYTE_MASK.plus),
  validateUrlEncoding: BYTE_MASK.percent,
  validateUtf8Encoding: BYTE_MASK.high,
}

/** Operators whose argument stands in every value that satisfies them. */
const HOLDS_ARGUMENT: ReadonlySet<string> = new Set([
  'beginsWith',
  'contains',
  'containsWord',
  'endsWith',
  'streq',
  'strmatch',
])

/**
 * The condition by which values are passed over without running the rule; undefined when there is none, or when the rule looks
 * at more than values of the request.
 */
export function conditionOf(
  rule: EngineRule,
  patterns: ReadonlyMap<string, TranslatedRegex>,
): RuleCondition | undefined {
  const [link] = rule.links
  const { operator } = rule.source.links[0]
  if (link.targets === undefined || link.targets.counts.length > 0 || operator.negated) return undefined
  if (link.targets.groups.some(({ home }) => VARIABLE_STEPS[home] === 'volatile')) return undefined
  if (Object.hasOwn(BYTES_OF_OPERATOR, operator.name)) {
    return { kind: 'bytes', mask: BYTES_OF_OPERATOR[operator.name] }
  }
  if (operator.name === 'validateByteRange') return rangeCondition(operator)
  const literals = literalsOf(operator, patterns)
  return literals === undefined ? undefined : { kind: 'literals', literals }
}

/** A value must hold a byte that is not allowed; undefined when such a byte is in no class. */
function rangeCondition({ argument }: SecOperator): RuleCondition | undefined {
  const allowed = parseByteRanges(argument)
  if (allowed === undefined) return undefined
  let mask = 0
  for (let byte = 0; byte < 256; byte++) {
    if (allowed[byte] === 1) continue
    const classes = maskOf(String.fromCharCode(byte)) & ~BYTE_MASK.always
    if (classes === 0) return undefined
    mask |= classes
  }
  return { kind: 'bytes', mask }
}

function literalsOf(
  { name, argument, phrases }: SecOperator,
  patterns: ReadonlyMap<string, TranslatedRegex>,
): LiteralCondition | undefined {
  if (name === 'pm' || name === 'pmFromFile') return phrases === undefined ? undefined : [shortened(phrases)]
  const { constant } = compileMacro(argument)
  if (constant === undefined || constant === '') return undefined
  if (name === 'rx' || name === 'rxGlobal') return patterns.get(constant)?.condition
  return HOLDS_ARGUMENT.has(name) ? [shortened([constant])] : undefined
}

/** Beginnings of phrases, each once, without those that begin with another. */
function shortened(phrases: readonly string[]): string[] {
  const beginnings = [...new Set(phrases.map((phrase) => lowerAscii(phrase.slice(0, PHRASE_BYTES))))].sort()
  return beginnings.filter((text, index) => index === 0 || !text.startsWith(beginnings[index - 1]))
}
