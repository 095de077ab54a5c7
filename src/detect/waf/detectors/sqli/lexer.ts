import { Byte, BYTE_CLASSES, isNoBreakSpace, WORD_BYTES } from './byte-class.ts'
import { findKeyword, keywordKind } from './keywords.ts'
import {
  bracketNameEnd,
  compareEnd,
  digitsEnd,
  dollarStringEnd,
  exponentEnd,
  numberEnd,
  splitWordEnd,
  wordEnd,
} from './spans.ts'
import { Kind, kindSet } from './token-kind.ts'
import { CAPACITY, Flag, type TokenStream } from './token-stream.ts'

/** How databases differ in what ends a string and begins a comment. */
export interface Dialect {
  /** `#` begins a comment, `--` only before white space, and a backslash escapes the quote (MySQL). */
  readonly mysql: boolean
}

export const MYSQL: Dialect = { mysql: true }
export const ANSI: Dialect = { mysql: false }

const QUOTE = 0x27
const BACKTICK = 0x60
const BACKSLASH = 0x5c
const NEWLINE = 0x0a
const STAR = 0x2a
const SLASH = 0x2f
const DASH = 0x2d
const DOT = 0x2e
const EQUALS = 0x3d
const GREATER = 0x3e
const AT = 0x40

/** After these a `~` or `^=` compares; elsewhere `~` negates. */
const OPERAND_ENDS = kindSet(Kind.number, Kind.string, Kind.word, Kind.variable, Kind.constant, Kind.close)

/** Turns one reading of a value into tokens. It goes on where it stopped when the stream was full. */
export class Lexer {
  readonly #stream: TokenStream
  #text = ''
  #at = 0
  #mysql = true
  /** What stood between the last token and the next. */
  #gap = 0
  #depth = 0
  /** Depth of parentheses at which a statement began; -1 while none did. */
  #statementDepth = -1
  #versioned = 0
  /** The reading would differ in the other dialect. */
  ambiguous = false

  constructor(stream: TokenStream) {
    this.#stream = stream
  }

  /** Begins a reading of `text`: with `quote` as the inside of a string that such a quote (a byte) ends, with 0 as code. */
  start(text: string, quote: number, dialect: Dialect): void {
    this.#text = text
    this.#mysql = dialect.mysql
    this.#gap = 0
    this.#depth = 0
    this.#statementDepth = -1
    this.#versioned = 0
    this.#at = 0
    this.ambiguous = false
    this.#stream.reset(text, quote)
    if (quote !== 0) this.#string(0, 0, quote)
  }

  /** True when everything was read. */
  get done(): boolean {
    return this.#at >= this.#text.length
  }

  /** Reads until the stream is full or the text ends. */
  fill(): void {
    const text = this.#text
    const stream = this.#stream
    while (this.#at < text.length && stream.count < CAPACITY) {
      const at = this.#at
      const byte = text.charCodeAt(at)
      const byteClass = BYTE_CLASSES[byte & 0xff]
      if (byteClass === Byte.space) this.#space(at, byte)
      else if (byteClass === Byte.letter) this.#word(at)
      else this.#symbol(at, byte, byteClass)
    }
    stream.close()
  }

  #symbol(at: number, byte: number, byteClass: number): void {
    switch (byteClass) {
      case Byte.digit:
        return this.#number(at)
      case Byte.singleQuote:
      case Byte.doubleQuote:
      case Byte.backtick:
        return this.#string(at, at + 1, byte)
      case Byte.open:
        this.#depth++
        return this.#emit(Kind.open, at, at + 1)
      case Byte.close:
        return this.#close(at)
      case Byte.semicolon:
        this.#statementDepth = -1
        return this.#emit(Kind.semicolon, at, at + 1)
      case Byte.comma:
        return this.#emit(Kind.comma, at, at + 1)
      case Byte.dot:
        return this.#dot(at)
      case Byte.dash:
        return this.#dash(at)
      case Byte.hash:
        return this.#hash(at)
      case Byte.slash:
        return this.#slash(at)
      case Byte.star:
        return this.#star(at)
      case Byte.compare:
        return this.#compare(at, byte)
      case Byte.pipe:
      case Byte.ampersand:
        return this.#doubled(at, byte)
      case Byte.sign:
        return this.#emit(Kind.arithmetic, at, at + 1)
      case Byte.at:
        return this.#variable(at)
      case Byte.colon:
        return this.#colon(at)
      case Byte.bracket:
        return this.#bracket(at)
      case Byte.openBrace:
        return this.#emit(Kind.openBrace, at, at + 1)
      case Byte.closeBrace:
        return this.#emit(Kind.closeBrace, at, at + 1)
      case Byte.backslash:
        return this.#backslash(at)
      case Byte.dollar:
        return this.#dollar(at)
      default:
        return this.#emit(Kind.other, at, at + 1)
    }
  }

  #emit(kind: number, from: number, to: number, keyword = 0): void {
    const flags = this.#statementDepth >= 0 ? this.#gap | Flag.statement : this.#gap
    this.#stream.push(kind, keyword, from, to, flags)
    this.#gap = 0
    this.#at = to
  }

  #space(at: number, byte: number): void {
    this.#gap |= byte === NEWLINE ? Flag.space | Flag.newline : Flag.space
    this.#at = at + 1
  }

  #close(at: number): void {
    this.#depth--
    if (this.#depth < this.#statementDepth) this.#statementDepth = -1
    this.#emit(Kind.close, at, at + 1)
  }

  /** A word that begins at `at`, with its keyword; a letter before a quote belongs to the string (`N'x'`, `_utf8'x'`). */
  #word(at: number): void {
    const text = this.#text
    if (isNoBreakSpace(text, at)) {
      this.#gap |= Flag.space
      this.#at = text.charCodeAt(at) === 0xc2 ? at + 2 : at + 1
      return
    }
    const end = wordEnd(text, at)
    if (text.charCodeAt(end) === QUOTE && this.#isIntroducer(at, end)) return this.#string(at, end + 1, QUOTE)
    this.#emitWord(at, end, findKeyword(text, at, end))
  }

  #emitWord(at: number, end: number, keyword: number): void {
    const stream = this.#stream
    const text = this.#text
    // Parts of dotted names are names: `t.order`, `user.name`.
    const afterDot = stream.count > 0 && stream.kinds[stream.count - 1] === Kind.dot && this.#gap === 0
    const beforeDot = text.charCodeAt(end) === DOT && BYTE_CLASSES[text.charCodeAt(end + 1) & 0xff] === Byte.letter
    const kind = keywordKind(keyword)
    const isName = keyword === 0 || afterDot || (beforeDot && kind < Kind.delayCall)
    if (isName) {
      this.#emit(Kind.word, at, end)
      return
    }
    const nested = stream.count > 0 && stream.kinds[stream.count - 1] === Kind.open
    this.#emit(kind, at, end, keyword)
    if (kind === Kind.select && !nested && this.#statementDepth < 0) this.#statementDepth = this.#depth
  }

  #isIntroducer(from: number, to: number): boolean {
    const first = this.#text.charCodeAt(from)
    if (first === 0x5f) return to - from <= 12
    return to - from === 1 && 'nNeExXbBqQ'.includes(this.#text[from])
  }

  #number(at: number): void {
    this.#numberEnd(at, numberEnd(this.#text, at))
  }

  /** What follows digits directly is a keyword (`1or`, `1e0union`), or all of it is one word (`2nd`, `5kg`). */
  #numberEnd(at: number, from: number): void {
    const text = this.#text
    const end = wordEnd(text, from)
    if (end === from) return this.#emit(Kind.number, at, end)
    const keyword = findKeyword(text, from, end)
    if (keyword === 0) return this.#emit(Kind.word, at, end)
    this.#emit(Kind.number, at, from)
    this.#emitWord(from, end, keyword)
  }

  /** A string whose content begins at `from`. A doubled quote is one quote of the content. */
  #string(at: number, from: number, quote: number): void {
    const text = this.#text
    let end = from
    for (; end < text.length; end++) {
      const byte = text.charCodeAt(end)
      if (byte === quote) {
        if (text.charCodeAt(end + 1) !== quote) break
        end++
      } else if (byte === BACKSLASH) {
        this.ambiguous ||= text.charCodeAt(end + 1) === quote
        if (this.#mysql) end++
      }
    }
    if (end >= text.length) return this.#emit(Kind.openString, at, text.length)
    this.#emit(quote === BACKTICK && at !== from ? Kind.word : Kind.string, at, end + 1)
  }

  #dot(at: number): void {
    const text = this.#text
    const end = digitsEnd(text, at + 1)
    if (end === at + 1 || this.#isName(this.#stream.count - 1)) return this.#emit(Kind.dot, at, at + 1)
    this.#numberEnd(at, exponentEnd(text, end))
  }

  /** The token before is a name that touches this place. */
  #isName(before: number): boolean {
    return before >= 0 && this.#gap === 0 && this.#stream.kinds[before] === Kind.word
  }

  #dash(at: number): void {
    const text = this.#text
    if (text.charCodeAt(at + 1) === GREATER) return this.#arrow(at)
    if (text.charCodeAt(at + 1) !== DASH) return this.#emit(Kind.arithmetic, at, at + 1)
    const next = text.charCodeAt(at + 2)
    const spaced = at + 2 >= text.length || BYTE_CLASSES[next & 0xff] === Byte.space
    this.ambiguous ||= !spaced
    if (this.#mysql && !spaced) return this.#emit(Kind.arithmetic, at, at + 2)
    this.#lineComment(at)
  }

  /** `->`, `->>`, `#>` and `#>>` take a part of a JSON document. */
  #arrow(at: number): void {
    this.#emit(Kind.arithmetic, at, this.#text.charCodeAt(at + 2) === GREATER ? at + 3 : at + 2)
  }

  #hash(at: number): void {
    this.ambiguous = true
    if (this.#mysql) return this.#lineComment(at)
    if (this.#text.charCodeAt(at + 1) === GREATER) return this.#arrow(at)
    this.#emit(Kind.arithmetic, at, at + 1)
  }

  #lineComment(at: number): void {
    const text = this.#text
    const newline = text.indexOf('\n', at)
    let next = newline < 0 ? text.length : newline
    while (next < text.length && BYTE_CLASSES[text.charCodeAt(next) & 0xff] === Byte.space) next++
    if (next === text.length) return this.#emit(Kind.comment, at, next)
    this.#gap |= Flag.comment | Flag.newline
    this.#at = next
  }

  #slash(at: number): void {
    const text = this.#text
    if (text.charCodeAt(at + 1) !== STAR) return this.#emit(Kind.arithmetic, at, at + 1)
    const bang = text.charCodeAt(at + 2) === 0x4d ? at + 3 : at + 2
    if (text.charCodeAt(bang) === 0x21) {
      // MySQL runs the content of `/*! */` and `/*!50000 */`, MariaDB also that of `/*M! */`.
      this.#versioned++
      this.#gap |= Flag.comment
      const version = digitsEnd(text, bang + 1)
      this.#at = version - bang > 5 ? Math.min(version, bang + 7) : bang + 1
      return
    }
    const close = text.indexOf('*/', at + 2)
    if (close < 0) return this.#emit(Kind.comment, at, text.length)
    this.#gap |= Flag.comment
    this.#at = close + 2
    this.#joinWord(at)
  }

  /** `UN/**\/ION`: filters that remove comments make one word of it, so the pieces are tried as one. */
  #joinWord(commentAt: number): void {
    const stream = this.#stream
    const last = stream.count - 1
    if (last < 0 || stream.ends[last] !== commentAt || stream.kinds[last] !== Kind.word) return
    const end = splitWordEnd(this.#text, commentAt)
    if (end < 0) return
    const start = stream.starts[last]
    const joined = this.#text.slice(start, end).replaceAll('/**/', '')
    const keyword = findKeyword(joined, 0, joined.length)
    if (keyword === 0) return
    stream.count = last
    this.#emitWord(start, end, keyword)
  }

  #star(at: number): void {
    if (this.#versioned > 0 && this.#text.charCodeAt(at + 1) === SLASH) {
      this.#versioned--
      this.#gap |= Flag.comment
      this.#at = at + 2
      return
    }
    this.#emit(Kind.arithmetic, at, at + 1)
  }

  #compare(at: number, byte: number): void {
    const end = compareEnd(this.#text, at)
    const before = this.#stream.count - 1
    if (end === at + 1 && byte === 0x5e) return this.#emit(Kind.arithmetic, at, end)
    if (end === at + 1 && byte === 0x21) return this.#emit(Kind.not, at, end)
    if (byte === 0x7e && (before < 0 || OPERAND_ENDS[this.#stream.kinds[before]] === 0)) {
      return this.#emit(Kind.not, at, at + 1)
    }
    this.#emit(Kind.compare, at, end)
  }

  #doubled(at: number, byte: number): void {
    if (this.#text.charCodeAt(at + 1) !== byte) return this.#emit(Kind.arithmetic, at, at + 1)
    this.#emit(byte === 0x7c ? Kind.pipes : Kind.logic, at, at + 2)
  }

  #variable(at: number): void {
    const text = this.#text
    const doubled = text.charCodeAt(at + 1) === AT
    const nameStart = doubled ? at + 2 : at + 1
    let end = wordEnd(text, nameStart)
    while (text.charCodeAt(end) === DOT) end = wordEnd(text, end + 1)
    // `user@host` is an address.
    if (this.#isName(this.#stream.count - 1)) return this.#emit(Kind.other, at, end)
    // `@>`, `@@` and `@?` of PostgreSQL compare documents.
    const sign = text.charCodeAt(at + 1)
    if (end === nameStart && (doubled || sign === 0x3e || sign === 0x3f)) return this.#emit(Kind.compare, at, at + 2)
    this.#emit(Kind.variable, at, end)
  }

  #colon(at: number): void {
    const next = this.#text.charCodeAt(at + 1)
    if (next === 0x3a) return this.#emit(Kind.cast, at, at + 2)
    if (next === EQUALS) return this.#emit(Kind.compare, at, at + 2)
    this.#emit(Kind.other, at, at + 1)
  }

  /** `[name]` of SQL Server and Access. */
  #bracket(at: number): void {
    const end = bracketNameEnd(this.#text, at)
    this.#emit(end < 0 ? Kind.other : Kind.word, at, end < 0 ? at + 1 : end)
  }

  /** `\N` is NULL in MySQL. */
  #backslash(at: number): void {
    const text = this.#text
    const isNull = text.charCodeAt(at + 1) === 0x4e && WORD_BYTES[text.charCodeAt(at + 2) & 0xff] !== 1
    this.#emit(isNull ? Kind.constant : Kind.other, at, isNull ? at + 2 : at + 1)
  }

  /** `$$text$$` and `$tag$text$tag$` of PostgreSQL; any other `$name` is not SQL. */
  #dollar(at: number): void {
    const text = this.#text
    const end = wordEnd(text, at + 1)
    const close = text.charCodeAt(end) === 0x24 ? dollarStringEnd(text, at, end + 1) : -1
    this.#emit(close < 0 ? Kind.other : Kind.string, at, close < 0 ? end : close)
  }
}
