import type { BodyIrregularity, BodyLimit } from '../body-contents.ts'
import type { PairCollector } from './pair-collector.ts'
import { EntityDecoder } from './xml-entities.ts'

const SLASH = 0x2f
const LESS = 0x3c
const EQUALS = 0x3d
const GREATER = 0x3e
const QUESTION = 0x3f
const EXCLAMATION = 0x21
const QUOTE = 0x22
const APOSTROPHE = 0x27

/** Bytes that end a name: white space, and what tags and attributes are made of. */
const ENDS_NAME = Uint8Array.from({ length: 256 }, (_, byte) =>
  byte <= 0x20 || '/<=>?!"\'&'.includes(String.fromCharCode(byte)) ? 1 : 0,
)

const WHITE_SPACE_ONLY = /^[\t\n\r ]*$/
const DECLARED_ENCODING = /\sencoding\s*=\s*["']([^"']*)["']/
// Encodings in which the markup reads as in UTF-8.
const ASCII_BASED =
  /^(?:utf-?8|us-ascii|ascii|iso-8859-(?:1|2|3|4|5|6|7|8|9|10|13|14|15|16)|windows-125[0-8]|koi8-[ru])$/i

/** A cut text may end inside an opening mark, and so few bytes do not say which. */
const LONGEST_OPENING = '<![CDATA['.length

export interface XmlOptions {
  readonly maxDepth: number
  /** False when the text was cut: open elements are then no error. */
  readonly complete: boolean
}

/**
 * Reads XML 1.0 without building a tree. No entity but the predefined is expanded and nothing is ever fetched. What is ill formed is
 * noted and reading goes on, so that an early fault hides nothing behind it.
 */
export class XmlReader {
  error: string | undefined = undefined
  limit: BodyLimit | undefined = undefined
  readonly irregularities = new Set<BodyIrregularity>()
  readonly texts: string[] = []
  /** Names and values of attributes. */
  readonly attributes: PairCollector

  readonly #text: string
  readonly #options: XmlOptions
  readonly #leaves: PairCollector
  readonly #entities: EntityDecoder
  readonly #names: string[] = []
  readonly #paths: string[] = ['xml']
  #at = 0
  #roots = 0

  /** `leaves` gets each text and attribute, named by its place: `xml.order.item`, `xml.order.@id`. */
  constructor(text: string, leaves: PairCollector, attributes: PairCollector, options: XmlOptions) {
    this.#text = text
    this.#leaves = leaves
    this.attributes = attributes
    this.#options = options
    this.#entities = new EntityDecoder(text)
  }

  /** Reads to the end or to the depth limit; returns how far. */
  read(): number {
    const length = this.#text.length
    while (this.#at < length && this.limit === undefined) {
      const found = this.#text.indexOf('<', this.#at)
      const markup = found < 0 ? length : found
      if (markup > this.#at) this.#addText(this.#entities.decode(this.#at, markup))
      this.#at = markup
      if (markup < length) this.#readMarkup()
    }
    if (this.limit === undefined) this.#checkEnd()
    if (this.#entities.unknownEntity) this.irregularities.add('unknown-entity')
    return this.#at
  }

  #checkEnd(): void {
    if (!this.#options.complete) return
    if (this.#names.length > 0) this.#fail('element without end')
    else if (this.#roots === 0) this.#fail('no element')
  }

  #addText(text: string): void {
    const blank = WHITE_SPACE_ONLY.test(text)
    if (this.#names.length > 0) this.texts.push(text)
    else if (!blank) this.#fail('text outside of the root element')
    if (!blank) this.#addLeaf(this.#path, text)
  }

  #addLeaf(place: string, value: string): void {
    this.#leaves.add(this.#leaves.affords(place.length) ? place : 'xml', value)
  }

  get #path(): string {
    return this.#paths[this.#names.length]
  }

  #readMarkup(): void {
    const text = this.#text
    const code = text.charCodeAt(this.#at + 1)
    if (!this.#options.complete && text.length - this.#at < LONGEST_OPENING && !(ENDS_NAME[code] === 0)) {
      this.#at = text.length
    } else if (code === SLASH) this.#readEndTag()
    else if (code === QUESTION) this.#readInstruction()
    else if (code === EXCLAMATION) this.#readDeclaration()
    else if (this.#at + 1 < text.length && ENDS_NAME[code] === 0) this.#readStartTag()
    else this.#skipStray()
  }

  /** A `<` that begins nothing is text. */
  #skipStray(): void {
    this.#fail('markup expected')
    this.#addText('<')
    this.#at++
  }

  #readInstruction(): void {
    const content = this.#readUntil('<?', '?>')
    if (!content.startsWith('xml')) return
    const encoding = DECLARED_ENCODING.exec(content.slice(0, 256))?.[1]
    if (encoding !== undefined && !ASCII_BASED.test(encoding)) this.irregularities.add('foreign-encoding')
  }

  #readDeclaration(): void {
    const text = this.#text
    if (text.startsWith('<!--', this.#at)) this.#readUntil('<!--', '-->')
    else if (text.startsWith('<![CDATA[', this.#at)) this.#addText(this.#readUntil('<![CDATA[', ']]>'))
    else this.#readDoctype()
  }

  /** Content between the opening mark, where reading stands, and the closing one; goes behind it. */
  #readUntil(open: string, close: string): string {
    const from = this.#at + open.length
    const found = this.#text.indexOf(close, from)
    const end = found < 0 ? this.#text.length : found
    if (found < 0 && this.#options.complete) this.#fail(`${close} expected`)
    this.#at = found < 0 ? end : found + close.length
    return this.#text.slice(from, end)
  }

  /** A document type with its internal subset: nothing in it is obeyed, all of it is shown to the rules. */
  #readDoctype(): void {
    const text = this.#text
    const from = this.#at
    let nested = 0
    let quote = 0
    let at = from + 2
    for (; at < text.length; at++) {
      const code = text.charCodeAt(at)
      if (quote !== 0) {
        if (code === quote) quote = 0
      } else if (code === QUOTE || code === APOSTROPHE) {
        quote = code
      } else if (code === LESS) {
        nested++
      } else if (code === GREATER && nested-- === 0) {
        break
      }
    }
    const declaration = text.slice(from, at)
    this.irregularities.add('doctype')
    if (/<!ENTITY/i.test(declaration)) {
      this.irregularities.add('entity-declaration')
      // What a server would put in the place of a reference is to be seen by rules about text.
      this.texts.push(declaration)
    }
    this.#leaves.add('xml.!doctype', declaration)
    if (at >= text.length && this.#options.complete) this.#fail('end of the document type expected')
    this.#at = Math.min(at + 1, text.length)
  }

  #readEndTag(): void {
    const from = this.#at + 2
    const end = this.#nameEnd(from)
    const name = this.#text.slice(from, end)
    if (this.#names.at(-1) === name) this.#names.pop()
    else this.#fail('end of another element expected')
    const close = this.#skipSpace(end)
    if (this.#text.charCodeAt(close) === GREATER) this.#at = close + 1
    else this.#failInTag(close)
  }

  #readStartTag(): void {
    const from = this.#at + 1
    const nameEnd = this.#nameEnd(from)
    if (this.#names.length >= this.#options.maxDepth) {
      this.limit = 'depth'
      return
    }
    if (this.#names.length === 0 && this.#roots++ > 0) this.#fail('second root element')
    const name = this.#text.slice(from, nameEnd)
    const parent = this.#path
    this.#names.push(name)
    this.#paths[this.#names.length] = `${parent}.${name}`
    this.#readAttributes(nameEnd)
  }

  #readAttributes(from: number): void {
    const text = this.#text
    let at = this.#skipSpace(from)
    while (at < text.length) {
      const code = text.charCodeAt(at)
      if (code === GREATER) {
        this.#at = at + 1
        return
      }
      if (code === SLASH && text.charCodeAt(at + 1) === GREATER) {
        this.#names.pop()
        this.#at = at + 2
        return
      }
      const next = this.#readAttribute(at)
      if (next < 0) return
      at = this.#skipSpace(next)
    }
    this.#failInTag(at)
  }

  /** Reads the attribute at `at`; returns where reading goes on, or -1 after a fault. */
  #readAttribute(at: number): number {
    const text = this.#text
    const nameEnd = this.#nameEnd(at)
    const equals = this.#skipSpace(nameEnd)
    if (nameEnd === at || text.charCodeAt(equals) !== EQUALS) return this.#failInTag(equals)
    const open = this.#skipSpace(equals + 1)
    const quote = text.charCodeAt(open)
    if (quote !== QUOTE && quote !== APOSTROPHE) return this.#failInTag(open)
    const found = text.indexOf(quote === QUOTE ? '"' : "'", open + 1)
    const end = found < 0 ? text.length : found
    const value = this.#entities.decode(open + 1, end)
    const name = text.slice(at, nameEnd)
    this.attributes.add(name, value)
    this.#addLeaf(`${this.#path}.@${name}`, value)
    return found < 0 ? this.#failInTag(end) : end + 1
  }

  /** Notes a fault inside a tag and goes on behind the place, as text. */
  #failInTag(at: number): -1 {
    if (at + 1 < this.#text.length || this.#options.complete) this.#fail('attribute or end of the tag expected', at)
    this.#at = at
    return -1
  }

  #nameEnd(from: number): number {
    const text = this.#text
    let at = from
    while (at < text.length && ENDS_NAME[text.charCodeAt(at)] === 0) at++
    return at
  }

  #skipSpace(from: number): number {
    const text = this.#text
    let at = from
    for (; at < text.length; at++) {
      const code = text.charCodeAt(at)
      if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) break
    }
    return at
  }

  #fail(problem: string, at: number = this.#at): void {
    this.error ??= `XML: ${problem} at byte ${at}`
  }
}
