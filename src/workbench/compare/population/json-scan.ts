export const QUOTE = 0x22
export const BACKSLASH = 0x5c
export const COLON = 0x3a
export const COMMA = 0x2c
export const OPEN_OBJECT = 0x7b
export const CLOSE_OBJECT = 0x7d
const OPEN_ARRAY = 0x5b
const CLOSE_ARRAY = 0x5d

const HASH_START = 0x811c9dc5
const HASH_PRIME = 0x01000193

export function skipBlanks(bytes: Buffer, start: number, end: number): number {
  let at = start
  while (at < end && bytes[at] <= 0x20) at++
  return at
}

/** Behind the quote that ends the string which begins at `start`; -1 when it is cut off. */
export function stringEnd(bytes: Buffer, start: number, end: number): number {
  for (let at = start + 1; at < end; at++) {
    const byte = bytes[at]
    if (byte === BACKSLASH) at++
    else if (byte === QUOTE) return at + 1
  }
  return -1
}

/** Behind a value of any kind, which is passed over by its brackets and quotes only; -1 when it is cut off. */
export function skipValue(bytes: Buffer, start: number, end: number): number {
  if (start >= end) return -1
  const first = bytes[start]
  if (first === QUOTE) return stringEnd(bytes, start, end)
  if (first === OPEN_OBJECT || first === OPEN_ARRAY) return skipNested(bytes, start, end)
  let at = start
  while (at < end && bytes[at] !== COMMA && bytes[at] !== CLOSE_OBJECT && bytes[at] > 0x20) at++
  return at > start ? at : -1
}

function skipNested(bytes: Buffer, start: number, end: number): number {
  let depth = 0
  for (let at = start; at < end; at++) {
    const byte = bytes[at]
    if (byte === QUOTE) {
      at = stringEnd(bytes, at, end) - 1
      if (at < 0) return -1
    } else if (byte === OPEN_OBJECT || byte === OPEN_ARRAY) {
      depth++
    } else if (byte === CLOSE_OBJECT || byte === CLOSE_ARRAY) {
      depth--
      if (depth === 0) return at + 1
    }
  }
  return -1
}

/** Bytes of a text that go into its hash, spread over it. */
const HASHED_BYTES = 32

/** A number for finding equal bytes quickly: equal bytes have equal ones (FNV-1a). */
export function hashOf(bytes: Buffer, start: number, end: number): number {
  const step = Math.max(1, Math.floor((end - start) / HASHED_BYTES))
  let hash = Math.imul(HASH_START ^ (end - start), HASH_PRIME)
  for (let at = end - 1; at >= start; at -= step) hash = Math.imul(hash ^ bytes[at], HASH_PRIME)
  return hash ^ (hash >>> 15)
}

export function equalBytes(bytes: Buffer, start: number, end: number, other: Uint8Array): boolean {
  if (end - start !== other.length) return false
  for (let at = 0; at < other.length; at++) if (bytes[start + at] !== other[at]) return false
  return true
}
