import type { FieldList, ResponseHead } from '#wire'

/** At which step an origin failed. */
export type OriginStep = 'connect' | 'send' | 'answer-head' | 'answer-body'

/** Why an origin gave no (whole) answer. */
export interface OriginFailure {
  readonly step: OriginStep
  /** Stable kebab-case name: `origin-refused`, `origin-timeout`, `origin-closed`, or a fault of the codec. */
  readonly fault: string
  readonly detail: string
  readonly timedOut: boolean
}

/** Who sends a request on an origin connection: an exchange or a health check. */
export interface OriginUser {
  /** The connection can be written to. Not called when it was connected already. */
  onOriginConnected(): void
  onOriginInformational(head: ResponseHead): void
  onOriginHead(head: ResponseHead): void
  /** Bytes are valid until `onOriginFlush` returned, and longer while `heldBytes` is above 0. */
  onOriginBody(bytes: Buffer): void
  /** The answer is complete; the connection is given back after this batch. */
  onOriginEnd(trailers: FieldList | undefined): void
  /** End of a batch. False stops reading until `resume()`. */
  onOriginFlush(): boolean
  /** Bytes of this answer that the client's side has not taken yet. */
  readonly heldBytes: number
  /** More of the request can be sent. */
  onOriginDrain(): void
  /** The origin switched protocols: from now on the connection is a stream of bytes. */
  onOriginSwitched(head: ResponseHead): void
  /** Bytes after a switch; same validity as a body. False stops reading. */
  onOriginStream(bytes: Buffer): boolean
  /** The origin closed its side after a switch. */
  onOriginStreamEnd(): void
  /** The connection is gone. */
  onOriginFailure(failure: OriginFailure): void
}
