import { lowerAscii, trimBlanks } from './ascii.ts'

const PERCENT = 0x25
const PLUS = 0x2b

/** True for the bytes that RFC 3986 section 2.3 calls unreserved: letters, digits, `-`, `.`, `_`, `~`. */
function isUnreserved(code: number): boolean {
  return (
    (code >= 0x61 && code <= 0x7a) ||
    (code >= 0x30 && code <= 0x39) ||
    (code >= 0x41 && code <= 0x5a) ||
    code === 0x2d ||
    code === 0x2e ||
    code === 0x5f ||
    code === 0x7e
  )
}

function hexDigit(code: number): number {
  if (code >= 0x30 && code <= 0x39) return code - 0x30
  const lower = code | 0x20
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1
}

/** The byte of the percent-escape at `at`, or -1 when there is none. */
function escapedByte(text: string, at: number): number {
  if (at + 2 >= text.length) return -1
  const high = hexDigit(text.charCodeAt(at + 1))
  const low = hexDigit(text.charCodeAt(at + 2))
  return high < 0 || low < 0 ? -1 : high * 16 + low
}

/**
 * The path as two writers of the same resource would agree on it (RFC 3986 section 6.2.2): unreserved percent-escapes
 * decoded, hex digits of the others in upper case, dot segments removed. Broken escapes stay as they are; slashes are not merged.
 */
export function normalizePath(rawPath: string): string {
  const decoded = rawPath.includes('%') ? decodeUnreserved(rawPath) : rawPath
  return decoded.includes('/.') ? removeDotSegments(decoded) : decoded
}

function decodeUnreserved(path: string): string {
  let result = ''
  let copied = 0
  for (let at = path.indexOf('%'); at >= 0; at = path.indexOf('%', at)) {
    const byte = escapedByte(path, at)
    if (byte < 0) {
      at++
      continue
    }
    const written = isUnreserved(byte) ? String.fromCharCode(byte) : path.slice(at, at + 3).toUpperCase()
    result += path.slice(copied, at) + written
    at += 3
    copied = at
  }
  return copied === 0 ? path : result + path.slice(copied)
}

/** RFC 3986 section 5.2.4, for a path that begins with a slash. */
function removeDotSegments(path: string): string {
  const segments = path.split('/')
  const kept: string[] = []
  for (const [index, segment] of segments.entries()) {
    const last = index === segments.length - 1
    if (segment === '.' || segment === '..') {
      if (segment === '..' && kept.length > 1) kept.pop()
      if (last) kept.push('')
    } else {
      kept.push(segment)
    }
  }
  return kept.join('/')
}

/** Decodes percent-escapes to bytes, and `+` to a space; broken escapes stay as they are. */
function decodeFormText(text: string): string {
  let result = ''
  let copied = 0
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code === PLUS) {
      result += `${text.slice(copied, at)} `
      copied = at + 1
    } else if (code === PERCENT) {
      const byte = escapedByte(text, at)
      if (byte < 0) continue
      result += text.slice(copied, at) + String.fromCharCode(byte)
      at += 2
      copied = at + 1
    }
  }
  return copied === 0 ? text : result + text.slice(copied)
}

/**
 * Arguments of a query (without question mark) by name, in order, as an application/x-www-form-urlencoded parser reads
 * them: split at `&`, `+` is a space, escapes are bytes. An argument without `=` has an empty value; empty pieces are skipped.
 */
export function parseQueryArguments(query: string): Map<string, string[]> {
  const result = new Map<string, string[]>()
  let start = 0
  while (start < query.length) {
    const ampersand = query.indexOf('&', start)
    const end = ampersand < 0 ? query.length : ampersand
    if (end > start) {
      const piece = query.slice(start, end)
      const equals = piece.indexOf('=')
      const name = decodeFormText(equals < 0 ? piece : piece.slice(0, equals))
      const value = equals < 0 ? '' : decodeFormText(piece.slice(equals + 1))
      const values = result.get(name)
      if (values === undefined) result.set(name, [value])
      else values.push(value)
    }
    start = end + 1
  }
  return result
}

/** Lower-cased text after the last dot of the last segment of a path; undefined without one. */
export function pathExtension(path: string): string | undefined {
  const dot = path.lastIndexOf('.')
  if (dot < 0 || dot === path.length - 1 || path.lastIndexOf('/') > dot) return undefined
  return lowerAscii(path.slice(dot + 1))
}

/** Media type of a Content-Type value, without parameters, in lower case; undefined when it is empty. */
export function mediaType(contentType: string): string | undefined {
  const semicolon = contentType.indexOf(';')
  const type = trimBlanks(semicolon < 0 ? contentType : contentType.slice(0, semicolon))
  return type === '' ? undefined : lowerAscii(type)
}
