import type { FieldList } from './head.ts'

/** What can be made out of a request head that was refused. Nothing may be decided by it: it explains, no more. */
export interface LenientHead {
  /** Everything before the first space; may hold any byte. */
  readonly method: string
  readonly target: string
  /** What stands behind the last space when it looks like a version; `HTTP/0.9` without one. */
  readonly version: string
  readonly fields: FieldList
}

/** More fields than this are not looked at. */
const FIELD_LIMIT = 1024

/**
 * Reads a head as a forgiving server would: lines may end in LF alone, folded lines are joined, lines without a colon are
 * left out. `text` is latin1 and may end anywhere. Takes time linear in its length.
 */
export function readLenientHead(text: string): LenientHead {
  const lineEnd = text.indexOf('\n')
  const line = withoutCr(lineEnd < 0 ? text : text.slice(0, lineEnd))
  return { ...readRequestLine(line), fields: lineEnd < 0 ? [] : readFields(text, lineEnd + 1) }
}

function withoutCr(line: string): string {
  return line.endsWith('\r') ? line.slice(0, -1) : line
}

function readRequestLine(line: string): Omit<LenientHead, 'fields'> {
  const methodEnd = line.indexOf(' ')
  if (methodEnd < 0) return { method: line, target: '', version: 'HTTP/0.9' }
  const method = line.slice(0, methodEnd)
  const versionAt = line.lastIndexOf(' ')
  const version = line.slice(versionAt + 1)
  if (versionAt === methodEnd || !version.toUpperCase().startsWith('HTTP/')) {
    return { method, target: line.slice(methodEnd + 1), version: 'HTTP/0.9' }
  }
  return { method, target: line.slice(methodEnd + 1, versionAt), version }
}

function readFields(text: string, start: number): string[] {
  const fields: string[] = []
  for (let at = start; at < text.length && fields.length < FIELD_LIMIT * 2;) {
    const lineEnd = text.indexOf('\n', at)
    const line = withoutCr(text.slice(at, lineEnd < 0 ? text.length : lineEnd))
    at = lineEnd < 0 ? text.length : lineEnd + 1
    if (line === '') break
    const isFolded = line.startsWith(' ') || line.startsWith('\t')
    if (isFolded && fields.length > 0) {
      fields[fields.length - 1] += ` ${line.trim()}`
      continue
    }
    const colon = line.indexOf(':')
    if (colon > 0) fields.push(line.slice(0, colon).trim(), line.slice(colon + 1).trim())
  }
  return fields
}
