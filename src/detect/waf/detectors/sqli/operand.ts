import { keyword } from './keywords.ts'
import { Kind, kindSet } from './token-kind.ts'
import type { TokenStream } from './token-stream.ts'

/** What an operand is made of: bits, because arithmetic and calls mix them. */
export const Operand = {
  constant: 1,
  /** It ends in a string that only the application's own quote closes. */
  openString: 2,
  name: 4,
  variable: 8,
  plainCall: 16,
  sqlCall: 32,
  leakCall: 64,
  delayCall: 128,
  subselect: 256,
  otherCall: 512,
  /** A string of punctuation only, such as the `', '` between the items of a list in source code. */
  separator: 1024,
} as const

/** Bits that show that values are computed by the database. */
export const COMPUTED = Operand.sqlCall | Operand.leakCall | Operand.delayCall | Operand.subselect | Operand.variable

const IN = keyword('in')
const IS = keyword('is')
const IS_TAILS: ReadonlySet<number> = new Set([Kind.constant, Kind.not, Kind.quantifier])

// Enough for every operand that is read to its end; longer ones show what they are before that.
const MAX_TOKENS = 48
const MAX_DEPTH = 8

const UNARY = kindSet(Kind.arithmetic, Kind.not, Kind.quantifier)
const NAMES = kindSet(
  Kind.word,
  Kind.plainCall,
  Kind.sqlCall,
  Kind.leakCall,
  Kind.delayCall,
  Kind.catalog,
  Kind.object,
  Kind.direction,
  Kind.values,
  Kind.limit,
)
const JOINERS = kindSet(Kind.arithmetic, Kind.pipes)

const CALL_BITS = new Uint16Array(64)
CALL_BITS[Kind.plainCall] = Operand.plainCall
CALL_BITS[Kind.sqlCall] = Operand.sqlCall
CALL_BITS[Kind.leakCall] = Operand.leakCall
CALL_BITS[Kind.delayCall] = Operand.delayCall

/** Reads expressions from a stream, as far as recognisers need them. `end` and `bits` tell about the last one read. */
export class OperandReader {
  /** Index of the token after the operand. */
  end = 0
  bits = 0
  #limit = 0

  /** Reads one operand that begins at `at`, with its arithmetic; false when none begins there. */
  read(stream: TokenStream, at: number): boolean {
    this.bits = 0
    this.#limit = Math.min(stream.count, at + MAX_TOKENS)
    return this.#chain(stream, at, 0)
  }

  /** As `read`, over any opening parentheses before it: `((1)=(1`. */
  readLoose(stream: TokenStream, at: number): boolean {
    let start = at
    for (let skipped = 0; skipped <= MAX_DEPTH; skipped++, start++) {
      if (this.read(stream, start)) return true
      if (stream.kind(start) !== Kind.open) return false
    }
    return false
  }

  #chain(stream: TokenStream, from: number, depth: number): boolean {
    let at = from
    for (;;) {
      while (at < this.#limit && UNARY[stream.kinds[at]] === 1) at++
      if (!this.#primary(stream, at, depth)) return false
      if (stream.kind(this.end) === Kind.cast) this.end += 2
      at = this.end
      if (at >= this.#limit || JOINERS[stream.kinds[at]] === 0 || isNextPair(stream, at)) return true
      // `1 or 2 * ` without another operand ends before the operator.
      const joiner = at
      const bits = this.bits
      at++
      while (at < this.#limit && UNARY[stream.kinds[at]] === 1) at++
      if (!this.#primary(stream, at, depth)) {
        this.end = joiner
        this.bits = bits
        return true
      }
      if (this.end >= this.#limit || JOINERS[stream.kinds[this.end]] === 0 || isNextPair(stream, this.end)) return true
      at = this.end + 1
    }
  }

  #primary(stream: TokenStream, at: number, depth: number): boolean {
    if (at >= this.#limit) return false
    const kind = stream.kinds[at]
    switch (kind) {
      case Kind.number:
      case Kind.constant:
        return this.#take(Operand.constant, at + 1)
      case Kind.string:
        return this.#strings(stream, at)
      case Kind.openString:
        return this.#take(Operand.constant | Operand.openString, at + 1)
      case Kind.variable:
        return this.#take(Operand.variable, at + 1)
      case Kind.open:
        return this.#parenthesis(stream, at, depth)
      case Kind.openBrace:
        return stream.kind(at + 1) === Kind.word && this.#brace(stream, at + 2, depth)
      case Kind.exists:
      case Kind.caseWord:
        return this.#until(stream, at, kind === Kind.exists ? Operand.otherCall : Operand.sqlCall)
      default:
        return NAMES[kind] === 1 && this.#name(stream, at)
    }
  }

  #take(bits: number, end: number): boolean {
    this.bits |= bits
    this.end = end
    return true
  }

  /** Strings that follow one another are one constant. */
  #strings(stream: TokenStream, at: number): boolean {
    if (isSeparator(stream, at)) this.bits |= Operand.separator
    let end = at + 1
    while (end < this.#limit && stream.kinds[end] === Kind.string) end++
    if (stream.kind(end) !== Kind.openString || end >= this.#limit) return this.#take(Operand.constant, end)
    return this.#take(Operand.constant | Operand.openString, end + 1)
  }

  /** A name with its parts, or a call with its arguments; `date '2020-01-01'` is a constant. */
  #name(stream: TokenStream, at: number): boolean {
    const kind = stream.kinds[at]
    let end = at + 1
    while (stream.kind(end) === Kind.dot && stream.kind(end + 1) !== Kind.end) end += 2
    if (stream.kind(end) === Kind.open) {
      return this.#arguments(stream, end, CALL_BITS[kind] === 0 ? Operand.otherCall : CALL_BITS[kind])
    }
    return this.#take(Operand.name, end)
  }

  /** Skips balanced parentheses from `at` and notes what is called inside. What is not closed ends with the stream. */
  #arguments(stream: TokenStream, at: number, bits: number): boolean {
    let depth = 0
    let end = at
    let found = bits
    for (; end < this.#limit; end++) {
      const kind = stream.kinds[end]
      if (kind === Kind.open) depth++
      else if (kind === Kind.close) {
        if (--depth === 0) return this.#take(found, end + 1)
      } else if (kind === Kind.select) {
        // A query is in parentheses of its own; `select(2)` in a text about system calls is not.
        if (stream.kinds[end - 1] === Kind.open && stream.kind(end + 2) !== Kind.close) found |= Operand.subselect
      } else if (kind === Kind.openString) found |= Operand.openString
      else if (CALL_BITS[kind] !== 0 && stream.kind(end + 1) === Kind.open) found |= CALL_BITS[kind]
    }
    return this.#take(found, end)
  }

  /** `exists (...)` and `case ... end`. */
  #until(stream: TokenStream, at: number, bits: number): boolean {
    if (stream.kinds[at] === Kind.exists) {
      return stream.kind(at + 1) === Kind.open && this.#arguments(stream, at + 1, bits)
    }
    if (stream.kind(at + 1) === Kind.end) return false
    let end = at + 1
    while (end < this.#limit && stream.kinds[end] !== Kind.endWord) end++
    return this.#take(bits, Math.min(end + 1, this.#limit))
  }

  #parenthesis(stream: TokenStream, at: number, depth: number): boolean {
    if (stream.kind(at + 1) === Kind.select && stream.kind(at + 3) !== Kind.close)
      return this.#arguments(stream, at, Operand.subselect)
    if (depth >= MAX_DEPTH) return false
    let next = at + 1
    for (;;) {
      if (!this.#chain(stream, next, depth + 1)) return false
      if (stream.kind(this.end) !== Kind.comma) break
      next = this.end + 1
    }
    if (stream.kind(this.end) !== Kind.close) return false
    this.end++
    return true
  }

  /** `{x 1}` of ODBC and MySQL. */
  #brace(stream: TokenStream, at: number, depth: number): boolean {
    if (depth >= MAX_DEPTH || !this.#chain(stream, at, depth + 1)) return false
    if (stream.kind(this.end) === Kind.closeBrace) this.end++
    return true
  }
}

/** `&name=`: the next pair of a query string. */
function isNextPair(stream: TokenStream, at: number): boolean {
  return (
    stream.kind(at + 1) === Kind.word && stream.kind(at + 2) === Kind.compare && stream.text[stream.starts[at]] === '&'
  )
}

/** True for a closed string with content that has neither letter nor digit. */
function isSeparator(stream: TokenStream, at: number): boolean {
  const from = stream.starts[at] + 1
  const to = stream.ends[at] - 1
  if (to <= from || to - from > 8) return false
  for (let index = from; index < to; index++) {
    const byte = stream.text.charCodeAt(index)
    if ((byte >= 0x30 && byte <= 0x39) || byte >= 0x80 || ((byte | 0x20) >= 0x61 && (byte | 0x20) <= 0x7a)) return false
  }
  return true
}

/** Index after the comparison operator at `at` (`=`, `not like`, `is not`, `sounds like` ...), or -1. */
export function afterComparison(stream: TokenStream, at: number): number {
  let next = at
  if (stream.kind(next) === Kind.not) next++
  const kind = stream.kind(next)
  if (kind !== Kind.compare && kind !== Kind.compareWord) return -1
  // Prose has these words as well: "and in case of", "or what is meant".
  if (stream.keyword(next) === IN && stream.kind(next + 1) !== Kind.open) return -1
  if (stream.keyword(next) === IS && !IS_TAILS.has(stream.kind(next + 1))) return -1
  next++
  // `similar to`, `sounds like`, `= =`
  const last = next + 2
  while (next < last && (stream.kind(next) === Kind.compareWord || stream.kind(next) === Kind.compare)) next++
  return next
}

/** Index after any closing parentheses at `at`. */
export function afterCloses(stream: TokenStream, at: number): number {
  let next = at
  while (stream.kind(next) === Kind.close) next++
  return next
}
