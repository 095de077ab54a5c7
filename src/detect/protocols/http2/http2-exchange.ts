import type { StreamEnd } from '../../flows/contract.ts'
import type { Seen, Side } from '../contract.ts'
import { type FlowSides, OfSides } from '../flow-sides.ts'
import type { HttpTransaction } from '../http/http-transaction.ts'
import type { Http2Request, Http2Response } from './http2-message.ts'

const INFORMATIONAL_LIMIT = 8
const NONE: readonly never[] = Object.freeze([])

/** A request of HTTP/2 with its answer, while they are put together: one stream of the connection. */
export class Http2Exchange extends OfSides implements HttpTransaction {
  readonly kind = 'http'
  readonly index: number
  readonly request: Http2Request
  /** When the connection had nothing to do before it, since when. */
  readonly #idleSinceNs: number | undefined
  response: Http2Response | undefined = undefined
  readonly otherAnswer = undefined
  /** Streams do not wait for each other. */
  readonly isPipelined = false
  answeredEarly = false
  informational: readonly (Seen & { readonly status: number })[] = NONE
  end: StreamEnd | undefined = undefined
  endedBy: Side | undefined = undefined
  endSeen: Seen | undefined = undefined

  constructor(sides: FlowSides, index: number, request: Http2Request, idleSinceNs: number | undefined) {
    super(sides)
    this.index = index
    this.request = request
    this.#idleSinceNs = idleSinceNs
  }

  addInformational(response: Http2Response): void {
    if (this.informational.length >= INFORMATIONAL_LIMIT) return
    this.informational = [...this.informational, { ...response.first, status: response.status }]
  }

  get isSecure(): boolean {
    return this.sides.isOpened
  }

  get isReuse(): boolean {
    return this.index > 0
  }

  get idleBeforeNs(): number | undefined {
    return this.#idleSinceNs === undefined ? undefined : Math.max(0, this.request.first.timeNs - this.#idleSinceNs)
  }

  get clientNs(): number | undefined {
    return this.idleBeforeNs
  }

  get serverNs(): number | undefined {
    const answer = this.informational[0] ?? this.response?.first
    if (!this.request.complete || answer === undefined || this.answeredEarly) return undefined
    return answer.timeNs - this.request.last.timeNs
  }

  get transferNs(): number | undefined {
    return this.response?.complete === true ? this.response.last.timeNs - this.response.first.timeNs : undefined
  }

  get outcome(): HttpTransaction['outcome'] {
    const { request, response, end } = this
    if (response?.complete === true) return 'answered'
    if (request.method === 'CONNECT' && response !== undefined && response.status < 300) return 'tunnel'
    if (end === 'timeout' || end === 'open' || end === undefined) return 'open'
    return response === undefined ? 'unanswered' : 'cut'
  }
}
