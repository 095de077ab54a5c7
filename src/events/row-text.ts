/** Between two columns of a row. */
export const COLUMN_END = '\x1f'
/** Stands around values that hold a separator; doubled inside. Control bytes, so that JSON needs no quoting. */
const QUOTE = '\x1e'
export const ROW_END = '\n'

const EMPTY_TEXT = QUOTE + QUOTE
const NEEDS_QUOTES = /[\n\r\x1e\x1f]/
const NEEDS_ESCAPES = /["\\\0-\x1f]/

/**
 * One value as a column of the spool. An absent value is the empty text and an empty string two quotes.
 * Characters are bytes (U+0000 to U+00FF) and are written in UTF-8.
 */
export function columnText(value: string): string {
  if (value.length === 0) return EMPTY_TEXT
  return NEEDS_QUOTES.test(value) ? QUOTE + value.replaceAll(QUOTE, EMPTY_TEXT) + QUOTE : value
}

/** Decimal digits of an integer from 2^31 to 2^53. In two halves, each of which the runtime prints several times faster. */
export function wholeNumber(value: number): string {
  const high = Math.floor(value / 1_000_000)
  return high + String(value - high * 1_000_000 + 1_000_000).slice(1)
}

/** A JSON string literal. It never holds a byte that a column would have to quote. */
export function jsonText(value: string): string {
  return NEEDS_ESCAPES.test(value) ? JSON.stringify(value) : `"${value}"`
}

/** Where the last whole row of a segment ends, in bytes from its start: what follows was being written in a crash. */
export function lastRowEnd(segment: Uint8Array): number {
  let end = 0
  forEachRow(segment, (rowEnd) => {
    end = rowEnd
  })
  return end
}

/** Number of whole rows of a segment, its header line included. */
export function countRows(segment: Uint8Array): number {
  let rows = 0
  forEachRow(segment, () => {
    rows++
  })
  return rows
}

/** Calls `found` with the end of each row. A line end between quotes belongs to a value. */
function forEachRow(segment: Uint8Array, found: (end: number) => void): void {
  const quote = QUOTE.charCodeAt(0)
  const rowEnd = ROW_END.charCodeAt(0)
  let quoted = false
  for (let at = 0; at < segment.length; at++) {
    const byte = segment[at]
    if (byte === quote) quoted = !quoted
    else if (byte === rowEnd && !quoted) found(at + 1)
  }
}
