import type { BodyIrregularity, BodyLimit, UploadedFile } from '../body-contents.ts'
import type { BodyLimits } from './limits.ts'
import { type FaultNotes, type PartHead, readPartHead } from './multipart-head.ts'
import type { PairCollector } from './pair-collector.ts'

const TAB = 0x09
const LF = 0x0a
const CR = 0x0d
const SPACE = 0x20

/** Where a delimiter line begins (its hyphens), where what follows it begins, and whether it is the last one. */
interface Delimiter {
  readonly start: number
  readonly next: number
  readonly final: boolean
}

/**
 * Takes a multipart/form-data body apart (RFC 7578, RFC 2046 section 5.1). Lines may end in LF alone, as lenient servers accept;
 * that and everything else that servers read differently is noted by the names of SecLang.
 */
export class MultipartReader implements FaultNotes {
  readonly irregularities = new Set<BodyIrregularity>()
  readonly files: UploadedFile[] = []
  readonly partHeaders: string[] = []
  readonly partNames: string[] = []
  error: string | undefined = undefined
  limit: BodyLimit | undefined = undefined

  readonly #bytes: Uint8Array
  readonly #text: string
  readonly #dashBoundary: string
  readonly #limits: BodyLimits
  readonly #complete: boolean
  readonly #fields: PairCollector
  /** How far the last part was understood, when no delimiter ended it. */
  #partEnd = 0
  #sawCrLf = false
  #sawLf = false

  constructor(
    bytes: Uint8Array,
    text: string,
    boundary: string,
    fields: PairCollector,
    limits: BodyLimits,
    complete: boolean,
  ) {
    this.#bytes = bytes
    this.#text = text
    this.#dashBoundary = `--${boundary}`
    this.#fields = fields
    this.#limits = limits
    this.#complete = complete
  }

  fail(message: string): void {
    this.error ??= message
    this.irregularities.add('parser-fault')
  }

  /** Reads all parts; returns how far the body was understood, 0 when something stands before the first boundary. */
  read(): number {
    const text = this.#text
    let delimiter = this.#findDelimiter(0)
    if (delimiter === undefined) {
      if (this.#complete) this.#failWithoutBoundary()
      return 0
    }
    const preamble = delimiter.start
    if (preamble > 0) this.irregularities.add('data-before')
    let end = delimiter.next
    while (!delimiter.final && this.limit !== 'parts') {
      const next: Delimiter | undefined = this.#readPart(delimiter.next)
      end = next?.next ?? this.#partEnd
      if (next === undefined) {
        // A body that ends early is an error and no irregularity of its form.
        if (this.#complete) this.error ??= 'Multipart: Final boundary missing'
        break
      }
      delimiter = next
      if (!next.final && this.partNames.length >= this.#limits.parts) this.limit = 'parts'
    }
    if (delimiter.final && delimiter.next < text.length) this.irregularities.add('data-after')
    if (this.#sawLf) this.irregularities.add('lf-line')
    if (this.#sawLf && this.#sawCrLf) this.irregularities.add('crlf-lf-lines')
    return isBlank(text, 0, preamble) ? end : 0
  }

  #failWithoutBoundary(): void {
    this.fail('Multipart: Boundary not found in the body')
    if (this.#text !== '') this.irregularities.add('data-before')
    if (this.irregularities.has('hyphen-line')) this.irregularities.add('unmatched-boundary')
  }

  /** Reads the part that begins at `from`; returns the delimiter after it, undefined at the end of the body. */
  #readPart(from: number): Delimiter | undefined {
    const lines: string[] = []
    const contentFrom = this.#readLines(from, lines)
    if (contentFrom < 0) {
      this.#partEnd = from
      return undefined
    }
    const delimiter = this.#findDelimiter(contentFrom)
    const contentTo = delimiter === undefined ? this.#text.length : this.#contentEnd(contentFrom, delimiter.start)
    this.#partEnd = this.#text.length
    this.#addPart(readPartHead(lines, this), contentFrom, contentTo)
    return delimiter
  }

  /** Gathers the header lines from `from` on; returns where the content begins, -1 when the body was cut before. */
  #readLines(from: number, lines: string[]): number {
    const text = this.#text
    const last = from + this.#limits.partHeaderBytes
    let at = from
    while (at < text.length) {
      const lf = text.indexOf('\n', at)
      const lineEnd = lf < 0 ? text.length : lf
      if (text.startsWith(this.#dashBoundary, at)) return at
      if (lineEnd > last) {
        this.limit ??= 'part-header'
        this.fail('Multipart: Part header too long')
        return at
      }
      const end = lineEnd > at && text.charCodeAt(lineEnd - 1) === CR ? lineEnd - 1 : lineEnd
      if (lf >= 0) this.#noteLineEnd(end < lineEnd)
      if (end === at) return lineEnd + 1
      this.#addLine(text.slice(at, end), lines)
      at = lineEnd + 1
    }
    return this.#complete ? text.length : -1
  }

  #addLine(line: string, lines: string[]): void {
    const first = line.charCodeAt(0)
    if (first !== SPACE && first !== TAB) {
      lines.push(line)
      return
    }
    this.irregularities.add('header-folding')
    if (lines.length === 0) {
      this.irregularities.add('invalid-header-folding')
      this.fail('Multipart: Invalid part header (folding error)')
      lines.push(line)
      return
    }
    lines[lines.length - 1] += ` ${line.trimStart()}`
  }

  #addPart(head: PartHead, from: number, to: number): void {
    const { disposition } = head
    const name = disposition?.name ?? ''
    if (disposition === undefined) this.fail('Multipart: Content-Disposition header missing')
    else if (disposition.name === undefined) this.fail('Multipart: Part name missing')
    if (disposition?.name === undefined) this.irregularities.add('invalid-part')
    this.partNames.push(name)
    for (const line of head.lines) this.partHeaders.push(name, line)
    // An empty file name is what browsers send for no file, and what servers take for a field.
    const plainName = disposition?.fileName === '' ? undefined : disposition?.fileName
    const fileName = plainName ?? disposition?.extendedFileName
    if (fileName !== undefined) this.#addFile(head, name, fileName, from, to)
    // Servers that do not know `filename*` read such a part as a field.
    if (plainName === undefined) this.#fields.add(name, this.#text.slice(from, to))
  }

  #addFile(head: PartHead, name: string, fileName: string, from: number, to: number): void {
    this.files.push({
      name,
      fileName,
      extendedFileName: head.disposition?.extendedFileName,
      sizeBytes: to - from,
      contentOffset: from,
      contentType: head.contentType,
      head: this.#bytes.subarray(from, Math.min(to, from + this.#limits.fileHeadBytes)),
    })
    if (this.files.length > this.#limits.files) {
      this.limit ??= 'files'
      this.irregularities.add('file-limit-exceeded')
    }
  }

  /** The first delimiter line that begins at `from` or later, at the begin of a line. */
  #findDelimiter(from: number): Delimiter | undefined {
    const text = this.#text
    let at = from
    if (from > 0 && text.charCodeAt(from - 1) !== LF) at = this.#nextHyphenLine(from)
    else if (!text.startsWith('--', from)) at = this.#nextHyphenLine(from)
    for (; at >= 0; at = this.#nextHyphenLine(at + 1)) {
      const delimiter = this.#delimiterAt(at)
      if (delimiter !== undefined) return delimiter
    }
    return undefined
  }

  /** Begin of the next line that starts with two hyphens; -1 when there is none. */
  #nextHyphenLine(from: number): number {
    const found = this.#text.indexOf('\n--', from)
    return found < 0 ? -1 : found + 1
  }

  #delimiterAt(start: number): Delimiter | undefined {
    const text = this.#text
    if (!text.startsWith(this.#dashBoundary, start)) {
      this.irregularities.add('hyphen-line')
      return undefined
    }
    let at = start + this.#dashBoundary.length
    const final = text.startsWith('--', at)
    if (final) at += 2
    const padding = at
    while (text.charCodeAt(at) === SPACE || text.charCodeAt(at) === TAB) at++
    if (at > padding) this.#failAtBoundary()
    if (at >= text.length) return { start, next: at, final }
    const crlf = text.charCodeAt(at) === CR && text.charCodeAt(at + 1) === LF
    if (!crlf && text.charCodeAt(at) !== LF) {
      // A cut body may end inside the line.
      if (!this.#complete && at + 1 >= text.length) return undefined
      this.#failAtBoundary()
      return undefined
    }
    this.#noteLineEnd(crlf)
    return { start, next: at + (crlf ? 2 : 1), final }
  }

  #failAtBoundary(): void {
    this.irregularities.add('unmatched-boundary')
    this.fail('Multipart: Invalid boundary')
  }

  /** The content ends before the line end that belongs to the delimiter. */
  #contentEnd(from: number, delimiterStart: number): number {
    if (delimiterStart <= from) return from
    const crlf = delimiterStart - 2 >= from && this.#text.charCodeAt(delimiterStart - 2) === CR
    return crlf ? delimiterStart - 2 : delimiterStart - 1
  }

  #noteLineEnd(crlf: boolean): void {
    if (crlf) this.#sawCrLf = true
    else this.#sawLf = true
  }
}

/** True when nothing but line ends and blanks is between `from` and `to`. */
function isBlank(text: string, from: number, to: number = text.length): boolean {
  for (let at = from; at < to; at++) {
    const code = text.charCodeAt(at)
    if (code !== CR && code !== LF && code !== SPACE && code !== TAB) return false
  }
  return true
}
