import { Kind, kindSet } from './token-kind.ts'

/** What stood before a token, or what it stands in. */
export const Flag = {
  /** White space. */
  space: 1,
  /** A closed comment: a way to write white space that ordinary texts do not use between words. */
  comment: 2,
  newline: 4,
  /** A whole statement began before it and has not ended: documentation quotes statements, injections continue them. */
  statement: 8,
} as const

/** How much of the value is lexed at a time, in tokens; recognisers look ahead and behind within it. */
export const CAPACITY = 512
export const LOOKAHEAD = 64
export const LOOKBEHIND = 24

const BACKTICK = 0x60

const OPERANDS = kindSet(
  Kind.number,
  Kind.string,
  Kind.word,
  Kind.variable,
  Kind.constant,
  Kind.dot,
  Kind.comma,
  Kind.open,
  Kind.close,
  Kind.logic,
  Kind.pipes,
  Kind.not,
  Kind.arithmetic,
  Kind.cast,
  Kind.direction,
  Kind.plainCall,
  Kind.sqlCall,
  Kind.leakCall,
  Kind.delayCall,
)

/** What also stands in the expression after a quote. Without one, `5 > 3 and 2 < 4` is arithmetic. */
const COMPARISONS = kindSet(Kind.compare, Kind.compareWord)

/**
 * Where a fragment stands. `value`: it continues a plain operand with which the value begins, as an injected parameter does.
 * `text`: after something else. `statement`: inside a statement that the value itself begins.
 */
export type Position = 'value' | 'text' | 'statement'

/** Tokens of one reading of a value: typed arrays, filled again for every reading. */
export class TokenStream {
  readonly kinds = new Uint8Array(CAPACITY + 1)
  /** Number of the keyword, 0 for what is none. */
  readonly keywords = new Uint16Array(CAPACITY + 1)
  readonly starts = new Int32Array(CAPACITY + 1)
  readonly ends = new Int32Array(CAPACITY + 1)
  readonly flags = new Uint8Array(CAPACITY + 1)
  count = 0
  /** Bytes of the value before the first token were read and dropped. */
  clipped = false
  /** The quote that ends the first token, which is then the text before it; 0 when the value is read as code. */
  quote = 0
  /** First token of the value proper: 2 when the text is a pair such as `id=1 or 1=1`. */
  base = 0
  text = ''

  reset(text: string, quote: number): void {
    this.text = text
    this.count = 0
    this.clipped = false
    this.quote = quote
    this.base = 0
  }

  /** Finds `base`, after the first tokens are there. */
  skipKey(): void {
    const pair = this.kind(0) === Kind.word && this.kind(1) === Kind.compare && this.joined(1) && this.joined(2)
    this.base = pair && this.quote === 0 ? 2 : 0
  }

  push(kind: number, keyword: number, start: number, end: number, flags: number): void {
    const at = this.count++
    this.kinds[at] = kind
    this.keywords[at] = keyword
    this.starts[at] = start
    this.ends[at] = end
    this.flags[at] = flags
  }

  /** Marks the place after the last token, so that recognisers may read it without asking for the count. */
  close(): void {
    this.kinds[this.count] = Kind.end
    this.keywords[this.count] = 0
    this.starts[this.count] = this.text.length
    this.ends[this.count] = this.text.length
    this.flags[this.count] = 0
  }

  /** Drops all but the last `keep` tokens to make room for more. */
  shift(keep: number): void {
    const from = this.count - keep
    this.kinds.copyWithin(0, from, this.count)
    this.keywords.copyWithin(0, from, this.count)
    this.starts.copyWithin(0, from, this.count)
    this.ends.copyWithin(0, from, this.count)
    this.flags.copyWithin(0, from, this.count)
    this.count = keep
    this.clipped = true
    this.base = 0
  }

  /** Kind of the token at `at`; `end` outside of the stream. */
  kind(at: number): number {
    return at < 0 || at >= this.count ? Kind.end : this.kinds[at]
  }

  keyword(at: number): number {
    return at < 0 || at >= this.count ? 0 : this.keywords[at]
  }

  /** True when the token at `at` follows the one before it without anything between. */
  joined(at: number): boolean {
    return at > 0 && at < this.count && this.starts[at] === this.ends[at - 1]
  }

  /** Where the token at `at` stands. */
  position(at: number): Position {
    if ((this.flags[at] & Flag.statement) !== 0) return 'statement'
    // Lines of source code begin with operators too.
    if (at === this.base) return 'text'
    let words = 0
    const last = Math.max(this.base, at - LOOKBEHIND)
    for (let before = at - 1; before >= last; before--) {
      const kind = this.kinds[before]
      if (OPERANDS[kind] === 0 && !(this.quote !== 0 && COMPARISONS[kind] === 1)) return 'text'
      if (kind === Kind.word && this.kind(before - 1) !== Kind.dot && ++words > 1) return 'text'
    }
    // Text between backticks is code in many kinds of prose.
    return last === this.base && !this.clipped && this.quote !== BACKTICK ? 'value' : 'text'
  }
}
