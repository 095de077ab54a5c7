import type { FieldList, IpAddress } from '#wire'

/** What the WAF reads of a request. All strings are bytes: each character is one byte (latin1). */
export interface WafRequest {
  readonly ray: string
  readonly method: string
  /** Request target as the client sent it. */
  readonly target: string
  /** `HTTP/1.0`, `HTTP/1.1` or `HTTP/2`. */
  readonly version: string
  /** Name, value, name, value ... in the order and case of the client. */
  readonly fields: FieldList
  readonly remoteAddress: IpAddress
  readonly remotePort: number
  readonly localAddress: IpAddress
  readonly localPort: number
  readonly secure: boolean
  /** Wall clock when the head had arrived, milliseconds since the epoch. */
  readonly receivedMs: number
}

/** What the WAF reads of an origin's answer before its body. */
export interface WafResponse {
  readonly status: number
  readonly reason: string
  readonly version: string
  readonly fields: FieldList
}

/** The head of a body, without transfer coding. `complete` says that nothing follows. */
export interface WafBody {
  readonly bytes: Uint8Array
  readonly complete: boolean
  /** Length of the whole body as far as it is known; undefined while a chunked one is still coming. */
  readonly totalBytes: number | undefined
}
