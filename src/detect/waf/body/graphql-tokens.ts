import { createStringNotes, decodeJsonString } from './json-string.ts'

const TAB = 0x09
const LF = 0x0a
const CR = 0x0d
const SPACE = 0x20
const QUOTE = 0x22
const HASH = 0x23
const COMMA = 0x2c
const DOT = 0x2e
const BACKSLASH = 0x5c

const PUNCTUATORS = '!$&():=@[]{|}'

type Kind = 'name' | 'string' | 'number' | 'spread' | 'end' | 'unknown' | 'punctuator'

/** First bytes of tokens by kind. */
const KIND_OF: readonly Kind[] = Array.from({ length: 256 }, (_, byte) => {
  const character = String.fromCharCode(byte)
  if (/[_A-Za-z]/.test(character)) return 'name'
  if (/[-0-9]/.test(character)) return 'number'
  if (byte === QUOTE) return 'string'
  if (byte === DOT) return 'spread'
  return PUNCTUATORS.includes(character) ? 'punctuator' : 'unknown'
})

const NAME_BYTE = Uint8Array.from({ length: 256 }, (_, byte) =>
  /[_0-9A-Za-z]/.test(String.fromCharCode(byte)) ? 1 : 0,
)
const NUMBER_BYTE = Uint8Array.from({ length: 256 }, (_, byte) =>
  /[-+.0-9eE]/.test(String.fromCharCode(byte)) ? 1 : 0,
)

/** Reads the tokens of a GraphQL document one after the other (GraphQL specification, section 2.1). */
export class GraphqlTokens {
  kind: Kind = 'end'
  /** Name, number or punctuator as written; a string decoded. */
  text = ''
  /** Where the token begins. */
  start = 0
  error: string | undefined = undefined

  readonly #source: string
  #at = 0
  readonly #notes = createStringNotes()

  constructor(source: string) {
    this.#source = source
    // A byte order mark may precede the document.
    if (source.startsWith('\xef\xbb\xbf')) this.#at = 3
  }

  /** Goes to the next token; false at the end. */
  next(): boolean {
    this.#skipIgnored()
    this.start = this.#at
    if (this.#at >= this.#source.length) {
      this.kind = 'end'
      return false
    }
    this.kind = KIND_OF[this.#source.charCodeAt(this.#at)]
    if (this.kind === 'name') this.#take(NAME_BYTE)
    else if (this.kind === 'number') this.#take(NUMBER_BYTE)
    else if (this.kind === 'string') this.#takeString()
    else this.#takeMark()
    return true
  }

  /** Whether the token after this one is a colon. */
  get isBeforeColon(): boolean {
    this.#skipIgnored()
    return this.#source[this.#at] === ':'
  }

  #skipIgnored(): void {
    const source = this.#source
    for (; this.#at < source.length; this.#at++) {
      const code = source.charCodeAt(this.#at)
      if (code === HASH) {
        while (this.#at + 1 < source.length && !isLineEnd(source.charCodeAt(this.#at + 1))) this.#at++
      } else if (code !== SPACE && code !== COMMA && code !== LF && code !== CR && code !== TAB) {
        return
      }
    }
  }

  #take(bytes: Uint8Array): void {
    const source = this.#source
    let at = this.#at + 1
    while (at < source.length && bytes[source.charCodeAt(at)] === 1) at++
    this.text = source.slice(this.#at, at)
    this.#at = at
  }

  #takeMark(): void {
    const length = this.kind === 'spread' && this.#source.startsWith('...', this.#at) ? 3 : 1
    this.text = this.#source.slice(this.#at, this.#at + length)
    this.#at += length
    if (this.kind === 'unknown' || (this.kind === 'spread' && length < 3)) this.#fail('unexpected character')
  }

  #takeString(): void {
    if (this.#source.startsWith('"""', this.#at)) this.#takeBlock()
    else this.#takeQuoted()
  }

  #takeQuoted(): void {
    const source = this.#source
    const from = this.#at + 1
    let at = from
    for (; at < source.length; at++) {
      const code = source.charCodeAt(at)
      if (code === QUOTE || isLineEnd(code)) break
      if (code === BACKSLASH) at++
    }
    const end = Math.min(at, source.length)
    this.text = decodeJsonString(source, from, end, this.#notes)
    if (source.charCodeAt(end) !== QUOTE) this.#fail('string without end')
    this.#at = Math.min(end + 1, source.length)
  }

  #takeBlock(): void {
    const source = this.#source
    const from = this.#at + 3
    let end = source.indexOf('"""', from)
    while (end > from && source.charCodeAt(end - 1) === BACKSLASH) end = source.indexOf('"""', end + 3)
    if (end < 0) this.#fail('block string without end')
    this.text = source.slice(from, end < 0 ? source.length : end)
    this.#at = end < 0 ? source.length : end + 3
  }

  #fail(problem: string): void {
    this.error ??= `GraphQL: ${problem} at byte ${this.start}`
  }
}

function isLineEnd(code: number): boolean {
  return code === LF || code === CR
}
