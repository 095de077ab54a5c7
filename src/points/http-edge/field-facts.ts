import { type FieldList, fieldMap, fieldOrderHash, fieldValue, joinedCookies, mediaType, parseCookies } from '#wire'
import { isLooping } from './loop.ts'
import { withoutTestField } from './test-client.ts'

type TextMap = ReadonlyMap<string, readonly string[]>

/**
 * What can be read out of the fields of one head. Computed when it is first asked for, and kept: the codec hands out the
 * same list for a repeated block of fields, so most of it is computed once a connection.
 */
export class FieldFacts {
  readonly #fields: FieldList
  #map: TextMap | undefined = undefined
  #order: string | undefined = undefined
  #cookie: string | undefined | null = null
  #cookies: TextMap | undefined = undefined
  #mime: string | undefined | null = null
  #userAgent: string | undefined | null = null
  #referer: string | undefined | null = null
  #looping: boolean | undefined = undefined
  /** What goes on to the other side, and for which authority it was worked out: see `forwarding.ts`. */
  passedOn: { readonly authority: string; readonly fields: FieldList } | undefined = undefined

  constructor(fields: FieldList) {
    this.#fields = fields
  }

  /** Fields by lower-cased name, values in order. */
  get map(): TextMap {
    this.#map ??= fieldMap(withoutTestField(this.#fields))
    return this.#map
  }

  /** First 16 hex digits of SHA-256 over the field names in order, one a line. */
  get order(): string {
    this.#order ??= fieldOrderHash(this.#fields)
    return this.#order
  }

  /** All Cookie fields as one, as HTTP/2 splits them (RFC 9113 section 8.2.3). */
  get cookie(): string | undefined {
    if (this.#cookie === null) this.#cookie = joinedCookies(this.#fields)
    return this.#cookie
  }

  get cookies(): TextMap | undefined {
    const cookie = this.cookie
    if (this.#cookies === undefined && cookie !== undefined) this.#cookies = parseCookies(cookie)
    return this.#cookies
  }

  /** Media type of the body. */
  get mime(): string | undefined {
    if (this.#mime === null) {
      const contentType = fieldValue(this.#fields, 'content-type')
      this.#mime = contentType === undefined ? undefined : mediaType(contentType)
    }
    return this.#mime
  }

  /** Whether the request has come through Tidegate too often. */
  get looping(): boolean {
    this.#looping ??= isLooping(this.#fields)
    return this.#looping
  }

  get userAgent(): string | undefined {
    if (this.#userAgent === null) this.#userAgent = fieldValue(this.#fields, 'user-agent')
    return this.#userAgent
  }

  get referer(): string | undefined {
    if (this.#referer === null) this.#referer = fieldValue(this.#fields, 'referer')
    return this.#referer
  }
}

const known = new WeakMap<FieldList, FieldFacts>()

/** The facts of a list of fields; the same list gives the same facts. */
export function factsOfFields(fields: FieldList): FieldFacts {
  const before = known.get(fields)
  if (before !== undefined) return before
  const facts = new FieldFacts(fields)
  known.set(fields, facts)
  return facts
}
