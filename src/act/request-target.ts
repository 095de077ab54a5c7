/** Longest path or query that a rule may produce, in bytes. */
const PART_LIMIT_BYTES = 16_384

/** Controls, space and delete: they would end the request line or the target. */
const BREAKS_TARGET = /[\x00-\x20\x7f]/
const HIGH_BYTES = /[\x80-\xff]/g

/** Bytes above ASCII as percent-escapes; everything else as it is. */
export function encodeHighBytes(text: string): string {
  return text.replace(HIGH_BYTES, percentEscape)
}

/** The percent-escape of a one-byte character. */
export function percentEscape(byte: string): string {
  return `%${byte.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`
}

/** What keeps `path` from being the path of an origin-form target (RFC 9112 section 3.2.1); undefined when nothing does. */
export function faultOfPath(path: string): string | undefined {
  if (!path.startsWith('/')) return 'a path must begin with "/"'
  if (path.includes('?')) return 'a path may not hold "?": give the query as `query`, or write %3F'
  return faultOfPart(path, 'path')
}

/** What keeps `query` from being the query of an origin-form target; undefined when nothing does. */
export function faultOfQuery(query: string): string | undefined {
  if (query.startsWith('?')) return 'write the query without the question mark'
  return faultOfPart(query, 'query')
}

function faultOfPart(part: string, name: string): string | undefined {
  if (BREAKS_TARGET.test(part))
    return `a ${name} may not hold spaces, line breaks or control characters: write them as %XX`
  if (part.includes('#')) return `a ${name} may not hold "#": write %23`
  if (part.length > PART_LIMIT_BYTES) return `a ${name} may have ${PART_LIMIT_BYTES} bytes`
  return undefined
}
