const QUOTE = 0x22
const BACKSLASH = 0x5c
const COLON = 0x3a
const COMMA = 0x2c
const OPEN_OBJECT = 0x7b
const CLOSE_OBJECT = 0x7d
const OPEN_ARRAY = 0x5b
const CLOSE_ARRAY = 0x5d

/**
 * Is given where the name of a member (without quotes) stands, and where its value begins. Returns where the value ends when
 * it has read it, 0 when the scan is to pass over it, and -1 when it is broken.
 */
export type MemberVisitor = (nameStart: number, nameEnd: number, valueStart: number) => number

/**
 * Walks over the members of the JSON object that begins at `start`, without making values of them: most are not wanted.
 * What stands inside of values is passed over by its brackets and quotes only.
 * @returns where the object ends; -1 when it is no object, is broken or cut off
 */
export function scanMembers(bytes: Buffer, start: number, end: number, visit: MemberVisitor): number {
  let at = skipBlanks(bytes, start, end)
  if (bytes[at] !== OPEN_OBJECT || at >= end) return -1
  at = skipBlanks(bytes, at + 1, end)
  if (bytes[at] === CLOSE_OBJECT) return at + 1
  while (at < end) {
    if (bytes[at] !== QUOTE) return -1
    const nameEnd = stringEnd(bytes, at, end)
    if (nameEnd < 0) return -1
    const colon = skipBlanks(bytes, nameEnd, end)
    if (bytes[colon] !== COLON) return -1
    const valueStart = skipBlanks(bytes, colon + 1, end)
    const visited = visit(at + 1, nameEnd - 1, valueStart)
    const valueEnd = visited === 0 ? skipValue(bytes, valueStart, end) : visited
    if (valueEnd < 0) return -1
    at = skipBlanks(bytes, valueEnd, end)
    if (bytes[at] === CLOSE_OBJECT && at < end) return at + 1
    if (bytes[at] !== COMMA) return -1
    at = skipBlanks(bytes, at + 1, end)
  }
  return -1
}

function skipBlanks(bytes: Buffer, start: number, end: number): number {
  let at = start
  while (at < end && bytes[at] <= 0x20) at++
  return at
}

/** Behind the quote that ends a string. */
function stringEnd(bytes: Buffer, start: number, end: number): number {
  for (let at = start + 1; at < end; at++) {
    const byte = bytes[at]
    if (byte === BACKSLASH) at++
    else if (byte === QUOTE) return at + 1
  }
  return -1
}

/** Behind a value of any kind; -1 when it is cut off. */
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
