import { afterCloses, afterComparison, Operand } from '../operand.ts'
import type { Scan } from '../scan.ts'
import { Kind, kindSet } from '../token-kind.ts'

const DASH = 0x2d
const MOST_SPACES = 5

// A longer text between a quote and a comment is source code more often than a statement.
const MAX_CONTINUATION = 60

/** With what a statement goes on after a string. */
const CONTINUES = kindSet(
  Kind.logic,
  Kind.pipes,
  Kind.compare,
  Kind.compareWord,
  Kind.arithmetic,
  Kind.clause,
  Kind.comma,
  Kind.semicolon,
  Kind.union,
  Kind.orderGroup,
  Kind.having,
  Kind.limit,
  Kind.into,
  Kind.procedure,
)

/** Letters, digits and what patterns are made of. */
const PROBE_BYTES = Uint8Array.from({ length: 256 }, (_, byte) =>
  /[A-Za-z0-9%_.*^$-]/.test(String.fromCharCode(byte)) ? 1 : 0,
)

/** `admin'--`: the quote is closed and the rest of the statement is a comment. */
export function recogniseComment(scan: Scan, at: number): void {
  const { stream } = scan
  if (!scan.isTerminator(at)) return
  if (scan.afterQuote(1) && isContinuation(scan, at)) scan.report('quote-closed', 1, at + 1)
  const quoteEnd = stream.kind(at - 1) === Kind.semicolon ? at - 1 : at
  if (!scan.afterQuote(quoteEnd)) return
  // A sentence can end in a quote and a dash or a number sign; it does not go on with white space or a sign after that.
  const bare = stream.ends[at] - stream.starts[at] < 3 && isSentence(scan)
  scan.reportAt('quote-comment', quoteEnd, at + 1, bare ? 'text' : stream.position(quoteEnd))
}

/** The tokens from the quote to the comment at `end` go on with a statement; two names in a row would be prose. */
function isContinuation({ stream }: Scan, end: number): boolean {
  const first = afterCloses(stream, 1)
  if (end > MAX_CONTINUATION || CONTINUES[stream.kind(first)] === 0) return false
  // A dash after a quote is one of prose.
  if (stream.text.charCodeAt(stream.starts[first]) === DASH) return false
  for (let at = 2; at < end; at++) {
    if (stream.kinds[at] === Kind.word && stream.kinds[at - 1] === Kind.word) return false
  }
  return true
}

/** The text before the quote has many words. */
function isSentence(scan: Scan): boolean {
  const { stream } = scan
  let spaces = 0
  for (let at = stream.text.indexOf(' '); at >= 0 && at < stream.ends[0]; at = stream.text.indexOf(' ', at + 1)) {
    if (++spaces > MOST_SPACES) return true
  }
  return false
}

/** `admin';`: the quote is closed and the statement with it, which is enough where the rest is not parsed. */
export function recogniseQuoteEnd(scan: Scan, at: number): void {
  const { stream } = scan
  if (!scan.afterQuote(at) || stream.kind(at + 1) !== Kind.end) return
  // Lines of source code end so as well, but hold white space.
  const word = /^[\w@.+-]{1,64}$/.test(stream.text.slice(0, stream.ends[0] - 1))
  scan.reportAt('quote-closed', at, at + 1, word ? stream.position(at) : 'text')
}

/** `' like '%`: the closed string is one side of a comparison, and the other side is left open or commented out. */
export function recogniseQuoteComparison(scan: Scan, at: number): void {
  const { stream, operand } = scan
  const operator = afterComparison(stream, at)
  if (!scan.afterQuote(at) || operator < 0 || !operand.readLoose(stream, operator)) return
  // `between 'a' and 'z`
  const second = stream.kind(operand.end) === Kind.logic ? operand.end + 1 : -1
  if (second > 0 && !operand.read(stream, second)) return
  const end = afterCloses(stream, operand.end)
  if ((operand.bits & Operand.openString) !== 0) {
    const pattern = stream.kind(at) !== Kind.compare
    if (isPlainOpen(scan, end - 1, pattern)) scan.report('quote-comparison', at, end)
  } else if (scan.isTerminator(end)) {
    scan.report('quote-comparison', at, end)
  }
}

/** `foo'||'bar`, `a'+'b`: the closed string is joined to one that is left open. */
export function recogniseQuoteOperator(scan: Scan, at: number): void {
  const { stream, operand } = scan
  if (!scan.afterQuote(at) || !operand.read(stream, at + 1)) return
  const pipes = stream.kind(at) === Kind.pipes
  // `'||'bar'||'`: in a chain the last string may be empty.
  const chained = pipes && operand.end > at + 2
  if ((operand.bits & Operand.openString) === 0) return
  if (!chained && !isPlainOpen(scan, operand.end - 1, false)) return
  scan.report(pipes ? 'quote-concatenation' : 'quote-operator', at, operand.end)
}

/** The open string is a short word or pattern, as in a probe; in texts punctuation or a sentence follows the quote. */
function isPlainOpen(scan: Scan, at: number, pattern: boolean): boolean {
  const { stream } = scan
  if (!scan.isReopened(at)) return false
  const from = stream.starts[at] + 1
  const to = scan.openEnd(at)
  if (to === from || to - from > 24) return false
  if (!(pattern && to - from > 1) && !/[A-Za-z0-9%]/.test(stream.text[from])) return false
  for (let index = from; index < to; index++) if (PROBE_BYTES[stream.text.charCodeAt(index) & 0xff] === 0) return false
  return true
}
