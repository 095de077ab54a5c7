import type { SourcePlace } from '#kernel'
import { PlacedText, PlaceMap } from './placed-text.ts'
import type { Problems } from './problems.ts'

/** One directive: its name and arguments, quotes taken off, continued lines joined. */
export interface Directive {
  readonly name: PlacedText
  readonly arguments: readonly PlacedText[]
}

const TAB = 0x09
const LINE_FEED = 0x0a
const CARRIAGE_RETURN = 0x0d
const SPACE = 0x20
const DOUBLE_QUOTE = 0x22
const HASH = 0x23
const SINGLE_QUOTE = 0x27
const BACKSLASH = 0x5c

/**
 * Splits a text into directives, one at a time. A backslash at the end of a line joins the next one, without its leading
 * blanks; `#` begins a comment where a word could begin, never inside quotes.
 */
export class DirectiveReader {
  readonly #text: string
  readonly #file: string
  readonly #problems: Problems
  #at = 0
  #line = 1
  #lineStart = 0

  constructor(text: string, file: string, problems: Problems) {
    this.#text = text
    this.#file = file
    this.#problems = problems
    if (text.startsWith(UTF8_BYTE_ORDER_MARK)) this.#at = this.#lineStart = UTF8_BYTE_ORDER_MARK.length
  }

  /** The next directive, or undefined at the end of the text. */
  next(): Directive | undefined {
    for (;;) {
      const words = this.#readLine()
      if (words === undefined) return undefined
      if (words.length > 0) return { name: words[0], arguments: words.slice(1) }
    }
  }

  /** The words of one logical line, empty for a blank one or a comment; undefined at the end. */
  #readLine(): PlacedText[] | undefined {
    if (this.#at >= this.#text.length) return undefined
    const words: PlacedText[] = []
    while (this.#skipToWord()) {
      const word = this.#readWord()
      if (word !== undefined) words.push(word)
    }
    return words
  }

  /** Moves to the next word of the line; false, behind the line, when there is none. */
  #skipToWord(): boolean {
    const text = this.#text
    while (this.#at < text.length) {
      const code = text.charCodeAt(this.#at)
      if (code === LINE_FEED) {
        this.#nextLine(this.#at + 1)
        return false
      }
      const continued = this.#continuationEnd()
      if (continued >= 0) {
        this.#nextLine(continued)
        this.#skipComments()
      } else if (code === HASH) {
        this.#skipComment()
      } else if (code === SPACE || code === TAB || code === CARRIAGE_RETURN) {
        this.#at++
      } else {
        return true
      }
    }
    return false
  }

  /** Lines between the lines of one directive may be comments: they do not end it. */
  #skipComments(): void {
    for (;;) {
      this.#skipBlanks()
      if (this.#text.charCodeAt(this.#at) !== HASH) return
      this.#skipComment()
      if (this.#at < this.#text.length) this.#nextLine(this.#at + 1)
    }
  }

  #skipComment(): void {
    const end = this.#text.indexOf('\n', this.#at)
    this.#at = end < 0 ? this.#text.length : end
  }

  #skipBlanks(): void {
    let code = this.#text.charCodeAt(this.#at)
    while (code === SPACE || code === TAB) code = this.#text.charCodeAt(++this.#at)
  }

  /** Offset behind the line break that a backslash at the current place hides, or -1. */
  #continuationEnd(): number {
    if (this.#text.charCodeAt(this.#at) !== BACKSLASH) return -1
    let end = this.#at + 1
    // Blanks behind the backslash cannot be seen: who leaves some means the same.
    let code = this.#text.charCodeAt(end)
    while (code === SPACE || code === TAB || code === CARRIAGE_RETURN) code = this.#text.charCodeAt(++end)
    return code === LINE_FEED ? end + 1 : -1
  }

  #nextLine(at: number): void {
    this.#at = at
    this.#line++
    this.#lineStart = at
  }

  get #place(): SourcePlace {
    return { file: this.#file, line: this.#line, column: this.#at - this.#lineStart + 1 }
  }

  #readWord(): PlacedText | undefined {
    const first = this.#text.charCodeAt(this.#at)
    return first === DOUBLE_QUOTE || first === SINGLE_QUOTE ? this.#readQuoted(first) : this.#readBare()
  }

  #readBare(): PlacedText {
    const builder = new WordBuilder(this.#file)
    const text = this.#text
    while (this.#at < text.length) {
      const code = text.charCodeAt(this.#at)
      if (code === SPACE || code === TAB || code === LINE_FEED || code === CARRIAGE_RETURN) break
      const continued = this.#continuationEnd()
      if (continued >= 0) {
        this.#nextLine(continued)
        builder.breakRun()
      } else {
        builder.take(text[this.#at], this.#line, this.#at - this.#lineStart + 1)
        this.#at++
      }
    }
    return builder.finish(this.#place)
  }

  #readQuoted(quote: number): PlacedText | undefined {
    const opening = this.#place
    const builder = new WordBuilder(this.#file)
    const text = this.#text
    this.#at++
    while (this.#at < text.length) {
      const code = text.charCodeAt(this.#at)
      if (code === LINE_FEED) break
      if (code === quote) {
        const word = builder.finish(this.#place)
        this.#at++
        return word
      }
      if (code === BACKSLASH) {
        const continued = this.#continuationEnd()
        if (continued >= 0) {
          this.#nextLine(continued)
          this.#skipBlanks()
          builder.breakRun()
          continue
        }
        // Only the quote itself is escaped here: every other backslash belongs to the pattern or the action.
        if (text.charCodeAt(this.#at + 1) === quote) {
          this.#at++
          builder.breakRun()
        }
      }
      builder.take(text[this.#at], this.#line, this.#at - this.#lineStart + 1)
      this.#at++
    }
    this.#problems.report(
      opening,
      'this quote is not closed on its line; close it, or end the line with a backslash to go on in the next',
    )
    return undefined
  }
}

const UTF8_BYTE_ORDER_MARK = '\xef\xbb\xbf'

/** Collects the characters of one word and where they stood. */
class WordBuilder {
  readonly #map: PlaceMap
  #text = ''
  #inRun = false

  constructor(file: string) {
    this.#map = new PlaceMap(file)
  }

  take(character: string, line: number, column: number): void {
    if (!this.#inRun) this.#map.add(this.#text.length, line, column)
    this.#inRun = true
    this.#text += character
  }

  /** The next character does not stand beside the last one. */
  breakRun(): void {
    this.#inRun = false
  }

  finish(end: SourcePlace): PlacedText {
    if (this.#text === '') this.#map.add(0, end.line, end.column)
    return new PlacedText(this.#text, this.#map)
  }
}
