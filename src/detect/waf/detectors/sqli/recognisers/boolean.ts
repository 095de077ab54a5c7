import { afterCloses, afterComparison, COMPUTED, Operand } from '../operand.ts'
import type { Scan } from '../scan.ts'
import { Kind, kindSet } from '../token-kind.ts'
import type { TokenStream } from '../token-stream.ts'

/** What can stand before `or` and `and` in an expression. */
const LEFT_SIDES = kindSet(
  Kind.end,
  Kind.number,
  Kind.string,
  Kind.word,
  Kind.variable,
  Kind.constant,
  Kind.close,
  Kind.plainCall,
  Kind.object,
  Kind.closeBrace,
)

/** What may follow a condition before the rest is repaired. */
const CLAUSES = kindSet(Kind.orderGroup, Kind.having, Kind.limit, Kind.union, Kind.into, Kind.procedure)

const CALLS = Operand.plainCall | Operand.otherCall | Operand.sqlCall
const NAMES_ONLY = Operand.name | Operand.constant | Operand.openString

/** `or`, `and`, `||`, `&&`: a condition that the value adds. */
export function recogniseBoolean(scan: Scan, at: number): void {
  const { stream, operand } = scan
  if (LEFT_SIDES[stream.kind(at - 1)] === 0) return
  let start = at + 1
  while (stream.kind(start) === Kind.not) start++
  if (!operand.read(stream, start)) {
    // `or (1=1`: the parenthesis holds the comparison, not an operand.
    while (stream.kind(start) === Kind.open) start++
    while (stream.kind(start) === Kind.not) start++
    if (!operand.readLoose(stream, start)) return
  }
  const left = operand.bits
  const leftEnd = operand.end
  const operator = afterComparison(stream, afterCloses(stream, leftEnd))
  if (operator < 0 || !operand.readLoose(stream, operator)) {
    recogniseBare(scan, at, start, left, leftEnd)
    return
  }
  const same = sameText(stream, start, leftEnd, operator, operand.end)
  recogniseComparison(scan, at, { left, bits: left | operand.bits, same, foreign: isForeign(stream, operator - 1) })
}

interface Comparison {
  /** Bits of the left side, and of both. */
  readonly left: number
  readonly bits: number
  readonly same: boolean
  readonly foreign: boolean
}

/** A comparison that ends at `scan.operand.end`. */
function recogniseComparison(scan: Scan, at: number, { left, bits, same, foreign }: Comparison): void {
  const end = scan.operand.end
  if ((bits & COMPUTED) !== 0) {
    if ((bits & (COMPUTED & ~Operand.variable)) !== 0) scan.report('boolean-query', at, end)
    else reportCall(scan, at, bits, end)
  } else if ((bits & Operand.separator) !== 0) {
    scan.reportAt('boolean-constants', at, end, 'statement')
  } else if ((bits & (Operand.name | Operand.plainCall | Operand.otherCall)) === 0) {
    const position = scan.stream.position(at)
    scan.reportAt('boolean-constants', at, end, foreign && position === 'text' ? 'statement' : position)
  } else if ((bits & (Operand.plainCall | Operand.otherCall)) !== 0) {
    reportCall(scan, at, bits, end)
  } else if (scan.afterQuote(at) && isRepaired(scan, bits, end)) {
    scan.report('boolean-columns', at, end)
  } else if (scan.afterNumber(at)) {
    // "1 or 2 = many" compares as well.
    if (same) scan.report('boolean-constants', at, end)
    else if ((left & Operand.name) !== 0 && scan.stream.base === 0) scan.report('boolean-numeric', at, end)
  }
}

/** Other languages have such functions and variables too, but not after a quote that is repaired or a number. */
function reportCall(scan: Scan, at: number, bits: number, end: number): void {
  const injected = scan.afterNumber(at) || (scan.afterQuote(at) && isRepaired(scan, bits, end))
  if (injected) scan.report('boolean-call', at, end)
  else scan.reportAt('boolean-call', at, end, 'text')
}

/** A condition without comparison: a subselect, a constant that ends the statement, or a string left open. */
function recogniseBare(scan: Scan, at: number, start: number, bits: number, operandEnd: number): void {
  const { stream } = scan
  const end = afterCloses(stream, operandEnd)
  if ((bits & Operand.subselect) !== 0) {
    scan.report('boolean-query', at, end)
    return
  }
  if ((bits & ~NAMES_ONLY) !== 0) {
    // `' or json_valid(id)--`
    if ((bits & CALLS) !== 0 && scan.afterQuote(at) && isRepaired(scan, bits, end)) scan.report('boolean-call', at, end)
    return
  }
  const constant = (bits & Operand.name) === 0
  if ((bits & Operand.openString) !== 0) {
    if (isOpenCondition(scan, at, operandEnd - 1)) scan.report('boolean-bare', at, end)
  } else if (constant && (scan.isTerminator(end) || endsInClause(scan, end))) {
    scan.report('boolean-bare', at, end)
  } else if (constant && stream.kind(end) === Kind.semicolon && scan.afterQuote(at)) {
    scan.report('boolean-bare', at, end)
  } else if (constant && stream.kind(start) === Kind.constant && stream.kind(end) === Kind.end) {
    // `1 or true`; a word before it would be prose.
    if (scan.afterNumber(at)) scan.report('boolean-numeric', at, end)
  }
}

/** The quote that was broken out of is repaired at `end`: a string is left open, or the rest is a comment. */
function isRepaired(scan: Scan, bits: number, end: number): boolean {
  const { stream } = scan
  if ((bits & Operand.openString) !== 0) return scan.isReopened(stream.count - 1)
  const next = afterCloses(stream, end)
  if (stream.kind(next) === Kind.comment || stream.kind(next) === Kind.semicolon) return true
  return endsInClause(scan, next) || (stream.kind(next) === Kind.logic && endsRepaired(scan, next))
}

/** `' or 1 limit 1--`: a clause and, somewhere after it, a comment or a string left open. */
function endsInClause(scan: Scan, at: number): boolean {
  return CLAUSES[scan.stream.kind(at)] === 1 && scan.stream.quote !== 0 && endsRepaired(scan, at)
}

function endsRepaired(scan: Scan, at: number): boolean {
  const { stream } = scan
  const last = stream.count - 1
  return last - at <= 24 && (stream.kind(last) === Kind.comment || scan.isReopened(last))
}

/**
 * `' or '1` and `' or 1 or '`. Prose in quotes looks alike (`the words 'or' and 'and'`), but there white space or
 * punctuation follows the quote.
 */
function isOpenCondition(scan: Scan, at: number, string: number): boolean {
  const { stream } = scan
  if (stream.position(at) !== 'value' || !scan.isReopened(string)) return false
  const from = stream.starts[string] + 1
  const length = scan.openEnd(string) - from
  if (length === 0) return isConditionBefore(stream, at)
  // `'||'name` concatenates; only a number makes a condition of it.
  if (stream.kind(at) === Kind.pipes && !/\d/.test(stream.text[from])) return false
  return scan.afterQuote(at) && length <= 20 && isAlphanumeric(stream.text, from, from + length)
}

/** `1 or` and `= '' or`: a condition that ends before `at`. */
function isConditionBefore(stream: TokenStream, at: number): boolean {
  const operand = stream.kind(at - 1)
  const operator = stream.kind(at - 2)
  if (operator === Kind.compare) return operand === Kind.number || operand === Kind.string
  return operand === Kind.number && (operator === Kind.logic || operator === Kind.pipes)
}

function isAlphanumeric(text: string, from: number, to: number): boolean {
  for (let index = from; index < to; index++) {
    const byte = text.charCodeAt(index) | 0x20
    if ((byte < 0x30 || byte > 0x39) && (byte < 0x61 || byte > 0x7a)) return false
  }
  return true
}

/** `==` and `===`: SQLite has the first, and many other languages have both. */
function isForeign(stream: TokenStream, operator: number): boolean {
  return stream.text.startsWith('==', stream.starts[operator])
}

/** True when both sides of a comparison are the same single word: `id=id`. */
function sameText(stream: TokenStream, left: number, leftEnd: number, right: number, rightEnd: number): boolean {
  if (leftEnd - left !== 1 || rightEnd - right !== 1) return false
  const one = stream.text.slice(stream.starts[left], stream.ends[left])
  return one === stream.text.slice(stream.starts[right], stream.ends[right])
}
