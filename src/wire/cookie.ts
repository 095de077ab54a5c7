import { trimBlanks } from './ascii.ts'

/**
 * Cookies of a Cookie header (RFC 6265 section 5.4) by name, values in order and as sent: quotes and escapes stay.
 * A piece without `=` is a name with an empty value; empty pieces are skipped.
 */
export function parseCookies(header: string): Map<string, string[]> {
  const result = new Map<string, string[]>()
  let start = 0
  // Searched again only when passed, so that a header without `=` is read once and not once a piece.
  let equals = -1
  while (start < header.length) {
    const semicolon = header.indexOf(';', start)
    const end = semicolon < 0 ? header.length : semicolon
    if (equals < start) {
      const found = header.indexOf('=', start)
      equals = found < 0 ? header.length : found
    }
    const nameEnd = Math.min(equals, end)
    const name = trimBlanks(header, start, nameEnd)
    const value = nameEnd === end ? '' : trimBlanks(header, nameEnd + 1, end)
    if (name !== '' || nameEnd < end) {
      const values = result.get(name)
      if (values === undefined) result.set(name, [value])
      else values.push(value)
    }
    start = end + 1
  }
  return result
}
