import type { BodyIrregularity, BodyLimit } from '../body-contents.ts'
import { SeenKeys } from './json-keys.ts'
import { createStringNotes, decodeJsonString } from './json-string.ts'
import type { PairCollector } from './pair-collector.ts'
import { isPlainName } from './plain-name.ts'

const QUOTE = 0x22
const COMMA = 0x2c
const MINUS = 0x2d
const COLON = 0x3a
const OPEN_ARRAY = 0x5b
const BACKSLASH = 0x5c
const CLOSE_ARRAY = 0x5d
const OPEN_OBJECT = 0x7b
const CLOSE_OBJECT = 0x7d
const RECORD_SEPARATOR = 0x1e
const END = -1

/** Stands in place of an index while the container is an object. */
const OBJECT = -1

/** A text that was cut may end inside a word or a number: so few bytes are left then. */
const LONGEST_FRAGMENT = 5

const NUMBER = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y

export interface JsonOptions {
  /** Name of the whole: `json`. */
  readonly root: string
  readonly maxDepth: number
  /** Values follow each other (NDJSON, RFC 7464 sequences): each is named by its place. */
  readonly sequence: boolean
  /** False when the text was cut: its end is then no error. */
  readonly complete: boolean
}

/**
 * Reads JSON (RFC 8259) and hands each leaf to the collector as it passes: nothing is built that a hostile text could blow up,
 * and repeated keys are all seen. Containers are named by dots: `json.items.0.name`. Null is empty; numbers are as written.
 */
export class JsonReader {
  error: string | undefined = undefined
  limit: BodyLimit | undefined = undefined
  readonly irregularities = new Set<BodyIrregularity>()
  /** Whether all keys were plain names. */
  hasPlainNames = true

  readonly #text: string
  readonly #options: JsonOptions
  readonly #pairs: PairCollector
  readonly #notes = createStringNotes()
  // The stack of open containers: what their children's names begin with, next index (or OBJECT), keys so far.
  readonly #prefixes: string[] = []
  readonly #indexes: number[] = []
  readonly #keys: SeenKeys[] = []
  #depth = 0
  #at: number
  #name: string
  #records = 0

  constructor(text: string, from: number, pairs: PairCollector, options: JsonOptions) {
    this.#text = text
    this.#at = from
    this.#pairs = pairs
    this.#options = options
    this.#name = options.sequence ? `${options.root}.0` : options.root
  }

  /** Reads all of the text, or up to its first structural error; returns how far. */
  read(): number {
    if (!this.#options.sequence || this.#peek() !== END) {
      while (this.#readValue() && this.#advance());
    }
    this.#reportNotes()
    return this.#at
  }

  /** Next byte that is no white space, not consumed; END at the end. */
  #peek(): number {
    const text = this.#text
    const length = text.length
    let at = this.#at
    for (; at < length; at++) {
      const code = text.charCodeAt(at)
      if (code > 0x20 || (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09)) {
        if (code === RECORD_SEPARATOR && this.#depth === 0 && this.#options.sequence) continue
        this.#at = at
        return code
      }
    }
    this.#at = at
    return END
  }

  /** Reads a leaf, opening the containers before it; false at the end of what can be read. */
  #readValue(): boolean {
    for (;;) {
      const code = this.#peek()
      if (code === OPEN_OBJECT) {
        if (!this.#open(OBJECT)) return false
        if (this.#peek() === CLOSE_OBJECT) return this.#closeEmpty()
        if (!this.#readKey()) return false
      } else if (code === OPEN_ARRAY) {
        if (!this.#open(0)) return false
        if (this.#peek() === CLOSE_ARRAY) return this.#closeEmpty()
        this.#nameChild('0')
      } else {
        return this.#readScalar(code)
      }
    }
  }

  /** After a value: closes containers and goes to the next member; false at the end. */
  #advance(): boolean {
    while (this.#depth > 0) {
      const index = this.#indexes[this.#depth - 1]
      const code = this.#peek()
      if (code === COMMA) {
        this.#at++
        if (index === OBJECT) return this.#readKey()
        this.#indexes[this.#depth - 1] = index + 1
        this.#nameChild(String(index + 1))
        return true
      }
      if (code !== (index === OBJECT ? CLOSE_OBJECT : CLOSE_ARRAY)) {
        return this.#fail(index === OBJECT ? 'comma or closing brace expected' : 'comma or closing bracket expected')
      }
      this.#at++
      this.#depth--
    }
    if (this.#peek() === END) return false
    if (!this.#options.sequence) return this.#fail('text after the value')
    this.#records++
    this.#name = `${this.#options.root}.${this.#records}`
    return true
  }

  #open(index: number): boolean {
    const depth = this.#depth
    if (depth >= this.#options.maxDepth) {
      this.limit = 'depth'
      return false
    }
    this.#at++
    this.#prefixes[depth] = `${this.#name}.`
    this.#indexes[depth] = index
    if (index === OBJECT) {
      if (this.#keys[depth] === undefined) this.#keys[depth] = new SeenKeys()
      else this.#keys[depth].reset()
    }
    this.#depth = depth + 1
    return true
  }

  /** An empty container is a leaf: its key would be seen nowhere else. */
  #closeEmpty(): boolean {
    this.#at++
    this.#depth--
    if (this.#depth > 0) this.#pairs.add(this.#name, '')
    return true
  }

  #readKey(): boolean {
    const code = this.#peek()
    if (code !== QUOTE) return this.#fail('name in double quotes expected')
    const key = this.#readString()
    if (key === undefined) return false
    if (this.hasPlainNames && !isPlainName(key)) this.hasPlainNames = false
    if (this.#keys[this.#depth - 1].repeats(key)) this.irregularities.add('duplicate-key')
    if (key === '__proto__' || (key === 'prototype' && this.#isBelowConstructor())) {
      this.irregularities.add('prototype-key')
    }
    this.#nameChild(key)
    if (this.#peek() !== COLON) {
      this.#pairs.add(this.#name, '')
      return this.#fail('colon expected')
    }
    this.#at++
    return true
  }

  #isBelowConstructor(): boolean {
    return this.#prefixes[this.#depth - 1].endsWith('.constructor.')
  }

  #nameChild(key: string): void {
    const prefix = this.#prefixes[this.#depth - 1]
    if (this.#pairs.affords(prefix.length + key.length)) {
      this.#name = prefix + key
      return
    }
    this.#name = `${this.#options.root}.${key}`
    // Names are short from here on, so a key above containers is shown by itself.
    if (key.length > 10) this.#pairs.add(this.#name, '')
  }

  #readScalar(code: number): boolean {
    if (code === QUOTE) {
      const value = this.#readString()
      if (value === undefined) return false
      this.#pairs.add(this.#name, value)
      return true
    }
    if (code === MINUS || (code >= 0x30 && code <= 0x39)) return this.#readNumber()
    return this.#readLiteral('true', 'true') || this.#readLiteral('false', 'false') || this.#readLiteral('null', '')
      ? true
      : this.#fail('value expected')
  }

  #readNumber(): boolean {
    NUMBER.lastIndex = this.#at
    if (!NUMBER.test(this.#text)) return this.#fail('number expected')
    this.#pairs.add(this.#name, this.#text.slice(this.#at, NUMBER.lastIndex))
    this.#at = NUMBER.lastIndex
    return true
  }

  #readLiteral(word: string, value: string): boolean {
    if (!this.#text.startsWith(word, this.#at)) return false
    this.#at += word.length
    this.#pairs.add(this.#name, value)
    return true
  }

  /** The string whose opening quote is next; undefined when the text ends inside it, after handing out what there is. */
  #readString(): string | undefined {
    const text = this.#text
    const length = text.length
    const from = this.#at + 1
    let plain = true
    let at = from
    for (; at < length; at++) {
      const code = text.charCodeAt(at)
      if (code === QUOTE) break
      if (code === BACKSLASH) {
        plain = false
        at++
      } else if (code < 0x20) {
        plain = false
      }
    }
    const end = Math.min(at, length)
    const isWhole = at < length
    // The last escape of a cut text may be cut as well.
    const notes = isWhole || this.#options.complete ? this.#notes : createStringNotes()
    const value = plain ? text.slice(from, end) : decodeJsonString(text, from, end, notes)
    if (isWhole) {
      this.#at = at + 1
      return value
    }
    this.#pairs.add(this.#name, value)
    this.#at = length
    this.#fail('string without end')
    return undefined
  }

  #fail(problem: string): false {
    const cut = !this.#options.complete && this.#text.length - this.#at < LONGEST_FRAGMENT
    if (!cut) this.error ??= `JSON: ${problem} at byte ${this.#at}`
    return false
  }

  #reportNotes(): void {
    const { problem, problemAt, loneSurrogate, nul } = this.#notes
    if (problem !== undefined) this.error ??= `JSON: ${problem} at byte ${problemAt}`
    if (loneSurrogate) this.irregularities.add('lone-surrogate')
    if (nul) this.irregularities.add('nul-byte')
  }
}
