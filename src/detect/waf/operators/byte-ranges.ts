const ITEM = /^([0-9]{1,3})(?:-([0-9]{1,3}))?$/

/**
 * Reads bytes and ranges of bytes, such as `9,10,13,32-126`.
 * @returns a table with 1 for each byte that is named; undefined when the text names none or is malformed
 */
export function parseByteRanges(text: string): Uint8Array | undefined {
  const allowed = new Uint8Array(256)
  for (const item of text.split(',')) {
    const match = ITEM.exec(item.trim())
    if (match === null) return undefined
    const first = Number(match[1])
    const last = match[2] === undefined ? first : Number(match[2])
    if (last < first || last > 255) return undefined
    allowed.fill(1, first, last + 1)
  }
  return allowed
}

/** Offset of the first byte of `value` that the table does not hold, or -1. */
export function firstByteOutside(value: string, allowed: Uint8Array): number {
  for (let at = 0; at < value.length; at++) if (allowed[value.charCodeAt(at)] === 0) return at
  return -1
}
