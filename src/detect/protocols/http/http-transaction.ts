import type { FieldList } from '#wire'
import type { OfFlow, ProtocolName, Seen, Side } from '../contract.ts'
import type { StreamEnd } from '../../flows/contract.ts'

/** What makes two readers of one message disagree, or breaks the grammar (RFC 9112). */
export type HttpAmbiguity =
  | 'content-length-and-transfer-encoding'
  | 'several-content-lengths'
  | 'differing-content-lengths'
  | 'bad-content-length'
  | 'several-transfer-encodings'
  | 'bad-transfer-encoding'
  | 'transfer-encoding-in-http-1-0'
  | 'folded-line'
  | 'bare-lf'
  | 'bare-cr'
  | 'nul-byte'
  | 'control-character'
  | 'space-before-colon'
  | 'bad-field-name'
  | 'missing-colon'
  | 'missing-host'
  | 'several-hosts'
  | 'bad-request-line'
  | 'bad-status-line'
  | 'bad-chunk-size'
  | 'bad-chunk-end'
  | 'chunk-extension'
  | 'body-of-get'
  | 'head-too-large'

export interface HttpMessage {
  readonly version: string
  /** Names and values in order. Read from the head when they are first asked for. */
  readonly fields: FieldList
  readonly headBytes: number
  readonly framing: 'none' | 'length' | 'chunked' | 'until-close'
  /** -1 when none was declared. */
  readonly contentLength: number
  /** Bytes of the body that were seen or stand for bytes that the capture missed; of chunks, their data. */
  readonly bodyBytes: number
  readonly first: Seen
  readonly headEnd: Seen
  readonly last: Seen
  readonly complete: boolean
  /** In order of discovery, each once. */
  readonly ambiguities: readonly HttpAmbiguity[]
  /** Bytes of it were missing in the capture. */
  readonly hasGap: boolean
}

export interface HttpRequest extends HttpMessage {
  readonly method: string
  readonly target: string
  /** Host without port, in lower case; undefined when the request names none. */
  readonly host: string | undefined
  readonly userAgent: string | undefined
  readonly wantsKeepAlive: boolean
  readonly upgrade: string | undefined
}

export interface HttpResponse extends HttpMessage {
  readonly status: number
  readonly reason: string
  readonly keepsAlive: boolean
  /** The Server field. */
  readonly server: string | undefined
}

export interface HttpTransaction extends OfFlow {
  readonly kind: 'http'
  /** It stood in TLS, whose secrets are known. */
  readonly isSecure: boolean
  /** Which of the connection's requests this is, from 0. */
  readonly index: number
  /** Undefined when the capture has only the answer. */
  readonly request: HttpRequest | undefined
  readonly response: HttpResponse | undefined
  /** The server said something that is no HTTP, and what it looks like. */
  readonly otherAnswer: (Seen & { readonly looksLike: ProtocolName | undefined }) | undefined
  /** 1xx answers before the final one. */
  readonly informational: readonly (Seen & { readonly status: number })[]
  /** Not the first of its connection, and how long the connection had been idle before it. */
  readonly isReuse: boolean
  readonly idleBeforeNs: number | undefined
  /** Sent before the answer to the request before it was whole. */
  readonly isPipelined: boolean
  /** The answer began before the request was whole: refused early, or out of step. */
  readonly answeredEarly: boolean
  /** Last byte of the request to first byte of the answer: the server's time and one round trip. */
  readonly serverNs: number | undefined
  /** First to last byte of the answer. */
  readonly transferNs: number | undefined
  /** End of the answer before (or of the handshake, as far as known) to the first byte of this request. */
  readonly clientNs: number | undefined
  /**
   * `hit-by-close`: the server closed or reset while or before the request came, on a connection that had been used: the race of
   * keep-alive. `unanswered`: the connection ended without answer. `cut`: the answer ended early.
   */
  readonly outcome: 'answered' | 'cut' | 'unanswered' | 'hit-by-close' | 'upgraded' | 'tunnel' | 'open'
  readonly end: StreamEnd | undefined
  readonly endedBy: Side | undefined
  /** When the stream ended, if it ended within this transaction. */
  readonly endSeen: Seen | undefined
}
