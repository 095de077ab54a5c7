import { trimBlanks } from '#wire'

/** Longest value that a rule may put into a header field, in bytes. */
export const FIELD_VALUE_LIMIT_BYTES = 8_192

/** Everything that may not stand in a field value (RFC 9110 section 5.5): controls except tab. */
const ILLEGAL = /[\x00-\x08\x0a-\x1f\x7f]/
const ILLEGAL_RUNS = /[\x00-\x08\x0a-\x1f\x7f]+/g
const OUTER_SPACE = /^[ \t]|[ \t]$/

/** What is wrong with a header field value that a person wrote; undefined when it is fine. */
export function faultOfFieldValue(value: string): string | undefined {
  if (ILLEGAL.test(value)) return 'a header value may not hold line breaks or control characters'
  if (OUTER_SPACE.test(value)) return 'a header value may not begin or end with a space'
  if (value.length > FIELD_VALUE_LIMIT_BYTES) return `a header value may have ${FIELD_VALUE_LIMIT_BYTES} bytes`
  return undefined
}

/**
 * A computed field value without the bytes that would be read as something else than a value: a client that gets a line
 * break into it could otherwise add header fields of its own. Undefined when it is too long.
 */
export function cleanFieldValue(value: string): string | undefined {
  if (value.length > FIELD_VALUE_LIMIT_BYTES) return undefined
  return ILLEGAL.test(value) || OUTER_SPACE.test(value) ? trimBlanks(value.replace(ILLEGAL_RUNS, '')) : value
}
