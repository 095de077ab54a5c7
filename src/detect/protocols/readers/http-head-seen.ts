import {
  type FieldList,
  fieldMap,
  fieldValue,
  joinedCookies,
  mediaType,
  normalizePath,
  parseContentLength,
  parseCookies,
  parseQueryArguments,
} from '#wire'
import { HeadScanner } from '../http/head-scanner.ts'
import type { HttpRequest, HttpResponse } from '../http/http-transaction.ts'
import { RequestState, ResponseState } from '../http/http-message-state.ts'

const HEAD_BYTES = 64 * 1024
const NOWHERE = { frame: 0, timeNs: 0 }
const AUTHORITY = /^https?:\/\/[^/?#]*/i

const scanner = new HeadScanner()

type TextMap = ReadonlyMap<string, readonly string[]>

/** What the heads of HTTP/1 messages say to rules: of one that begins in a packet, or of a request and its answer. */
export class HttpHeadSeen {
  readonly kind = 'http'
  readonly request: HttpRequest | undefined
  readonly response: HttpResponse | undefined
  #requestMap: TextMap | undefined = undefined
  #responseMap: TextMap | undefined = undefined

  constructor(request: HttpRequest | undefined, response: HttpResponse | undefined) {
    this.request = request
    this.response = response
  }

  /**
   * Reads the head at the beginning of a packet, as far as the packet holds it. Undefined when its first line is no HTTP/1,
   * or cut off.
   */
  static read(bytes: Buffer, start: number, end: number): HttpHeadSeen | undefined {
    const limit = Math.min(end, start + HEAD_BYTES)
    scanner.begin(start)
    const headEnd = scanner.scan(bytes, start, limit)
    const text = bytes.toString('latin1', start, headEnd < 0 ? limit : headEnd)
    if (text.startsWith('HTTP/')) {
      const response = new ResponseState(text, undefined, [], NOWHERE, NOWHERE)
      return response.ambiguities.includes('bad-status-line') ? undefined : new HttpHeadSeen(undefined, response)
    }
    const request = new RequestState(text, [], NOWHERE, NOWHERE)
    return request.ambiguities.includes('bad-request-line') ? undefined : new HttpHeadSeen(request, undefined)
  }

  get requestMap(): TextMap | undefined {
    if (this.request === undefined) return undefined
    return (this.#requestMap ??= fieldMap(this.request.fields))
  }

  get responseMap(): TextMap | undefined {
    if (this.response === undefined) return undefined
    return (this.#responseMap ??= fieldMap(this.response.fields))
  }

  /** Path and query as the client sent them, also of a target that is a whole URL; undefined for an answer. */
  get originTarget(): string | undefined {
    const target = this.request?.target
    if (target === undefined || target.startsWith('/')) return target
    const rest = target.replace(AUTHORITY, '')
    return rest === '' || rest.startsWith('?') ? `/${rest}` : rest
  }

  get rawPath(): string | undefined {
    const target = this.originTarget
    const queryAt = target?.indexOf('?') ?? -1
    return queryAt < 0 ? target : target?.slice(0, queryAt)
  }

  get path(): string | undefined {
    const rawPath = this.rawPath
    return rawPath === undefined ? undefined : normalizePath(rawPath)
  }

  get query(): string | undefined {
    const target = this.originTarget
    if (target === undefined) return undefined
    const queryAt = target.indexOf('?')
    return queryAt < 0 ? '' : target.slice(queryAt + 1)
  }

  get uri(): string | undefined {
    const { path, query } = this
    return query === undefined || query === '' ? path : `${path}?${query}`
  }

  get arguments(): TextMap | undefined {
    const { query } = this
    return query === undefined ? undefined : parseQueryArguments(query)
  }

  get cookie(): string | undefined {
    return this.request === undefined ? undefined : joinedCookies(this.request.fields)
  }

  get cookies(): TextMap | undefined {
    const { cookie } = this
    return cookie === undefined ? undefined : parseCookies(cookie)
  }

  /** Declared length; 0 without a body, undefined when it is not declared. */
  get bodySize(): number | undefined {
    const { request } = this
    if (request === undefined || request.framing === 'chunked') return undefined
    const declared = fieldValue(request.fields, 'content-length')
    const length = declared === undefined ? 0 : parseContentLength(declared)
    return length < 0 ? undefined : length
  }
}

/** Media type that Content-Type names. */
export function mimeOf(fields: FieldList | undefined): string | undefined {
  const contentType = fields === undefined ? undefined : fieldValue(fields, 'content-type')
  return contentType === undefined ? undefined : mediaType(contentType)
}
