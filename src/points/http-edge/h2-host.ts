import type { ConnectionFacts } from '#net'
import type { LenientHead, RequestHead } from '#wire'
import type { Downstream, ExchangeInput, RequestFault } from './downstream.ts'

/** What the HTTP/2 front asks of the engine behind it. */
export interface H2Host {
  /** Makes the exchange of a request that passed the rules; the front starts it. */
  exchange(downstream: Downstream, head: RequestHead): ExchangeInput
  /** Answers and logs a request whose head broke the rules; `reading` is what can be made out of it. */
  refuse(downstream: Downstream, fault: RequestFault, reading: LenientHead): ExchangeInput
  /** Logs a session that was ended for abuse or broken framing. */
  reportFault(connection: ConnectionFacts, fault: string, why: string): void
}

/** Limits and timeouts of the front; the names are those of the configuration. */
export interface H2Limits {
  readonly concurrentStreams: number
  readonly resetsPerSecond: number
  readonly headerListBytes: number
  readonly fieldCount: number
  readonly trailerBytes: number
  readonly requestsPerConnection: number
  /** From the finished handshake to the first request. */
  readonly headMs: number
  /** Longest pause in a body, either direction. */
  readonly bodyIdleMs: number
  /** Longest life of a session without a stream. */
  readonly idleMs: number
}
