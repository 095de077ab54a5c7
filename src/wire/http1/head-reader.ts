import { CR, LF } from './bytes.ts'
import type { Http1Refusal } from './faults.ts'
import { refusal } from './faults.ts'
import { INCOMPLETE } from './fields.ts'

const END_OF_HEAD = Buffer.from('\r\n\r\n', 'latin1')
const FIRST_CAPACITY = 1024

type HeadResult<Head> = { readonly ok: true; readonly head: Head } | Http1Refusal | typeof INCOMPLETE

/** Reads a whole head, or the prefix of one, which gives INCOMPLETE unless a fault stands in it. */
export type HeadParser<Head> = (text: string) => HeadResult<Head>

/**
 * Finds the end of a head in bytes that come in pieces and hands its text to a parser. Each byte is looked at once,
 * however small the pieces are, and the same bytes give the same result however they were cut.
 */
export class HeadReader<Head> {
  readonly #parse: HeadParser<Head>
  readonly #limitBytes: number
  readonly #skipLeadingCrLf: boolean
  readonly #firstBytes: Uint8Array
  #kept: Buffer | undefined
  #keptBytes = 0
  #checkedBytes = 0

  /** The head found by the last `feed` that returned an offset. */
  head: Head | undefined = undefined
  refusal: Http1Refusal | undefined = undefined
  /** With `refusal`: the text of the head as far as it came, at most the limit. */
  refusedText = ''

  /** `firstBytes` holds 1 for each byte that a head may begin with. */
  constructor(parse: HeadParser<Head>, limitBytes: number, skipLeadingCrLf: boolean, firstBytes: Uint8Array) {
    this.#parse = parse
    this.#limitBytes = limitBytes
    this.#skipLeadingCrLf = skipLeadingCrLf
    this.#firstBytes = firstBytes
  }

  /** True when a part of a head was read. */
  get started(): boolean {
    return this.#keptBytes > 0
  }

  /**
   * Takes bytes from `offset` on. Returns the offset after the head when it is whole (`head` is set), and -1 otherwise:
   * either more bytes are needed and all were taken, or `refusal` is set.
   */
  feed(bytes: Buffer, offset: number): number {
    if (this.#keptBytes > 0) return this.#feedMore(bytes, offset)
    const start = this.#skipLeadingCrLf && bytes[offset] === CR && bytes[offset + 1] === LF ? offset + 2 : offset
    const end = bytes.indexOf(END_OF_HEAD, start)
    if (end >= 0 && end - start <= this.#limitBytes) {
      return this.#finish(bytes.toString('latin1', start, end + 2)) ? end + 4 : -1
    }
    this.#keep(bytes, offset)
    return this.#check()
  }

  #feedMore(bytes: Buffer, offset: number): number {
    const before = this.#keptBytes
    this.#keep(bytes, offset)
    const kept = this.#kept!
    const start = this.#start()
    const end = kept.subarray(0, this.#keptBytes).indexOf(END_OF_HEAD, Math.max(start, before - 3))
    if (end < 0 || end - start > this.#limitBytes) return this.#check()
    const text = kept.toString('latin1', start, end + 2)
    this.reset()
    return this.#finish(text) ? offset + end + 4 - before : -1
  }

  reset(): void {
    this.#kept = undefined
    this.#keptBytes = 0
    this.#checkedBytes = 0
  }

  #finish(text: string): boolean {
    const result = this.#parse(text)
    if (result !== INCOMPLETE && result.ok) {
      this.head = result.head
      return true
    }
    // A whole text can only look incomplete when it is no message at all.
    this.refusal = result === INCOMPLETE ? refusal('bad-request-line', 0) : result
    this.refusedText = text
    return false
  }

  // More than a head's limit is never needed: what is beyond it cannot change the refusal.
  #keep(bytes: Buffer, offset: number): void {
    const room = this.#limitBytes + 6 - this.#keptBytes
    const end = Math.min(bytes.length, offset + room)
    const needed = this.#keptBytes + end - offset
    if (this.#kept === undefined || this.#kept.length < needed) {
      const grown = Buffer.allocUnsafe(Math.max(FIRST_CAPACITY, needed, this.#keptBytes * 2))
      this.#kept?.copy(grown, 0, 0, this.#keptBytes)
      this.#kept = grown
    }
    bytes.copy(this.#kept, this.#keptBytes, offset, end)
    this.#keptBytes = needed
  }

  #start(): number {
    const kept = this.#kept!
    return this.#skipLeadingCrLf && this.#keptBytes > 1 && kept[0] === CR && kept[1] === LF ? 2 : 0
  }

  /**
   * Refuses early what no further byte can repair: a line without CR, a first byte that begins no message, too many bytes.
   * Without it such a client would hang until its timeout.
   */
  #check(): -1 {
    const kept = this.#kept!
    const length = this.#keptBytes
    const start = this.#start()
    const waiting = length === start || (length === 1 && kept[0] === CR && this.#skipLeadingCrLf)
    const tooLarge = length - start > this.#limitBytes + 3
    if (!waiting && (tooLarge || this.#firstBytes[kept[start]] !== 1 || this.#hasBrokenLine(start))) {
      const text = kept.toString('latin1', start, Math.min(length, start + this.#limitBytes))
      const result = this.#parse(text)
      if (result !== INCOMPLETE && !result.ok) this.refusal = result
      else if (tooLarge) this.refusal = this.#tooLarge(start)
      if (this.refusal !== undefined) this.refusedText = text
    }
    return -1
  }

  #hasBrokenLine(start: number): boolean {
    const kept = this.#kept!
    let at = Math.max(start, this.#checkedBytes)
    for (;;) {
      at = kept.indexOf(LF, at)
      if (at < 0 || at >= this.#keptBytes) break
      if (at === start || kept[at - 1] !== CR) return true
      at++
    }
    this.#checkedBytes = this.#keptBytes
    return false
  }

  #tooLarge(start: number): Http1Refusal {
    const lineEnd = this.#kept!.indexOf(LF, start)
    const inFirstLine = lineEnd < 0 || lineEnd - start >= this.#limitBytes
    return refusal(inFirstLine ? 'uri-too-long' : 'head-too-large', this.#limitBytes, `limit ${this.#limitBytes} bytes`)
  }
}
