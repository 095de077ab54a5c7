const SERVER_NAME = 0
const RANDOM_END = 34

/**
 * The server name that the body of a ClientHello asks for, in lower case, without reading what else it says; '' when it asks
 * for none. Undefined when the body is cut off or its parts do not fit together.
 */
export function peekServerName(bytes: Buffer, start: number, end: number): string | undefined {
  let at = extensionsStart(bytes, start, end)
  if (at < 0) return undefined
  let name = ''
  while (at < end) {
    if (at + 4 > end) return undefined
    const valueAt = at + 4
    at = valueAt + uint16(bytes, valueAt - 2)
    if (at > end) return undefined
    if (uint16(bytes, valueAt - 4) === SERVER_NAME) name = firstName(bytes, valueAt, at)
  }
  return name
}

/** Whether the body of a ClientHello has an extension of this type; false also when its parts do not fit together. */
export function hasExtension(body: Buffer, type: number): boolean {
  const end = body.length
  for (let at = extensionsStart(body, 0, end); at >= 0 && at + 4 <= end; at += 4 + uint16(body, at + 2)) {
    if (uint16(body, at) === type) return true
  }
  return false
}

/** Where the extensions begin in a body that ends with them; its end when it has none, -1 when it does not fit together. */
function extensionsStart(bytes: Buffer, start: number, end: number): number {
  let at = start + RANDOM_END
  if (at >= end) return -1
  at += 1 + bytes[at]
  if (at + 2 > end) return -1
  at += 2 + uint16(bytes, at)
  if (at >= end) return -1
  at += 1 + bytes[at]
  if (at === end) return end
  return at + 2 > end || at + 2 + uint16(bytes, at) !== end ? -1 : at + 2
}

/** The first host name of the extension's list (RFC 6066 section 3). */
function firstName(bytes: Buffer, start: number, end: number): string {
  if (start + 2 > end) return ''
  const listEnd = Math.min(end, start + 2 + uint16(bytes, start))
  let at = start + 2
  while (at + 3 <= listEnd) {
    const nameEnd = at + 3 + uint16(bytes, at + 1)
    if (nameEnd > listEnd) return ''
    if (bytes[at] === 0 && nameEnd > at + 3) return bytes.toString('latin1', at + 3, nameEnd).toLowerCase()
    at = nameEnd
  }
  return ''
}

function uint16(bytes: Buffer, at: number): number {
  return (bytes[at] << 8) | bytes[at + 1]
}
