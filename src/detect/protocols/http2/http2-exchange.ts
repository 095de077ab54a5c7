import type { FlowSides } from '../flow-sides.ts'
import { Exchange } from '../http/exchange.ts'
import type { HttpTransaction } from '../http/http-transaction.ts'
import type { Http2Request, Http2Response } from './http2-message.ts'

/** A request of HTTP/2 with its answer, while they are put together: one stream of the connection. */
export class Http2Exchange extends Exchange implements HttpTransaction {
  readonly request: Http2Request
  response: Http2Response | undefined = undefined
  readonly otherAnswer = undefined
  /** Streams do not wait for each other. */
  readonly isPipelined = false
  protected readonly idleSinceNs: number | undefined

  constructor(sides: FlowSides, index: number, request: Http2Request, idleSinceNs: number | undefined) {
    super(sides, index)
    this.request = request
    this.idleSinceNs = idleSinceNs
  }

  get outcome(): HttpTransaction['outcome'] {
    const { request, response, end } = this
    if (response?.complete === true) return 'answered'
    if (request.method === 'CONNECT' && response !== undefined && response.status < 300) return 'tunnel'
    if (end === 'timeout' || end === 'open' || end === undefined) return 'open'
    return response === undefined ? 'unanswered' : 'cut'
  }
}
