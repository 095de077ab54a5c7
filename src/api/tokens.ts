import { createHash, timingSafeEqual } from 'node:crypto'
import type { TokenScope } from '#config'

/** A token that may use the API. Only the digest of its secret is kept in memory. */
interface KnownToken {
  readonly name: string
  readonly scopes: ReadonlySet<TokenScope>
  readonly digest: Buffer
}

/** Who asks, once the token was found good. */
export interface Caller {
  readonly name: string
  readonly scopes: ReadonlySet<TokenScope>
}

/** What each scope may do beside itself. */
const IMPLIED: Readonly<Record<TokenScope, readonly TokenScope[]>> = {
  admin: ['admin', 'read', 'metrics'],
  read: ['read', 'metrics'],
  metrics: ['metrics'],
}

export interface TokenSecret {
  readonly name: string
  readonly secret: string
  readonly scopes: readonly TokenScope[]
}

/** The bearer tokens (RFC 6750) of one server. */
export class TokenRing {
  readonly #tokens: readonly KnownToken[]

  constructor(secrets: readonly TokenSecret[]) {
    this.#tokens = secrets.map(({ name, secret, scopes }) => ({
      name,
      scopes: new Set(scopes.flatMap((scope) => IMPLIED[scope])),
      digest: digestOf(secret),
    }))
  }

  /** The caller of an `Authorization` header, or undefined when it names no known token. Takes as long for any secret. */
  identify(authorization: string | undefined): Caller | undefined {
    const match = /^Bearer ([\x21-\x7e]{1,512})$/i.exec(authorization ?? '')
    if (match === null) return undefined
    const digest = digestOf(match[1])
    let found: KnownToken | undefined
    for (const token of this.#tokens) {
      if (timingSafeEqual(token.digest, digest)) found ??= token
    }
    return found
  }
}

function digestOf(secret: string): Buffer {
  return createHash('sha256').update(secret, 'utf8').digest()
}
