import type { Duplex } from 'node:stream'
import type { ConnectionFacts } from '#net'
import type { FieldList } from '#wire'

/** The answer's head as the engine hands it to a front: end-to-end fields only; framing is the front's business. */
export interface AnswerHead {
  readonly status: number
  /** Reason phrase; HTTP/2 drops it. */
  readonly reason: string
  readonly fields: FieldList
  /** Length to declare, -1 when unknown. A HEAD answer declares a length without having a body. */
  readonly contentLength: number
  /** False for HEAD, 204 and 304. */
  readonly hasBody: boolean
  /** True when nothing may follow on this connection. */
  readonly close: boolean
}

/**
 * What a front (an HTTP/1 connection, an HTTP/2 stream) offers to the one request that it carries at the moment.
 * Calls come in this order: any `sendInformational`, one `sendHead`, any `sendBody`, one `sendEnd`; `cut` at any time.
 * The front calls the exchange back from `drained`, `requestBody` and the like, never from inside these methods.
 */
export interface Downstream {
  readonly connection: ConnectionFacts
  /** Passes on a 1xx answer; a front whose client cannot take it drops it. */
  sendInformational(status: number, reason: string, fields: FieldList): void
  /** May be held back until `flush`, so that head and a small body leave in one write. */
  sendHead(head: AnswerHead): void
  /** Bytes are only valid until `flush` returned with `pendingBytes` 0: see there. */
  sendBody(bytes: Uint8Array): void
  /** The answer is complete. `trailers` may be dropped by a front whose client cannot take them. */
  sendEnd(trailers: FieldList | undefined): void
  /** Writes what was held back. False asks the engine to stop until the front calls `exchange.drained()`. */
  flush(): boolean
  /** Bytes that the system has not taken yet: while above 0, buffers given to `sendBody` must not be reused. */
  readonly pendingBytes: number
  /** The answer cannot be completed: the client must see that it is cut (connection or stream reset). */
  cut(why: string): void
  /** Stops and restarts the delivery of the request body. */
  pauseBody(): void
  resumeBody(): void
  /**
   * Sends the head of a 101 answer (HTTP/2: 200 to an extended CONNECT) and gives up the byte stream.
   * `early` are bytes the client sent before the switch. Undefined when the front cannot switch.
   */
  switchProtocols(
    head: AnswerHead,
    protocol: string,
  ): { readonly stream: Duplex; readonly early: Uint8Array } | undefined
}

/** What a front calls on the exchange that it carries. */
export interface ExchangeInput {
  /** Runs the policy and goes to the origin, or answers at once (also from inside this call). */
  start(): void
  /** Bytes are valid during the call only. */
  requestBody(bytes: Uint8Array): void
  requestEnd(trailers: FieldList | undefined): void
  /** At the end of each batch of `requestBody`/`requestEnd` calls: sends on what was collected. */
  requestFlush(): void
  /** The request turned out to be malformed after its head; answers if nothing was answered yet, else cuts. */
  requestFault(fault: RequestFault): void
  /** The front can take more of the answer. */
  drained(): void
  /** The client went away before the answer was complete; `fault` when a rule of the protocol was broken by that. */
  clientGone(why: string, fault?: string): void
  /** True when the answer is complete or was cut: the front may forget the exchange. */
  readonly finished: boolean
}

/** A request that is refused by the protocol's rules. */
export interface RequestFault {
  readonly status: number
  /** Stable kebab-case name, such as `bare-lf`: the field `http.fault`. */
  readonly fault: string
  readonly detail: string
}
