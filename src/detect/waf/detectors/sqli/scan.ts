import type { Detection } from '../detection.ts'
import { Strongest } from '../strongest.ts'
import { SQLI_FINDINGS, type SqliFindingName } from './findings.ts'
import { OperandReader } from './operand.ts'
import { Kind, kindSet } from './token-kind.ts'
import { type Position, TokenStream } from './token-stream.ts'

export type SqliFinding = Detection<SqliFindingName>

/** What may follow a fragment in a statement that the database accepts. Words of prose are not among it. */
const TAILS = kindSet(
  Kind.end,
  Kind.comment,
  Kind.semicolon,
  Kind.close,
  Kind.logic,
  Kind.pipes,
  Kind.union,
  Kind.orderGroup,
  Kind.having,
  Kind.limit,
  Kind.into,
  Kind.procedure,
  Kind.compare,
  Kind.compareWord,
  Kind.arithmetic,
  Kind.comma,
  Kind.from,
  Kind.clause,
  Kind.whenWord,
  Kind.endWord,
  Kind.direction,
  Kind.closeBrace,
  Kind.cast,
  Kind.variable,
)

// A comment of an attack is empty or a few letters that some tools add; a comment of a text explains something.
const TERMINATOR = /^(?:--(?:[\s+]?[-+]?|\s+[A-Za-z0-9]{1,8})|#[\s-]*|\/\*!?\*?)\s*;?\s*$/
const MAX_TERMINATOR_BYTES = 16

/** One look at a value: the tokens of the reading at hand, and the best finding of all readings so far. */
export class Scan {
  readonly stream = new TokenStream()
  readonly operand = new OperandReader()
  readonly strongest = new Strongest<SqliFindingName>()
  /** The reading begins as a path, which no expression does. */
  path = false

  /** Notes that the tokens from `from` up to `to` are `name`, as sure as their place and what follows allow. */
  report(name: SqliFindingName, from: number, to: number): void {
    this.reportAt(name, from, to, this.stream.position(from))
  }

  /** As `report`, for what is telling whatever follows it. */
  reportAnyhow(name: SqliFindingName, from: number, to: number): void {
    this.#note(name, from, to, this.stream.position(from), true)
  }

  /** As `report`, where the recogniser knows better than the tokens before `from` how the fragment stands. */
  reportAt(name: SqliFindingName, from: number, to: number, position: Position): void {
    this.#note(name, from, to, position, TAILS[this.stream.kind(to)] === 1)
  }

  #note(name: SqliFindingName, from: number, to: number, position: Position, fits: boolean): void {
    const entry = SQLI_FINDINGS[name]
    const confidence = fits && !this.path ? entry.confidence[position] : 'weak'
    const offset = this.stream.starts[from]
    const last = Math.max(from, Math.min(to, this.stream.count) - 1)
    const length = this.stream.ends[last] - offset
    this.strongest.note(name, confidence, offset, length, 'operator' in entry)
  }

  /** True when the fragment at `at` follows the quote that the value breaks out of, with nothing but `)` between. */
  afterQuote(at: number): boolean {
    const stream = this.stream
    if (stream.quote === 0 || stream.clipped) return false
    let before = at - 1
    while (before > 0 && stream.kinds[before] === Kind.close) before--
    return before === 0
  }

  /** True when the token at `at` is a string that the quote which the value breaks out of will close. */
  isReopened(at: number): boolean {
    const { stream } = this
    return stream.kind(at) === Kind.openString && stream.text.charCodeAt(stream.starts[at]) === stream.quote
  }

  /** Where the content of the open string at `at` ends, without white space. */
  openEnd(at: number): number {
    const { starts, ends, text } = this.stream
    let end = ends[at]
    while (end > starts[at] + 1 && text.charCodeAt(end - 1) <= 0x20) end--
    return end
  }

  /** True when the value is a number before the fragment at `at`, with nothing but `)` between: `1) and`. */
  afterNumber(at: number): boolean {
    const stream = this.stream
    if (stream.quote !== 0 || stream.clipped) return false
    let before = at - 1
    while (before > stream.base && stream.kinds[before] === Kind.close) before--
    if (stream.kind(before) !== Kind.number && stream.kind(before) !== Kind.constant) return false
    return before === stream.base || (before === stream.base + 1 && stream.kinds[stream.base] === Kind.arithmetic)
  }

  /** True when the token at `at` is a comment that ends the value and says nothing. */
  isTerminator(at: number): boolean {
    const stream = this.stream
    if (stream.kind(at) !== Kind.comment || stream.kind(at + 1) !== Kind.end) return false
    const from = stream.starts[at]
    const to = stream.ends[at]
    return to - from <= MAX_TERMINATOR_BYTES && TERMINATOR.test(stream.text.slice(from, to))
  }
}
