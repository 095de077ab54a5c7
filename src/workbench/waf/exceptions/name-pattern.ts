/** Parts of names and paths that count or identify: what stands there says nothing about the place. */
const VARIABLE_PARTS: readonly { readonly test: RegExp; readonly pattern: string }[] = [
  { test: /^[0-9]+$/, pattern: '[0-9]+' },
  {
    test: /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i,
    pattern: '[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}',
  },
  { test: /^(?=.*[0-9])[0-9a-f]{16,64}$/i, pattern: '[0-9A-Fa-f]{16,64}' },
]

/**
 * A pattern that means `text` and everything that differs from it only in numbers, UUIDs or long hexadecimal ids between
 * separators; undefined when there are none.
 */
export function patternOfName(text: string, separator: '/' | '.'): string | undefined {
  const parts = text.split(separator)
  const patterns = parts.map((part) => VARIABLE_PARTS.find(({ test }) => test.test(part))?.pattern)
  if (patterns.every((pattern) => pattern === undefined)) return undefined
  const joined = patterns.map((pattern, i) => pattern ?? escapePattern(parts[i]))
  return `^${joined.join(escapePattern(separator))}$`
}

/** A pattern that means exactly `text`. */
export function exactPattern(text: string): string {
  return `^${escapePattern(text)}$`
}

/** Readable text as a pattern over its bytes: in ASCII, and without the quotation marks that end a string of the language. */
function escapePattern(text: string): string {
  return Buffer.from(text, 'utf8')
    .toString('latin1')
    .replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')
    .replace(/[^\x20-\x7e]|["#]/g, (byte) => `\\x${byte.charCodeAt(0).toString(16).padStart(2, '0')}`)
}
