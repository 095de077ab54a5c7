import { lowerAscii } from '#wire'

/** A wildcard pattern: the literal parts between its stars. A pattern without star has one part. */
export interface Wildcard {
  readonly parts: readonly string[]
}

/** Longest pattern, in bytes. */
const PATTERN_LIMIT = 4_096

/**
 * Reads a wildcard pattern: `*` is any run of bytes, `\*` a star, `\\` a backslash. Returns what is wrong as a string:
 * two stars in a row, an unknown escape, a pattern that is too long.
 */
export function parseWildcard(pattern: string): Wildcard | string {
  if (pattern.length > PATTERN_LIMIT) return `a wildcard pattern may have ${PATTERN_LIMIT} bytes`
  const parts: string[] = []
  let part = ''
  for (let at = 0; at < pattern.length; at++) {
    const character = pattern[at]
    if (character === '*') {
      if (pattern[at + 1] === '*') return 'two stars in a row mean the same as one: write `*`'
      parts.push(part)
      part = ''
    } else if (character === '\\') {
      at++
      if (pattern[at] !== '*' && pattern[at] !== '\\')
        return 'in a wildcard pattern a backslash is written `\\\\`, a star `\\*`'
      part += pattern[at]
    } else {
      part += character
    }
  }
  parts.push(part)
  return { parts }
}

/** The wildcard of a pattern that was checked before. */
function checkedWildcard(pattern: string): Wildcard {
  const wildcard = parseWildcard(pattern)
  return typeof wildcard === 'string' ? { parts: [pattern] } : wildcard
}

/** A function that says whether the whole value matches. Case is ASCII only and ignored unless `strict`. */
export function wildcardMatcher(pattern: string, strict: boolean): (value: string) => boolean {
  const written = checkedWildcard(pattern).parts
  const parts = strict ? written : written.map(lowerAscii)
  const prepare = strict ? (value: string) => value : lowerAscii
  const [prefix] = parts
  if (parts.length === 1) return (value) => prepare(value) === prefix
  const suffix = parts[parts.length - 1]
  const fixedLength = prefix.length + suffix.length
  const middle = parts.slice(1, -1)
  return (value) => {
    if (value.length < fixedLength) return false
    const text = prepare(value)
    if (!text.startsWith(prefix) || !text.endsWith(suffix)) return false
    let at = prefix.length
    // The first place of each part is as good as any later one, so nothing is ever tried twice.
    for (const part of middle) {
      const found = text.indexOf(part, at)
      if (found < 0) return false
      at = found + part.length
    }
    return at <= text.length - suffix.length
  }
}

/**
 * A function that gives what each star stands for when the whole value matches, each as short as possible from the left;
 * undefined when it does not match.
 */
export function wildcardCaptures(pattern: string, strict: boolean): (value: string) => readonly string[] | undefined {
  const written = checkedWildcard(pattern).parts
  const matches = wildcardMatcher(pattern, strict)
  const parts = strict ? written : written.map(lowerAscii)
  return (value) => {
    if (!matches(value)) return undefined
    const text = strict ? value : lowerAscii(value)
    const captures: string[] = []
    let at = parts[0].length
    for (let i = 1; i < parts.length; i++) {
      const isLast = i === parts.length - 1
      const found = isLast ? text.length - parts[i].length : text.indexOf(parts[i], at)
      captures.push(value.slice(at, found))
      at = found + parts[i].length
    }
    return captures
  }
}
