import { type FieldList, fieldValue, hostOf, parseContentLength } from '#wire'
import type { Moment } from '../../flows/contract.ts'
import type { Seen } from '../contract.ts'
import { seenAt } from '../flow-sides.ts'
import type { HttpAmbiguity, HttpMessage, HttpRequest, HttpResponse } from '../http/http-transaction.ts'

const NONE: readonly never[] = Object.freeze([])

/** What requests and answers of HTTP/2 have in common while they are put together. */
class Http2Message implements HttpMessage {
  readonly version = 'HTTP/2'
  /** Without those that begin with a colon. */
  readonly fields: FieldList
  readonly headBytes: number
  readonly framing: HttpMessage['framing']
  readonly contentLength: number
  readonly ambiguities: readonly HttpAmbiguity[] = NONE
  bodyBytes = 0
  readonly first: Seen
  readonly headEnd: Seen
  complete = false
  hasGap = false
  protected readonly own: ReadonlyMap<string, string>
  #lastFrame: number
  #lastNs: number

  constructor(fields: FieldList, headBytes: number, hasBody: boolean, first: Seen, at: Moment) {
    const own = new Map<string, string>()
    const others: string[] = []
    for (let index = 0; index < fields.length; index += 2) {
      if (fields[index].startsWith(':')) own.set(fields[index], fields[index + 1])
      else others.push(fields[index], fields[index + 1])
    }
    this.own = own
    this.fields = others
    this.headBytes = headBytes
    const declared = fieldValue(others, 'content-length')
    this.contentLength = declared === undefined ? -1 : parseContentLength(declared)
    this.framing = !hasBody ? 'none' : this.contentLength >= 0 ? 'length' : 'chunked'
    this.first = first
    this.headEnd = seenAt(at)
    this.complete = !hasBody
    this.#lastFrame = at.frame
    this.#lastNs = at.timeNs
  }

  get last(): Seen {
    return { frame: this.#lastFrame, timeNs: this.#lastNs }
  }

  /** Bytes of it came at this moment. */
  touch(at: Moment): void {
    this.#lastFrame = at.frame
    this.#lastNs = at.timeNs
  }
}

export class Http2Request extends Http2Message implements HttpRequest {
  readonly wantsKeepAlive = true
  readonly upgrade = undefined

  get method(): string {
    return this.own.get(':method') ?? ''
  }

  get target(): string {
    return this.own.get(':path') ?? ''
  }

  get host(): string | undefined {
    const authority = this.own.get(':authority') ?? fieldValue(this.fields, 'host')
    return authority === undefined ? undefined : hostOf(authority)
  }

  get userAgent(): string | undefined {
    return fieldValue(this.fields, 'user-agent')
  }
}

export class Http2Response extends Http2Message implements HttpResponse {
  readonly reason = ''
  readonly keepsAlive = true

  get status(): number {
    const status = Number(this.own.get(':status'))
    return Number.isInteger(status) && status >= 100 && status <= 999 ? status : 0
  }

  get server(): string | undefined {
    return fieldValue(this.fields, 'server')
  }
}
