import type { Direction, Moment, StreamDissector, StreamEnd } from '../../flows/contract.ts'
import type { Seen, TransactionSink } from '../contract.ts'
import { type FlowSides, seenAt } from '../flow-sides.ts'
import { looksLike } from '../recognise/first-bytes.ts'
import { HttpExchange } from './http-exchange.ts'
import { RequestState, ResponseState } from './http-message-state.ts'
import { type MessageOwner, MessageSide } from './message-side.ts'
import type { HttpAmbiguity } from './http-transaction.ts'

/** More requests without answer are not kept apart. */
const WAITING_LIMIT = 256

/** Follows an HTTP/1 connection: requests and answers in order, pipelined or not (RFC 9112). */
export class HttpStream implements StreamDissector, MessageOwner {
  readonly #sides: FlowSides
  readonly #sink: TransactionSink
  readonly #requests: MessageSide
  readonly #responses: MessageSide
  /** Requests whose answer is not over, in order. */
  readonly #waiting: HttpExchange[] = []
  /** The exchange whose answer is being read. */
  #answered: HttpExchange | undefined = undefined
  #informational: ResponseState | undefined = undefined
  #request: RequestState | undefined = undefined
  #count = 0
  #previousNs: number | undefined = undefined
  #isTunnel = false

  constructor(sides: FlowSides, sink: TransactionSink) {
    this.#sides = sides
    this.#sink = sink
    this.#requests = new MessageSide(this, true)
    this.#responses = new MessageSide(this, false)
  }

  /** The connection carries something else from here on. */
  get isTunnel(): boolean {
    return this.#isTunnel
  }

  data(direction: Direction, bytes: Buffer, start: number, end: number, at: Moment): boolean {
    const side = this.#side(direction)
    side.data(bytes, start, end, at)
    return !side.isOver && !this.#isTunnel
  }

  gap(direction: Direction, sizeBytes: number, at: Moment): boolean {
    const side = this.#side(direction)
    if (sizeBytes > 0) side.gap(sizeBytes, at)
    return !side.isOver && !this.#isTunnel
  }

  passable(direction: Direction): number {
    return this.#isTunnel ? 0 : this.#side(direction).passableBytes
  }

  pass(direction: Direction, sizeBytes: number, at: Moment): void {
    this.#side(direction).pass(sizeBytes, at)
  }

  #side(direction: Direction): MessageSide {
    return this.#sides.isClient(direction) ? this.#requests : this.#responses
  }

  end(how: StreamEnd, by: Direction | undefined, at: Moment): void {
    if (how === 'fin') this.#responses.close(at)
    this.#requests.close(at)
    const endSeen = seenAt(at)
    for (const exchange of this.#waiting.splice(0)) {
      exchange.end = how
      exchange.endedBy = by === undefined ? undefined : this.#sides.side(by)
      exchange.endSeen = endSeen
      this.#sink.transaction(exchange)
    }
  }

  onRequest(text: string, ambiguities: HttpAmbiguity[], first: Seen, at: Moment): RequestState | undefined {
    if (this.#waiting.length >= WAITING_LIMIT) return undefined
    const request = new RequestState(text, ambiguities, first, at)
    const isPipelined = this.#waiting.length > 0
    const previousNs = isPipelined ? undefined : this.#previousNs
    this.#waiting.push(new HttpExchange(this.#sides, this.#count++, request, isPipelined, previousNs))
    this.#request = request
    return request
  }

  onRequestEnd(): void {
    const [first] = this.#waiting
    this.#request = undefined
    // An answer that came before the request was whole waited for this.
    if (first !== undefined && first !== this.#answered && first.response !== undefined) this.#give(first)
  }

  onResponse(text: string, ambiguities: HttpAmbiguity[], first: Seen, at: Moment): ResponseState | undefined {
    const waiting = this.#waiting.find(({ response }) => response === undefined)
    const response = new ResponseState(text, waiting?.request?.method, ambiguities, first, at)
    if (response.status === 0) {
      if (waiting !== undefined) waiting.otherAnswer = { ...first, looksLike: undefined }
      return undefined
    }
    if (response.status >= 100 && response.status < 200 && response.status !== 101) {
      waiting?.addInformational(response)
      this.#informational = response
      return response
    }
    const exchange = waiting ?? new HttpExchange(this.#sides, this.#count++, undefined, false, this.#previousNs)
    if (waiting === undefined) this.#waiting.push(exchange)
    exchange.response = response
    exchange.answeredEarly = exchange.request !== undefined && exchange.request === this.#request
    this.#answered = exchange
    return response
  }

  onResponseEnd(at: Moment): void {
    if (this.#informational !== undefined) {
      this.#informational = undefined
      return
    }
    const exchange = this.#answered
    if (exchange === undefined) return
    this.#answered = undefined
    this.#previousNs = at.timeNs
    const { outcome } = exchange
    if (outcome === 'upgraded' || outcome === 'tunnel') this.#isTunnel = true
    // What cannot be told to be whole is given out when the stream ends, with how it did.
    if (exchange.response?.complete === true && exchange.request !== this.#request) this.#give(exchange)
    else if (exchange.request === undefined) this.#give(exchange)
  }

  onOtherAnswer(bytes: Buffer, start: number, end: number, at: Moment): void {
    const exchange = this.#waiting[0]
    if (exchange !== undefined) exchange.otherAnswer = { ...seenAt(at), looksLike: looksLike(bytes, start, end) }
  }

  #give(exchange: HttpExchange): void {
    const at = this.#waiting.indexOf(exchange)
    if (at >= 0) this.#waiting.splice(at, 1)
    this.#sink.transaction(exchange)
  }
}
