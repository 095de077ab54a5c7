import { type FieldList, hostOf, readLenientHead } from '#wire'
import type { Moment } from '../../flows/contract.ts'
import type { Seen } from '../contract.ts'
import { seenAt } from '../flow-sides.ts'
import type { HttpAmbiguity, HttpMessage, HttpRequest, HttpResponse } from './http-transaction.ts'
import { add, type HeadFields, isChunked, namesOption, readHeadFields } from './read-head.ts'

const AUTHORITY = /^https?:\/\/([^/?#]*)/i

/** What requests and responses have in common while they are put together. */
class MessageState implements HttpMessage {
  readonly version: string
  readonly headBytes: number
  readonly ambiguities: HttpAmbiguity[]
  readonly contentLength: number
  framing: HttpMessage['framing'] = 'none'
  bodyBytes = 0
  readonly first: Seen
  readonly headEnd: Seen
  complete = false
  hasGap = false
  protected readonly headFields: HeadFields
  readonly #head: string
  #fields: FieldList | undefined = undefined
  #lastFrame: number
  #lastNs: number

  constructor(head: string, version: string, ambiguities: HttpAmbiguity[], first: Seen, at: Moment) {
    this.version = version
    this.#head = head
    this.headBytes = head.length
    this.ambiguities = ambiguities
    this.headFields = readHeadFields(head, head.indexOf('\n') + 1, ambiguities)
    this.contentLength = this.headFields.contentLength
    this.first = first
    this.headEnd = first.frame === at.frame ? first : seenAt(at)
    this.#lastFrame = at.frame
    this.#lastNs = at.timeNs
  }

  get fields(): FieldList {
    this.#fields ??= readLenientHead(this.#head).fields
    return this.#fields
  }

  get last(): Seen {
    return { frame: this.#lastFrame, timeNs: this.#lastNs }
  }

  /** Bytes of it came at this moment. */
  touch(at: Moment): void {
    this.#lastFrame = at.frame
    this.#lastNs = at.timeNs
  }

  note(ambiguity: HttpAmbiguity): void {
    add(this.ambiguities, ambiguity)
  }

  protected get isVersion10(): boolean {
    return this.version === 'HTTP/1.0'
  }

  protected get keepsOpen(): boolean {
    const { connection } = this.headFields
    return this.isVersion10 ? namesOption(connection, 'keep-alive') : !namesOption(connection, 'close')
  }
}

const METHODS_WITHOUT_BODY: ReadonlySet<string> = new Set(['GET', 'HEAD', 'TRACE', 'CONNECT'])

export class RequestState extends MessageState implements HttpRequest {
  readonly method: string
  readonly target: string
  #host: string | undefined | null = null

  constructor(head: string, ambiguities: HttpAmbiguity[], first: Seen, at: Moment) {
    const line = firstLine(head)
    const methodEnd = line.indexOf(' ')
    const versionAt = line.lastIndexOf(' ') + 1
    const version = line.slice(versionAt)
    super(head, version, ambiguities, first, at)
    this.method = line.slice(0, Math.max(methodEnd, 0))
    this.target = line.slice(methodEnd + 1, Math.max(versionAt - 1, methodEnd + 1))
    if (!isVersion(version) || this.target === '' || this.target.includes(' ')) this.note('bad-request-line')
    if (this.headFields.host === undefined && !this.isVersion10) this.note('missing-host')
    this.framing = isChunked(this.headFields, this.isVersion10, ambiguities)
      ? 'chunked'
      : this.contentLength > 0
        ? 'length'
        : 'none'
    if (this.framing !== 'none' && METHODS_WITHOUT_BODY.has(this.method)) this.note('body-of-get')
  }

  get host(): string | undefined {
    if (this.#host === null) this.#host = this.#hostName()
    return this.#host
  }

  get userAgent(): string | undefined {
    return this.headFields.userAgent
  }

  get upgrade(): string | undefined {
    return namesOption(this.headFields.connection, 'upgrade') ? this.headFields.upgrade : undefined
  }

  get wantsKeepAlive(): boolean {
    return this.keepsOpen
  }

  /** The target wins over Host when it is a whole URL (RFC 9112 section 3.2.2). */
  #hostName(): string | undefined {
    const inTarget = this.target.startsWith('/') ? undefined : AUTHORITY.exec(this.target)?.[1]
    const authority = inTarget ?? this.headFields.host
    return authority === undefined ? undefined : hostOf(authority)
  }
}

export class ResponseState extends MessageState implements HttpResponse {
  readonly status: number
  readonly reason: string

  /** `method` is that of the request it answers; undefined when that was not captured. */
  constructor(head: string, method: string | undefined, ambiguities: HttpAmbiguity[], first: Seen, at: Moment) {
    const line = firstLine(head)
    super(head, line.slice(0, 8), ambiguities, first, at)
    const status = Number(line.slice(9, 12))
    this.status = Number.isInteger(status) && status >= 100 ? status : 0
    this.reason = line.slice(13)
    if (!isVersion(this.version) || this.status === 0 || line[8] !== ' ') this.note('bad-status-line')
    this.framing = this.#framingOf(method)
  }

  get keepsAlive(): boolean {
    return this.keepsOpen && this.framing !== 'until-close'
  }

  get server(): string | undefined {
    return this.headFields.server
  }

  /** RFC 9112 section 6.3. */
  #framingOf(method: string | undefined): HttpMessage['framing'] {
    const chunked = isChunked(this.headFields, this.isVersion10, this.ambiguities)
    if (this.status < 200 || this.status === 204 || this.status === 304 || method === 'HEAD') return 'none'
    if (method === 'CONNECT' && this.status < 300) return 'none'
    if (chunked) return 'chunked'
    if (this.contentLength < 0) return 'until-close'
    return this.contentLength === 0 ? 'none' : 'length'
  }
}

function isVersion(text: string): boolean {
  return text === 'HTTP/1.1' || text === 'HTTP/1.0'
}

function firstLine(head: string): string {
  const end = head.indexOf('\n')
  return head.slice(0, end > 0 && head.charCodeAt(end - 1) === 0x0d ? end - 1 : end)
}
