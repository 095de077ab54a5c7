import { createHmac, createSecretKey, type KeyObject } from 'node:crypto'
import { type RedactionNames, RedactionTable, type Treatment } from './redaction-table.ts'
import { redactMatches } from './waf-matches.ts'

/** Authentication schemes that are kept readable in front of the hashed credentials. */
const SCHEME = /^(?:basic|bearer|digest|dpop|hoba|mutual|negotiate|ntlm|aws4-hmac-sha256) +/i

/** Between the parts of the name of a structured argument. */
const STRUCTURE = /[.[\]]/
const TOKEN_HEX_DIGITS = 12
const CACHE_ENTRIES = 4096
const CACHED_LENGTH = 512
/** Pieces of a query or a cookie header that are looked at one by one; the rest is hashed as a whole. */
const PIECE_LIMIT = 256

/** Replaces secrets by keyed hashes, before anything is written. The same value gives the same hash in one installation. */
export class Redactor {
  readonly treatments: RedactionTable
  readonly #key: KeyObject
  readonly #arguments: ReadonlySet<string>
  #lastCookies = ''
  #lastRedacted = ''
  #young = new Map<string, string>()
  #old = new Map<string, string>()

  /** `key`: the secret of this installation, 32 bytes. */
  constructor(key: Uint8Array, names: RedactionNames) {
    this.#key = createSecretKey(key)
    this.#arguments = new Set(names.sensitiveArguments)
    this.treatments = new RedactionTable(names)
  }

  /** `text` with its secrets replaced; the same string when there were none. */
  apply(treatment: Treatment, text: string): string {
    switch (treatment) {
      case 'plain':
        return text
      case 'hash':
        return this.token(text)
      case 'cookies':
        // The header and the field hold the same text, one after the other.
        if (text !== this.#lastCookies) {
          this.#lastCookies = text
          this.#lastRedacted = this.#cookies(text)
        }
        return this.#lastRedacted
      case 'set-cookie':
        return this.#setCookie(text)
      case 'credentials':
        return this.#credentials(text)
      case 'query':
        return this.#query(text)
      case 'url':
        return this.#url(text)
      case 'matches':
        return redactMatches(text, this, Number.POSITIVE_INFINITY).text
    }
  }

  /** Whether the values of an argument are secrets; also as a part of a structure, such as `json.user.password`. */
  isSensitiveArgument(name: string): boolean {
    return this.#isSensitive(name) || name.split(STRUCTURE).some((part) => this.#arguments.has(part.toLowerCase()))
  }

  /** Whether a text holds the name of an argument whose values are secrets. */
  mentionsSensitive(text: string): boolean {
    const lower = text.toLowerCase()
    for (const name of this.#arguments) if (lower.includes(name)) return true
    return false
  }

  /** `#` and 12 hex digits: HMAC-SHA256 of the bytes of `value`. */
  token(value: string): string {
    const known = this.#young.get(value) ?? this.#old.get(value)
    if (known !== undefined) return known
    const token = `#${createHmac('sha256', this.#key).update(value, 'latin1').digest('hex').slice(0, TOKEN_HEX_DIGITS)}`
    if (value.length <= CACHED_LENGTH) this.#remember(value, token)
    return token
  }

  /** Two generations: what is asked for again survives, and the memory is bounded without a list of uses. */
  #remember(value: string, token: string): void {
    if (this.#young.size >= CACHE_ENTRIES) {
      this.#old = this.#young
      this.#young = new Map()
    }
    this.#young.set(value, token)
  }

  /** Cookie names stay, each value becomes a hash; a cookie without `=` may be a secret as a whole. */
  #cookies(header: string): string {
    return this.#pieces(header, ';', (piece) => {
      const equals = piece.indexOf('=')
      if (equals >= 0) return `${piece.slice(0, equals + 1)}${this.token(piece.slice(equals + 1).trim())}`
      const bare = piece.trim()
      return bare === '' ? piece : piece.replace(bare, () => this.token(bare))
    })
  }

  #setCookie(header: string): string {
    const semicolon = header.indexOf(';')
    return semicolon < 0 ? this.#cookies(header) : this.#cookies(header.slice(0, semicolon)) + header.slice(semicolon)
  }

  #credentials(header: string): string {
    const scheme = SCHEME.exec(header)?.[0] ?? ''
    return scheme + this.token(header.slice(scheme.length))
  }

  #url(url: string): string {
    const start = url.indexOf('?') + 1
    if (start === 0) return url
    const hash = url.indexOf('#', start)
    const end = hash < 0 ? url.length : hash
    const query = url.slice(start, end)
    const redacted = this.#query(query)
    return redacted === query ? url : url.slice(0, start) + redacted + url.slice(end)
  }

  #query(query: string): string {
    if (query.length === 0 || this.#arguments.size === 0) return query
    return this.#pieces(query, '&', (piece) => {
      const equals = piece.indexOf('=')
      if (equals < 0 || equals === piece.length - 1 || !this.#isSensitive(piece.slice(0, equals))) return piece
      return `${piece.slice(0, equals + 1)}${this.token(piece.slice(equals + 1))}`
    })
  }

  /** Also `user[password]` and `password[]`, and names hidden by percent-escapes. */
  #isSensitive(rawName: string): boolean {
    const name = (rawName.includes('%') ? decodeEscapes(rawName) : rawName).toLowerCase()
    if (this.#arguments.has(name)) return true
    return name.includes('[') && name.split(/[[\]]/).some((part) => this.#arguments.has(part))
  }

  #pieces(text: string, separator: string, change: (piece: string) => string): string {
    let result = ''
    let start = 0
    for (let count = 0; ; count++) {
      if (count === PIECE_LIMIT) return result + this.token(text.slice(start))
      const found = text.indexOf(separator, start)
      if (found < 0) return result + change(text.slice(start))
      result += change(text.slice(start, found)) + separator
      start = found + 1
    }
  }
}

function decodeEscapes(text: string): string {
  return text.replace(/%([0-9a-fA-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
}
