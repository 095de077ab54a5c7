import { emitRegex, replicationOf } from '../regex/regex-emit.ts'
import { parseRegex, type Regex } from '../regex/regex.ts'
import { parseWildcard } from '../wildcard.ts'

/** RE2 refuses nested counts whose product is larger; written out they are fine. */
const RE2_COUNT_LIMIT = 1_000

/** The RE2 pattern that matches the same values as a pattern of the language; undefined for one that it refuses. */
export function re2Pattern(pattern: string): string | undefined {
  const result = parseRegex(pattern)
  return result.ok ? re2Source(result.regex, false) : undefined
}

/** The RE2 source of a pattern, with its capture groups when they are asked for. */
export function re2Source(regex: Regex, captures: boolean): string {
  return emitRegex(regex.tree, { captures, writeOutCounts: replicationOf(regex.tree) > RE2_COUNT_LIMIT })
}

/**
 * The RE2 pattern that matches what a wildcard matches; undefined for a wildcard that the language refuses. `star` is what
 * each star becomes.
 */
export function wildcardPattern(pattern: string, strict: boolean, star: string = '(?s:.*)'): string | undefined {
  const wildcard = parseWildcard(pattern)
  if (typeof wildcard === 'string') return undefined
  const parts = wildcard.parts.map((part) => Array.from(part, (character) => literalByte(character, strict)).join(''))
  return `^${parts.join(star)}$`
}

/** One byte, in both cases when `strict` is false. Written as a class, because RE2's own case folding goes beyond ASCII. */
function literalByte(character: string, strict: boolean): string {
  if (!strict && /[A-Za-z]/.test(character)) return `[${character.toUpperCase()}${character.toLowerCase()}]`
  return /[A-Za-z0-9]/.test(character) ? character : `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`
}
