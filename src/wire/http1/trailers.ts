import { LF, CR } from './bytes.ts'
import { type Http1Refusal, refusal } from './faults.ts'
import { createFieldDraft, INCOMPLETE, parseFieldLines } from './fields.ts'
import type { FieldList } from './head.ts'

/** Fields that decide about framing, routing or authentication: too late in a trailer (RFC 9110 section 6.5.1). */
const FORBIDDEN: ReadonlySet<string> = new Set([
  'authorization',
  'connection',
  'content-encoding',
  'content-length',
  'content-range',
  'content-type',
  'cookie',
  'expect',
  'forwarded',
  'host',
  'keep-alive',
  'max-forwards',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'set-cookie',
  'te',
  'tidegate-ray',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'www-authenticate',
])

function isForbidden(name: string): boolean {
  const lower = name.toLowerCase()
  return FORBIDDEN.has(lower) || lower.startsWith('x-forwarded-') || lower.includes('_')
}

/** Whether a trailer field may be forwarded at all. */
export function forbiddenTrailer(fields: FieldList): string | undefined {
  for (let i = 0; i < fields.length; i += 2) if (isForbidden(fields[i])) return fields[i]
  return undefined
}

/** Collects the trailer section of a chunked body, byte for byte, up to its empty line. */
export class TrailerReader {
  readonly #limitBytes: number
  readonly #fieldLimit: number
  #text = ''

  trailers: FieldList | undefined = undefined
  refusal: Http1Refusal | undefined = undefined

  constructor(limitBytes: number, fieldLimit: number) {
    this.#limitBytes = limitBytes
    this.#fieldLimit = fieldLimit
  }

  /** Returns the offset after the section when it is whole, and -1 when more is needed or `refusal` is set. */
  feed(bytes: Buffer, offset: number): number {
    for (let from = offset; ;) {
      const lf = bytes.indexOf(LF, from)
      const end = lf < 0 ? bytes.length : lf + 1
      const room = this.#limitBytes + 2 - this.#text.length
      this.#text += bytes.toString('latin1', from, Math.min(end, from + room + 1))
      if (this.#text.length > this.#limitBytes + 2) return this.#refuse(this.#text.slice(0, this.#limitBytes), true)
      if (lf < 0) return this.#text.charCodeAt(0) === LF ? this.#refuse(this.#text, false) : -1
      if (this.#text.charCodeAt(this.#text.length - 2) !== CR) return this.#refuse(this.#text, false)
      if (this.#text === '\r\n' || this.#text.endsWith('\r\n\r\n')) return this.#finish() ? end : -1
      from = end
    }
  }

  #finish(): boolean {
    const draft = createFieldDraft()
    const problem = parseFieldLines(this.#text.slice(0, -2), 0, draft, this.#fieldLimit)
    if (problem !== undefined) {
      this.refusal = problem === INCOMPLETE ? refusal('bad-chunk-end', 0) : problem
      return false
    }
    const forbidden = forbiddenTrailer(draft.fields)
    if (forbidden !== undefined) {
      this.refusal = refusal('forbidden-trailer', 0, forbidden)
      return false
    }
    this.trailers = draft.fields.length === 0 ? undefined : draft.fields
    return true
  }

  #refuse(prefix: string, tooLarge: boolean): -1 {
    const problem = parseFieldLines(prefix, 0, createFieldDraft(), this.#fieldLimit)
    const inPrefix = problem !== undefined && problem !== INCOMPLETE ? problem : undefined
    this.refusal = inPrefix ?? refusal(tooLarge ? 'trailers-too-large' : 'bare-lf', prefix.length)
    return -1
  }
}
