import type { ProtocolName, Seen } from '../contract.ts'
import type { FlowSides } from '../flow-sides.ts'
import { Exchange } from './exchange.ts'
import type { RequestState, ResponseState } from './http-message-state.ts'
import type { HttpTransaction } from './http-transaction.ts'

/** A request with its answer while they are put together. */
export class HttpExchange extends Exchange implements HttpTransaction {
  readonly request: RequestState | undefined
  response: ResponseState | undefined = undefined
  readonly isPipelined: boolean
  otherAnswer: (Seen & { readonly looksLike: ProtocolName | undefined }) | undefined = undefined
  /** End of the answer before it on the connection; undefined for the first, or when that answer is not over. */
  protected readonly idleSinceNs: number | undefined

  constructor(
    sides: FlowSides,
    index: number,
    request: RequestState | undefined,
    isPipelined: boolean,
    previousNs: number | undefined,
  ) {
    super(sides, index)
    this.request = request
    this.isPipelined = isPipelined
    this.idleSinceNs = previousNs
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
