import { HEX_VALUE, scratch, writeUtf8 } from './byte-text.ts'

const AMPERSAND = 0x26
const HASH = 0x23

/** Bytes of the entities that XML predefines (section 4.6). */
const PREDEFINED: ReadonlyMap<string, number> = new Map([
  ['lt', 0x3c],
  ['gt', 0x3e],
  ['amp', 0x26],
  ['quot', 0x22],
  ['apos', 0x27],
])

// Longest reference that is looked at: `&#x10FFFF;` with room for leading zeros.
const MAX_REFERENCE = 16

/**
 * Decodes references of XML text: the five predefined entities and characters by number, nothing else. Entities of a document's
 * own are never expanded (billion laughs, external files): they stay as written and are noted.
 */
export class EntityDecoder {
  unknownEntity = false

  readonly #text: string
  // Searched again only when passed: else every piece of text without a reference would be searched to the end of the document.
  #nextAmpersand = -1

  constructor(text: string) {
    this.#text = text
  }

  decode(from: number, to: number): string {
    const text = this.#text
    if (this.#nextAmpersand < from) {
      const found = text.indexOf('&', from)
      this.#nextAmpersand = found < 0 ? text.length : found
    }
    return this.#nextAmpersand >= to ? text.slice(from, to) : this.#decodeReferences(from, to)
  }

  #decodeReferences(from: number, to: number): string {
    const text = this.#text
    const target = scratch(to - from)
    let written = 0
    for (let at = from; at < to; at++) {
      const byte = text.charCodeAt(at)
      const end = byte === AMPERSAND ? this.#referenceEnd(at, to) : -1
      const codePoint = end < 0 ? -1 : this.#codePoint(at + 1, end)
      if (codePoint >= 0) {
        written = writeUtf8(target, written, codePoint)
        at = end
      } else {
        if (byte === AMPERSAND) this.unknownEntity = true
        target[written++] = byte
      }
    }
    return target.toString('latin1', 0, written)
  }

  /** Index of the semicolon that ends the reference at `at`; -1 when it has none nearby. */
  #referenceEnd(at: number, to: number): number {
    const last = Math.min(to, at + MAX_REFERENCE)
    for (let i = at + 2; i < last; i++) if (this.#text.charCodeAt(i) === 0x3b) return i
    return -1
  }

  #codePoint(from: number, to: number): number {
    const text = this.#text
    if (text.charCodeAt(from) !== HASH) return PREDEFINED.get(text.slice(from, to)) ?? -1
    const hexadecimal = (text.charCodeAt(from + 1) | 0x20) === 0x78
    const radix = hexadecimal ? 16 : 10
    let value = 0
    let at = hexadecimal ? from + 2 : from + 1
    if (at >= to) return -1
    for (; at < to; at++) {
      const digit = HEX_VALUE[text.charCodeAt(at)]
      if (digit < 0 || digit >= radix) return -1
      value = value * radix + digit
    }
    return value <= 0x10_ffff ? value : -1
  }
}
