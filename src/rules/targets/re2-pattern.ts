import { parseRegex } from '../regex/regex.ts'
import { parseWildcard } from '../wildcard.ts'

/** The RE2 pattern that matches the same values as a pattern of the language; undefined for one that it refuses. */
export function re2Pattern(pattern: string): string | undefined {
  const result = parseRegex(pattern)
  return result.ok ? result.regex.source : undefined
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
