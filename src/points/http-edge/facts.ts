import type { GeoLookup } from '#detect'
import type { ConnectionFacts } from '#net'
import { type FieldList, hostOf, type IpAddress, normalizePath, parseQueryArguments, type RequestHead } from '#wire'
import { factsOfFields, type FieldFacts } from './field-facts.ts'
import type { WafFacts } from './waf-facts.ts'

type TextMap = ReadonlyMap<string, readonly string[]>

/**
 * Everything that rules and the log can read about one exchange. What costs something is computed when it is first asked
 * for and kept. Fields show the request as the client sent it, whatever was rewritten later.
 */
export class ExchangeFacts {
  readonly ray: string
  readonly connection: ConnectionFacts
  /** Undefined when the request was refused before its head was whole. */
  readonly head: RequestHead | undefined
  readonly clientAddress: IpAddress
  readonly geo: GeoLookup | undefined
  /** When the head had arrived: seconds since the Unix epoch by the wall clock, which may be set meanwhile. */
  readonly timestampSeconds: number
  /** The same in milliseconds: expiry of rules is judged by it. */
  readonly receivedMs: number

  siteName: string | undefined = undefined
  responseStatus: number | undefined = undefined
  responseFields: FieldList | undefined = undefined
  responseBytes = 0
  durationMs: number | undefined = undefined
  originName: string | undefined = undefined
  originStatus: number | undefined = undefined
  originAttempts = 0
  originConnectMs: number | undefined = undefined
  originFirstByteMs: number | undefined = undefined
  fault: string | undefined = undefined
  /** What the WAF says; undefined when it does not look at this request. */
  waf: WafFacts | undefined = undefined

  #host: string | undefined = undefined
  #queryAt = -2
  #path: string | undefined = undefined
  #query: string | undefined = undefined
  #arguments: TextMap | undefined = undefined
  #requestFacts: FieldFacts | undefined = undefined
  #responseFacts: FieldFacts | undefined = undefined
  #country: string | undefined | null = null
  #asn: number | undefined | null = null

  constructor(
    ray: string,
    connection: ConnectionFacts,
    head: RequestHead | undefined,
    clientAddress: IpAddress,
    geo: GeoLookup | undefined,
    receivedMs: number,
  ) {
    this.ray = ray
    this.connection = connection
    this.head = head
    this.clientAddress = clientAddress
    this.geo = geo
    this.receivedMs = receivedMs
    this.timestampSeconds = Math.floor(receivedMs / 1000)
  }

  get country(): string | undefined {
    if (this.#country === null) this.#country = this.geo?.country(this.clientAddress)
    return this.#country
  }

  get asn(): number | undefined {
    if (this.#asn === null) this.#asn = this.geo?.asn(this.clientAddress)
    return this.#asn
  }

  /** Host without port in lower case; undefined when the client gave none. */
  get host(): string | undefined {
    if (this.#host === undefined && this.head !== undefined) this.#host = hostOf(this.head.authority) ?? ''
    return this.#host === '' ? undefined : this.#host
  }

  get scheme(): 'http' | 'https' {
    return this.connection.tls === undefined ? 'http' : 'https'
  }

  get rawPath(): string | undefined {
    const target = this.head?.originTarget
    const queryAt = this.#splitTarget()
    return queryAt < 0 ? target : target?.slice(0, queryAt)
  }

  get path(): string | undefined {
    const rawPath = this.rawPath
    if (this.#path === undefined && rawPath !== undefined) this.#path = normalizePath(rawPath)
    return this.#path
  }

  get query(): string | undefined {
    if (this.#query === undefined && this.head !== undefined) {
      const queryAt = this.#splitTarget()
      this.#query = queryAt < 0 ? '' : this.head.originTarget.slice(queryAt + 1)
    }
    return this.#query
  }

  get arguments(): TextMap | undefined {
    const query = this.query
    if (this.#arguments === undefined && query !== undefined) this.#arguments = parseQueryArguments(query)
    return this.#arguments
  }

  /** Path and query as rules see them: the normalised path. */
  get uri(): string | undefined {
    const query = this.query
    const path = this.path
    return query === undefined || query === '' ? path : `${path}?${query}`
  }

  /** What the request's fields say; undefined without a head. */
  get requestFacts(): FieldFacts | undefined {
    if (this.#requestFacts === undefined && this.head !== undefined) {
      this.#requestFacts = factsOfFields(this.head.fields)
    }
    return this.#requestFacts
  }

  /** What the fields of the origin's answer say; undefined without one. */
  get responseFacts(): FieldFacts | undefined {
    if (this.#responseFacts === undefined && this.responseFields !== undefined) {
      this.#responseFacts = factsOfFields(this.responseFields)
    }
    return this.#responseFacts
  }

  get fieldNames(): string[] | undefined {
    return this.head?.fields.filter((_, i) => i % 2 === 0)
  }

  /** 0 without a body, undefined when its length is not declared. */
  get bodySize(): number | undefined {
    if (this.head === undefined || this.head.contentLength >= 0) return this.head?.contentLength
    return this.head.framing === 'none' ? 0 : undefined
  }

  #splitTarget(): number {
    if (this.#queryAt === -2 && this.head !== undefined) this.#queryAt = this.head.originTarget.indexOf('?')
    return this.#queryAt
  }
}
