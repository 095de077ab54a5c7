import { re2Pattern, wildcardPattern } from './re2-pattern.ts'

// Wireshark shows other bytes decoded or replaced, so a comparison with them would be about something else.
const NOT_ASCII = /[^\x01-\x7f]/

/** A string literal of a display filter; undefined for bytes that Wireshark does not show as they are. */
export function quoted(text: string): string | undefined {
  if (NOT_ASCII.test(text)) return undefined
  const escaped = text.replace(/[^\x20-\x7e]|["\\]/g, (character) =>
    character === '"' || character === '\\'
      ? `\\${character}`
      : `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`,
  )
  return `"${escaped}"`
}

/** A regular expression of the language as the right side of `matches`; undefined as for `quoted`. */
export function quotedPattern(pattern: string): string | undefined {
  return NOT_ASCII.test(pattern) ? undefined : pcre(re2Pattern(pattern))
}

/** A wildcard of the language as the right side of `matches`; undefined as for `quoted`. */
export function quotedWildcard(pattern: string, strict: boolean): string | undefined {
  return NOT_ASCII.test(pattern) ? undefined : pcre(wildcardPattern(pattern, strict))
}

/**
 * Wireshark ignores case unless told otherwise, and PCRE's `$` also matches before a newline at the end. A dollar sign or a
 * quotation mark that stands for itself is written as a code in the sources, so all that are left are the assertions.
 */
function pcre(source: string | undefined): string | undefined {
  return source === undefined ? undefined : `r"(?-i)${source.replaceAll('$', '\\z').replaceAll('"', '\\x22')}"`
}
