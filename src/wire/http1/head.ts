/** Names and values in the order of appearance: name, value, name, value. Strings hold one byte a character. */
export type FieldList = readonly string[]

export type HttpVersion = 'HTTP/1.0' | 'HTTP/1.1' | 'HTTP/2'

/** How the end of a body is found. `until-close` is for responses only. */
export type BodyFraming = 'none' | 'length' | 'chunked' | 'until-close'

/** A request head that passed every rule of the codec. The HTTP/2 front builds the same from its pseudo-headers. */
export interface RequestHead {
  readonly method: string
  /** The target as sent: origin form, absolute form or `*`. */
  readonly target: string
  /** Origin form of the target (`/path?query`) or `*`. */
  readonly originTarget: string
  readonly version: HttpVersion
  /** Every field as sent, hop-by-hop ones too: what rules and fingerprints read. */
  readonly fields: FieldList
  /** Host and optional port of the Host field, of the absolute target or of `:authority`, as sent; '' when an HTTP/1.0 client gave none. */
  readonly authority: string
  /** `chunked` also stands for an HTTP/2 body without declared length. */
  readonly framing: BodyFraming
  /** Declared length in bytes, -1 when none was declared. */
  readonly contentLength: number
  /** Whether the client wants the connection to stay open; always true in HTTP/2. */
  readonly keepAlive: boolean
  /** Lower-cased names that the Connection field listed, except its own options; undefined without any. */
  readonly connectionNames: readonly string[] | undefined
  /** Value of Upgrade when Connection named it too. */
  readonly upgrade: string | undefined
  readonly expectsContinue: boolean
  /** True when TE named `trailers`. */
  readonly acceptsTrailers: boolean
}

/** A response head that passed every rule of the codec. */
export interface ResponseHead {
  readonly status: number
  readonly reason: string
  readonly version: HttpVersion
  readonly fields: FieldList
  readonly framing: BodyFraming
  readonly contentLength: number
  readonly keepAlive: boolean
  readonly connectionNames: readonly string[] | undefined
  readonly upgrade: string | undefined
}
