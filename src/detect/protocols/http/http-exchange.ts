import type { StreamEnd } from '../../flows/contract.ts'
import type { ProtocolName, Seen, Side } from '../contract.ts'
import { type FlowSides, OfSides } from '../flow-sides.ts'
import type { RequestState, ResponseState } from './http-message-state.ts'
import type { HttpTransaction } from './http-transaction.ts'

const INFORMATIONAL_LIMIT = 8
const NONE: readonly never[] = Object.freeze([])

/** A request with its answer while they are put together. */
export class HttpExchange extends OfSides implements HttpTransaction {
  readonly kind = 'http'
  readonly index: number
  readonly request: RequestState | undefined
  response: ResponseState | undefined = undefined
  readonly isPipelined: boolean
  answeredEarly = false
  informational: readonly (Seen & { readonly status: number })[] = NONE
  otherAnswer: (Seen & { readonly looksLike: ProtocolName | undefined }) | undefined = undefined
  end: StreamEnd | undefined = undefined
  endedBy: Side | undefined = undefined
  endSeen: Seen | undefined = undefined
  /** End of the answer before it on the connection; undefined for the first, or when that answer is not over. */
  readonly #previousNs: number | undefined

  constructor(
    sides: FlowSides,
    index: number,
    request: RequestState | undefined,
    isPipelined: boolean,
    previousNs: number | undefined,
  ) {
    super(sides)
    this.index = index
    this.request = request
    this.isPipelined = isPipelined
    this.#previousNs = previousNs
  }

  addInformational(response: ResponseState): void {
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
    if (this.request === undefined || this.#previousNs === undefined) return undefined
    return Math.max(0, this.request.first.timeNs - this.#previousNs)
  }

  get clientNs(): number | undefined {
    return this.idleBeforeNs
  }

  get serverNs(): number | undefined {
    const answer = this.informational[0] ?? this.response?.first
    if (this.request?.complete !== true || answer === undefined || this.answeredEarly) return undefined
    return answer.timeNs - this.request.last.timeNs
  }

  get transferNs(): number | undefined {
    return this.response?.complete === true ? this.response.last.timeNs - this.response.first.timeNs : undefined
  }

  get outcome(): HttpTransaction['outcome'] {
    const { request, response, end } = this
    if (response?.status === 101) return 'upgraded'
    if (response?.complete === true)
      return request?.method === 'CONNECT' && response.status < 300 ? 'tunnel' : 'answered'
    if (end === 'timeout' || end === 'open' || end === undefined) return 'open'
    if (response !== undefined) return 'cut'
    const wasClosed = this.endedBy !== 'client' && this.otherAnswer === undefined
    return this.isReuse && wasClosed && !this.isPipelined ? 'hit-by-close' : 'unanswered'
  }
}
