import { lowerAscii } from '#wire'
import type { BodyIrregularity } from '../body-contents.ts'
import { decodePercent } from './percent.ts'

const TAB = 0x09
const SPACE = 0x20
const QUOTE = 0x22
const APOSTROPHE = 0x27
const SEMICOLON = 0x3b
const EQUALS = 0x3d
const BACKSLASH = 0x5c

const EXTENDED_FILE_NAME = /^filename\*(?:[0-9]{1,3}\*?)?$/
const EXTENDED_VALUE = /^([^']*)'[^']*'(.*)$/s

/** What the Content-Disposition of a part says; `error` when it cannot be read as servers agree. */
export interface Disposition {
  readonly name: string | undefined
  readonly fileName: string | undefined
  /** Decoded `filename*` (RFC 5987, with the continuations of RFC 2231), or a second `filename`. */
  readonly extendedFileName: string | undefined
  readonly irregularities: readonly BodyIrregularity[]
  readonly error: string | undefined
}

/** Reads the value of a part's Content-Disposition (RFC 7578 section 4.2) and keeps what it understood before a fault. */
export function readDisposition(value: string): Disposition {
  return new DispositionReader(value).read()
}

class DispositionReader {
  readonly #text: string
  #at = 0
  #name: string | undefined = undefined
  #fileName: string | undefined = undefined
  #extendedFileName: string | undefined = undefined
  #error: string | undefined = undefined
  readonly #irregularities: BodyIrregularity[] = []

  constructor(text: string) {
    this.#text = text
  }

  read(): Disposition {
    const text = this.#text
    if (lowerAscii(text.slice(0, 9)) === 'form-data') this.#at = 9
    else this.#fail('not form-data')
    const first = text.indexOf(';')
    if (this.#at === 0) this.#at = first < 0 ? text.length : first
    while (this.#skipBlanks() && this.#readParameter());
    return {
      name: this.#name,
      fileName: this.#fileName,
      extendedFileName: this.#extendedFileName,
      irregularities: this.#irregularities,
      error: this.#error,
    }
  }

  /** Reads `; name=value`; false when nothing readable follows. */
  #readParameter(): boolean {
    const text = this.#text
    if (text.charCodeAt(this.#at) === SEMICOLON) {
      this.#at++
      if (!this.#skipBlanks()) return false
    } else {
      this.#irregularities.push('missing-semicolon')
      this.#fail('semicolon missing')
    }
    const start = this.#at
    while (this.#at < text.length && !isParameterEnd(text.charCodeAt(this.#at))) this.#at++
    const name = lowerAscii(text.slice(start, this.#at))
    this.#skipBlanks()
    if (text.charCodeAt(this.#at) !== EQUALS) {
      this.#fail('equals sign missing')
      // An empty piece between semicolons is passed over by the next turn.
      return this.#at > start || text.charCodeAt(this.#at) === SEMICOLON
    }
    this.#at++
    this.#skipBlanks()
    const first = text.charCodeAt(this.#at)
    this.#take(name, first === QUOTE || first === APOSTROPHE ? this.#readQuoted(first) : this.#readToken())
    return true
  }

  #take(name: string, value: string): void {
    if (name === 'name') {
      if (this.#name === undefined) this.#name = value
      else this.#repeated('name')
    } else if (name === 'filename') {
      if (this.#fileName === undefined) {
        this.#fileName = value
        return
      }
      this.#repeated('file name')
      this.#extendedFileName ??= value
    } else if (EXTENDED_FILE_NAME.test(name)) {
      this.#extendedFileName = (this.#extendedFileName ?? '') + decodeExtended(value)
    }
  }

  #repeated(what: string): void {
    this.#irregularities.push('duplicate-parameter')
    this.#fail(`duplicate ${what}`)
  }

  /**
   * Browsers escape only quotes; a backslash before anything else is part of the name, as in `..\..\boot.ini`. Single quotes
   * quote for some servers only.
   */
  #readQuoted(quote: number): string {
    const text = this.#text
    let value = ''
    let copied = this.#at + 1
    let at = copied
    for (; at < text.length; at++) {
      const code = text.charCodeAt(at)
      if (code === quote) break
      const next = code === BACKSLASH ? text.charCodeAt(at + 1) : 0
      if (next === quote || next === BACKSLASH) {
        value += text.slice(copied, at)
        copied = ++at
      }
    }
    if (at >= text.length) this.#fail('quote without end')
    this.#at = Math.min(at + 1, text.length)
    const isFollowedByText = this.#at < text.length && !isParameterEnd(text.charCodeAt(this.#at))
    if (quote === APOSTROPHE || at >= text.length || isFollowedByText) this.#irregularities.push('invalid-quoting')
    return value + text.slice(copied, at)
  }

  #readToken(): string {
    const text = this.#text
    const start = this.#at
    for (; this.#at < text.length; this.#at++) {
      const code = text.charCodeAt(this.#at)
      if (code === SEMICOLON || code === SPACE || code === TAB) break
    }
    const value = text.slice(start, this.#at)
    if (value.includes('"')) {
      this.#irregularities.push('invalid-quoting')
      this.#fail('quote inside a word')
    }
    return value
  }

  /** False at the end of the text. */
  #skipBlanks(): boolean {
    const text = this.#text
    while (this.#at < text.length) {
      const code = text.charCodeAt(this.#at)
      if (code !== SPACE && code !== TAB) return true
      this.#at++
    }
    return false
  }

  #fail(problem: string): void {
    this.#error ??= `Multipart: Invalid Content-Disposition header (${problem})`
  }
}

function isParameterEnd(code: number): boolean {
  return code === EQUALS || code === SEMICOLON || code === SPACE || code === TAB
}

/** `UTF-8'en'na%20me`, or the piece of a continuation, which has no charset. */
function decodeExtended(value: string): string {
  const parts = EXTENDED_VALUE.exec(value)
  const text = parts?.[2] ?? value
  const bytes = decodePercent(text, 0, text.length, false, { invalid: 0, percentU: false, nul: false })
  if (parts === null || !/^iso-8859-1$/i.test(parts[1])) return bytes
  return Buffer.from(bytes, 'utf8').toString('latin1')
}
