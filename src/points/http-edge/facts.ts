import { hash } from 'node:crypto'
import type { GeoLookup } from '#detect'
import type { ConnectionFacts } from '#net'
import {
  type FieldList,
  fieldValue,
  hostOf,
  type IpAddress,
  mediaType,
  normalizePath,
  parseCookies,
  parseQueryArguments,
  type RequestHead,
} from '#wire'

type TextMap = ReadonlyMap<string, readonly string[]>

/** Fields by lower-cased name, values in order. */
export function fieldMap(fields: FieldList): TextMap {
  const map = new Map<string, string[]>()
  for (let i = 0; i < fields.length; i += 2) {
    const name = fields[i].toLowerCase()
    const values = map.get(name)
    if (values === undefined) map.set(name, [fields[i + 1]])
    else values.push(fields[i + 1])
  }
  return map
}

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

  #host: string | undefined = undefined
  #queryAt = -2
  #path: string | undefined = undefined
  #query: string | undefined = undefined
  #arguments: TextMap | undefined = undefined
  #fieldMap: TextMap | undefined = undefined
  #responseFieldMap: TextMap | undefined = undefined
  #cookie: string | null | undefined = null
  #cookies: TextMap | undefined = undefined
  #country: string | undefined | null = null
  #asn: number | undefined | null = null

  constructor(
    ray: string,
    connection: ConnectionFacts,
    head: RequestHead | undefined,
    clientAddress: IpAddress,
    geo: GeoLookup | undefined,
  ) {
    this.ray = ray
    this.connection = connection
    this.head = head
    this.clientAddress = clientAddress
    this.geo = geo
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

  get fieldMap(): TextMap | undefined {
    if (this.#fieldMap === undefined && this.head !== undefined) this.#fieldMap = fieldMap(this.head.fields)
    return this.#fieldMap
  }

  get fieldNames(): string[] | undefined {
    return this.head?.fields.filter((_, i) => i % 2 === 0)
  }

  /** First 16 hex digits of SHA-256 over the field names in order, one a line. */
  get fieldOrder(): string | undefined {
    return this.head === undefined ? undefined : fieldOrderHash(this.head.fields)
  }

  /** All Cookie fields as one, as HTTP/2 splits them (RFC 9113 section 8.2.3). */
  get cookie(): string | undefined {
    if (this.#cookie === null) this.#cookie = this.head === undefined ? undefined : joinedCookies(this.head.fields)
    return this.#cookie
  }

  get cookies(): TextMap | undefined {
    if (this.#cookies === undefined) {
      const cookie = this.cookie
      if (cookie !== undefined) this.#cookies = parseCookies(cookie)
    }
    return this.#cookies
  }

  /** 0 without a body, undefined when its length is not declared. */
  get bodySize(): number | undefined {
    if (this.head === undefined || this.head.contentLength >= 0) return this.head?.contentLength
    return this.head.framing === 'none' ? 0 : undefined
  }

  get bodyMime(): string | undefined {
    return this.head === undefined ? undefined : mimeOf(this.head.fields)
  }

  get responseFieldMap(): TextMap | undefined {
    if (this.#responseFieldMap === undefined && this.responseFields !== undefined) {
      this.#responseFieldMap = fieldMap(this.responseFields)
    }
    return this.#responseFieldMap
  }

  get responseMime(): string | undefined {
    return this.responseFields === undefined ? undefined : mimeOf(this.responseFields)
  }

  #splitTarget(): number {
    if (this.#queryAt === -2 && this.head !== undefined) this.#queryAt = this.head.originTarget.indexOf('?')
    return this.#queryAt
  }
}

function mimeOf(fields: FieldList): string | undefined {
  const contentType = fieldValue(fields, 'content-type')
  return contentType === undefined ? undefined : mediaType(contentType)
}

function joinedCookies(fields: FieldList): string | undefined {
  let joined: string | undefined
  for (let i = 0; i < fields.length; i += 2) {
    if (fields[i].length !== 6 || fields[i].toLowerCase() !== 'cookie') continue
    joined = joined === undefined ? fields[i + 1] : `${joined}; ${fields[i + 1]}`
  }
  return joined
}

// Clients come with few different orders, so hashing each again would be most of what an event costs.
const ORDER_CACHE_ENTRIES = 4096
const ORDER_CACHE_TEXT = 2048
const orderCache = new Map<string, string>()

function fieldOrderHash(fields: FieldList): string {
  let names = ''
  for (let i = 0; i < fields.length; i += 2) names += `${fields[i]}\n`
  const cached = orderCache.get(names)
  if (cached !== undefined) return cached
  const digest = hash('sha256', names, 'hex').slice(0, 16)
  if (names.length <= ORDER_CACHE_TEXT) {
    if (orderCache.size >= ORDER_CACHE_ENTRIES) orderCache.clear()
    orderCache.set(names, digest)
  }
  return digest
}
