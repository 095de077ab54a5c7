const LESS = 0x3c
const GREATER = 0x3e
const EQUALS = 0x3d
const SLASH = 0x2f
const DOUBLE_QUOTE = 0x22
const SINGLE_QUOTE = 0x27
const BACKTICK = 0x60

/** One attribute of a tag, by indexes into the text; filled anew for each. */
export class AttributeSpan {
  nameFrom = 0
  nameTo = 0
  valueFrom = 0
  valueTo = 0
  /** It has `=`. */
  hasValue = false
  /** White space stands before or after the `=`. */
  spaced = false

  /**
   * Reads the attribute at or after `at`, as an HTML tokeniser does (HTML, sections 13.2.5.32 to 13.2.5.39), with any control
   * character as white space; returns the index after it, or -1 at the end of the tag. `naive` is the reading of filters and old
   * browsers: quotes do not hold `<` and `>`, and a backtick is a quote.
   */
  read(text: string, at: number, naive: boolean): number {
    let from = at
    while (from < text.length && isSeparator(text.charCodeAt(from))) from++
    if (from >= text.length || text.charCodeAt(from) === GREATER) return -1
    if (naive && text.charCodeAt(from) === LESS) return -1
    let end = from + 1
    while (end < text.length && !endsName(text.charCodeAt(end), naive)) end++
    this.nameTo = end
    while (from < end && isQuote(text.charCodeAt(from))) from++
    this.nameFrom = from
    let next = end
    while (next < text.length && text.charCodeAt(next) <= 0x20) next++
    this.hasValue = text.charCodeAt(next) === EQUALS
    if (!this.hasValue) {
      this.valueFrom = end
      this.valueTo = end
      return end
    }
    return this.#value(text, end, next, naive)
  }

  #value(text: string, nameEnd: number, equals: number, naive: boolean): number {
    let from = equals + 1
    while (from < text.length && text.charCodeAt(from) <= 0x20) from++
    this.spaced = equals > nameEnd || from > equals + 1
    const quote = text.charCodeAt(from)
    if (quote === DOUBLE_QUOTE || quote === SINGLE_QUOTE || (naive && quote === BACKTICK)) {
      this.valueFrom = from + 1
      this.valueTo = quotedEnd(text, from + 1, quote, naive)
      return text.charCodeAt(this.valueTo) === quote ? this.valueTo + 1 : this.valueTo
    }
    let end = from
    while (end < text.length && !endsUnquoted(text, end, naive)) end++
    this.valueFrom = from
    this.valueTo = end
    return end
  }
}

/** Index of the quote that ends the value, or of what ends it without one. */
function quotedEnd(text: string, from: number, quote: number, naive: boolean): number {
  let end = from
  for (; end < text.length; end++) {
    const byte = text.charCodeAt(end)
    if (byte === quote || (naive && (byte === LESS || byte === GREATER))) break
  }
  return end
}

function isSeparator(byte: number): boolean {
  return byte <= 0x20 || byte === SLASH || byte === 0xa0
}

function endsName(byte: number, naive: boolean): boolean {
  if (byte <= 0x20 || byte === SLASH || byte === GREATER || byte === EQUALS) return true
  return naive && byte === LESS
}

/** Old browsers end an unquoted value at `/` as well: `src=x/onerror=...`. */
function endsUnquoted(text: string, at: number, naive: boolean): boolean {
  const byte = text.charCodeAt(at)
  if (byte <= 0x20 || byte === GREATER) return true
  return naive && (byte === LESS || (byte === SLASH && (text.charCodeAt(at + 1) | 0x20) === 0x6f))
}

function isQuote(byte: number): boolean {
  return byte === DOUBLE_QUOTE || byte === SINGLE_QUOTE || byte === BACKTICK
}

/** Index after the name of an element that begins at `at`. */
export function tagNameEnd(text: string, at: number): number {
  let end = at
  while (end < text.length) {
    const byte = text.charCodeAt(end)
    if (byte <= 0x20 || byte === SLASH || byte === GREATER || byte === LESS) break
    end++
  }
  return end
}
