import { hexQuad, scratch, writeUtf8 } from './byte-text.ts'

const BACKSLASH = 0x5c
const LOWER_U = 0x75

/** Byte after a backslash, by its letter; 0 where RFC 8259 has none. */
const SIMPLE_ESCAPES = new Uint8Array(256)
for (const [letter, byte] of Object.entries({ '"': 0x22, '\\': 0x5c, '/': 0x2f, b: 8, f: 12, n: 10, r: 13, t: 9 })) {
  SIMPLE_ESCAPES[letter.charCodeAt(0)] = byte
}

/** What reading strings found that RFC 8259 does not allow or recommend; the strings were read all the same. */
export interface JsonStringNotes {
  problem: string | undefined
  problemAt: number
  loneSurrogate: boolean
  nul: boolean
}

export function createStringNotes(): JsonStringNotes {
  return { problem: undefined, problemAt: 0, loneSurrogate: false, nul: false }
}

/** The content between `from` and `to` with its escapes decoded to UTF-8 bytes. Wrong escapes stay and are noted. */
export function decodeJsonString(text: string, from: number, to: number, notes: JsonStringNotes): string {
  const target = scratch(to - from)
  let written = 0
  let at = from
  while (at < to) {
    const code = text.charCodeAt(at)
    if (code !== BACKSLASH) {
      if (code < 0x20) noteProblem(notes, 'control character in a string', at)
      target[written++] = code
      at++
      continue
    }
    const letter = at + 1 < to ? text.charCodeAt(at + 1) : 0
    const simple = SIMPLE_ESCAPES[letter]
    const codePoint = letter === LOWER_U ? hexQuad(text, at + 2) : -1
    if (simple !== 0) {
      target[written++] = simple
      at += 2
    } else if (codePoint >= 0 && at + 6 <= to) {
      const pair = surrogatePair(text, at, to, codePoint)
      if (pair < 0 && (codePoint & 0xf800) === 0xd800) notes.loneSurrogate = true
      if (codePoint === 0) notes.nul = true
      written = writeUtf8(target, written, pair < 0 ? codePoint : pair)
      at += pair < 0 ? 6 : 12
    } else {
      noteProblem(notes, 'wrong escape in a string', at)
      target[written++] = BACKSLASH
      at++
    }
  }
  return target.toString('latin1', 0, written)
}

/** The code point of two surrogate escapes, the first of which stands at `at`; -1 when they are no pair. */
function surrogatePair(text: string, at: number, to: number, high: number): number {
  if ((high & 0xfc00) !== 0xd800 || at + 12 > to) return -1
  if (text.charCodeAt(at + 6) !== BACKSLASH || text.charCodeAt(at + 7) !== LOWER_U) return -1
  const low = hexQuad(text, at + 8)
  return (low & 0xfc00) === 0xdc00 && low >= 0 ? 0x1_0000 + ((high & 0x3ff) << 10) + (low & 0x3ff) : -1
}

function noteProblem(notes: JsonStringNotes, problem: string, at: number): void {
  if (notes.problem !== undefined) return
  notes.problem = problem
  notes.problemAt = at
}
