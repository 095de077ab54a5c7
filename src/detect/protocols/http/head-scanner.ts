import type { HttpAmbiguity } from './http-transaction.ts'

const TAB = 0x09
const LF = 0x0a
const CR = 0x0d
const SPACE = 0x20
const DELETE = 0x7f

/**
 * Finds the end of a head as the most forgiving reader would, in bytes that come in pieces of one buffer, and notes on the way
 * what less forgiving ones stumble over. Each byte is looked at once.
 */
export class HeadScanner {
  hasBareLf = false
  hasBareCr = false
  hasNul = false
  hasControl = false
  /** Where the line at hand begins, and the last CR that no LF followed yet; offsets of the buffer that is scanned. */
  #lineAt = 0
  #crAt = -1

  /** A new head begins at `at`. */
  begin(at: number): void {
    this.hasBareLf = false
    this.hasBareCr = false
    this.hasNul = false
    this.hasControl = false
    this.#lineAt = at
    this.#crAt = -1
  }

  /** Another scanner that goes on where this one stands, in a buffer whose offsets differ `by` this much. */
  moved(by: number): HeadScanner {
    const scanner = new HeadScanner()
    scanner.hasBareLf = this.hasBareLf
    scanner.hasBareCr = this.hasBareCr
    scanner.hasNul = this.hasNul
    scanner.hasControl = this.hasControl
    scanner.#lineAt = this.#lineAt + by
    if (this.#crAt >= 0) scanner.#crAt = this.#crAt + by
    return scanner
  }

  /** Looks at the bytes from `from` up to `end`. Returns the offset behind the empty line, -1 when more is needed. */
  scan(bytes: Buffer, from: number, end: number): number {
    for (let at = from; at < end; at++) {
      const byte = bytes[at]
      if (byte >= SPACE) {
        if (byte === DELETE) this.hasControl = true
      } else if (byte === LF) {
        if (this.#endLine(at)) return at + 1
      } else if (byte === CR) {
        if (this.#crAt >= 0) this.hasBareCr = true
        this.#crAt = at
      } else if (byte === 0) this.hasNul = true
      else if (byte !== TAB) this.hasControl = true
    }
    return -1
  }

  /** True when the line that ends at `at` is empty. */
  #endLine(at: number): boolean {
    const crAt = this.#crAt
    const hasCr = crAt >= 0 && crAt === at - 1
    if (!hasCr) {
      this.hasBareLf = true
      if (crAt >= 0) this.hasBareCr = true
    }
    const isEmpty = at - (hasCr ? 1 : 0) === this.#lineAt
    this.#lineAt = at + 1
    this.#crAt = -1
    return isEmpty
  }

  /** What was noted, in the order of how much it matters. */
  addAmbiguities(list: HttpAmbiguity[]): void {
    if (this.hasBareLf) list.push('bare-lf')
    if (this.hasBareCr) list.push('bare-cr')
    if (this.hasNul) list.push('nul-byte')
    if (this.hasControl) list.push('control-character')
  }
}
