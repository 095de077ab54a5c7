import type { IpAddress } from '#wire'
import type { Endpoint, OfFlow, Seen } from '../contract.ts'

export interface DnsQuestion {
  /** In lower case, without the last dot; '.' is the root. Bytes that are no visible ASCII are escaped as \DDD. */
  readonly name: string
  readonly type: number
  /** 'A', 'AAAA', 'MX' ...; 'TYPE123' when it has no name. */
  readonly typeName: string
  readonly class: number
}

/** One message that answers, with what findings and rules need of it. */
export interface DnsAnswer extends Seen {
  readonly from: Endpoint
  /** It did not come from the address and port that were asked. */
  readonly fromOtherAddress: boolean
  /** The flow that carried it; not the query's when it came from another address, or over TCP after truncation. */
  readonly flow: number
  readonly sizeBytes: number
  /** With the upper bits of EDNS: 0 NOERROR, 2 SERVFAIL, 3 NXDOMAIN, 5 REFUSED ... */
  readonly responseCode: number
  readonly responseCodeName: string
  readonly truncated: boolean
  readonly authoritative: boolean
  readonly recursionAvailable: boolean
  readonly authenticData: boolean
  readonly answerCount: number
  readonly authorityCount: number
  readonly additionalCount: number
  /** Addresses of A and AAAA records of the answer section, in order. */
  readonly addresses: readonly IpAddress[]
  /** Targets of CNAME and DNAME records of the answer section, in order. */
  readonly canonicalNames: readonly string[]
  /** Smallest TTL of the answer section; undefined without records. */
  readonly smallestTtlSeconds: number | undefined
  /** RFC 8914. */
  readonly extendedErrors: readonly DnsExtendedError[]
  /** Whether signatures came along. */
  readonly isSigned: boolean
  /** The question it repeats is not the one that was asked, though the id is. */
  readonly otherQuestion: boolean
}

export interface DnsExtendedError {
  readonly code: number
  readonly text: string
}

export interface DnsTransaction extends OfFlow {
  readonly kind: 'dns'
  readonly transport: 'udp' | 'tcp'
  /** Asked of a group (mDNS, LLMNR): silence is no fault there. */
  readonly isMulticast: boolean
  readonly id: number
  readonly opcode: number
  readonly question: DnsQuestion | undefined
  /** The query and its repetitions with the same id, in order; empty when only an answer was seen. At most 16. */
  readonly queries: readonly Seen[]
  /** How often it was sent in all. */
  readonly queryCount: number
  readonly recursionDesired: boolean
  readonly checkingDisabled: boolean
  /** EDNS of the query: DNSSEC wanted, and the size of answers it takes; undefined without EDNS. */
  readonly dnssecWanted: boolean
  readonly udpPayloadBytes: number | undefined
  /** In order of arrival; at most 16. The first is what the client took, unless it came from another address. */
  readonly answers: readonly DnsAnswer[]
  readonly answerCount: number
  /** First query to first answer; undefined without one of them. */
  readonly latencyNs: number | undefined
  /** Last query before the first answer, to that answer. */
  readonly serverLatencyNs: number | undefined
  /** Answers of the same id that say something else: another code, or other addresses. */
  readonly answersDiffer: boolean
  /**
   * Earlier transactions of the client with the same question that stayed unanswered: retries with a new id or port, or
   * of the next server. Frames of their first queries, at most 16.
   */
  readonly retryOf: readonly Seen[]
  /** A later transaction asked the same again, here or at another server, when this one had no usable answer. */
  readonly retriedAs: Seen | undefined
  /** After a truncated answer: the flow over TCP that asked the same; undefined when nobody did. */
  readonly tcpRetryFlow: number | undefined
}
