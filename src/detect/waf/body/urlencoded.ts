import { decodePercent, type EscapeTally } from './percent.ts'

const AMPERSAND = 0x26
const EQUALS = 0x3d
const PERCENT = 0x25
const PLUS = 0x2b

/** A query or a form: names and values decoded, and as they were sent. */
export interface FormContents extends Readonly<EscapeTally> {
  /** Decoded name, value, name, value ...; a name without `=` has an empty value, empty pieces are skipped. */
  readonly pairs: readonly string[]
  /** The same before decoding; the same list when nothing was encoded. */
  readonly rawPairs: readonly string[]
  /** True when there were more pairs than allowed: the rest is the value of one pair without a name. */
  readonly overflow: boolean
}

const EMPTY_FORM: FormContents = { pairs: [], rawPairs: [], invalid: 0, percentU: false, nul: false, overflow: false }

/**
 * Reads application/x-www-form-urlencoded text (WHATWG URL section 5.1): queries, and bodies of that type. `&` alone separates:
 * a semicolon that a server splits at is seen inside the value.
 */
export function parseUrlencoded(text: string, maxPairs: number): FormContents {
  return text === '' ? EMPTY_FORM : new UrlencodedReader(text).read(maxPairs)
}

class UrlencodedReader {
  readonly #text: string
  readonly #pairs: string[] = []
  #rawPairs: string[] | undefined = undefined
  readonly #tally: EscapeTally = { invalid: 0, percentU: false, nul: false }

  constructor(text: string) {
    this.#text = text
  }

  read(maxPairs: number): FormContents {
    const overflow = this.#readPieces(maxPairs * 2)
    return { pairs: this.#pairs, rawPairs: this.#rawPairs ?? this.#pairs, ...this.#tally, overflow }
  }

  #readPieces(maxEntries: number): boolean {
    const text = this.#text
    const length = text.length
    let start = 0
    let equals = -1
    let nameEncoded = false
    let valueEncoded = false
    for (let at = 0; at <= length; at++) {
      const code = at === length ? AMPERSAND : text.charCodeAt(at)
      // Letters, the mass of every form, are above all that matters here.
      if (code > EQUALS) continue
      if (code === AMPERSAND) {
        if (at > start) {
          if (this.#pairs.length >= maxEntries) return this.#addRest(start)
          this.#addPair(start, equals, at, nameEncoded, valueEncoded)
        }
        start = at + 1
        equals = -1
        nameEncoded = false
        valueEncoded = false
      } else if (code === EQUALS) {
        if (equals < 0) equals = at
      } else if (code === PERCENT || code === PLUS || code === 0) {
        if (equals < 0) nameEncoded = true
        else valueEncoded = true
      }
    }
    return false
  }

  #addPair(start: number, equals: number, end: number, nameEncoded: boolean, valueEncoded: boolean): void {
    const nameEnd = equals < 0 ? end : equals
    const valueStart = equals < 0 ? end : equals + 1
    const rawName = this.#text.slice(start, nameEnd)
    const rawValue = this.#text.slice(valueStart, end)
    if (nameEncoded || valueEncoded) this.#rawPairs ??= this.#pairs.slice()
    this.#pairs.push(
      nameEncoded ? decodePercent(this.#text, start, nameEnd, true, this.#tally) : rawName,
      valueEncoded ? decodePercent(this.#text, valueStart, end, true, this.#tally) : rawValue,
    )
    this.#rawPairs?.push(rawName, rawValue)
  }

  /** What is beyond the limit is still inspected, as one value: padding with empty arguments hides nothing. */
  #addRest(start: number): true {
    const text = this.#text
    this.#rawPairs ??= this.#pairs.slice()
    this.#pairs.push('', decodePercent(text, start, text.length, true, this.#tally))
    this.#rawPairs.push('', text.slice(start))
    return true
  }
}
