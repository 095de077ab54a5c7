import { TOKEN } from './bytes.ts'
import { ChunkedDecoder, type ChunkLimits, type ChunkSink } from './chunked.ts'
import type { Http1Refusal } from './faults.ts'
import { FieldMemo } from './field-memo.ts'
import type { BodyFraming, FieldList, RequestHead, ResponseHead } from './head.ts'
import { HeadReader } from './head-reader.ts'
import { parseRequestHead } from './request-head.ts'
import { parseResponseHead } from './response-head.ts'

// Every status line begins with `HTTP/`.
const STATUS_LINE_START = Uint8Array.from({ length: 256 }, (_, byte) => (byte === 0x48 ? 1 : 0))

export interface MessageLimits extends ChunkLimits {
  readonly headBytes: number
}

/** Takes the parts of one message in order. Bytes are views that are valid during the call only. */
export interface MessageSink<Head> {
  onHead(head: Head): void
  onBody(bytes: Buffer): void
  onEnd(trailers: FieldList | undefined): void
}

interface FramedHead {
  readonly framing: BodyFraming
  readonly contentLength: number
}

/**
 * Reads messages one after the other from bytes that come in pieces. `feed` stops after each message, so that the owner
 * decides when the next one may begin.
 */
class MessageReader<Head extends FramedHead> {
  readonly #heads: HeadReader<Head>
  readonly #limits: MessageLimits
  readonly #sink: MessageSink<Head>
  readonly #bodySink: ChunkSink
  #framing: BodyFraming | undefined = undefined
  #left = 0
  #chunked: ChunkedDecoder | undefined = undefined

  refusal: Http1Refusal | undefined = undefined

  constructor(heads: HeadReader<Head>, limits: MessageLimits, sink: MessageSink<Head>) {
    this.#heads = heads
    this.#limits = limits
    this.#sink = sink
    this.#bodySink = (bytes) => sink.onBody(bytes)
  }

  /** True between messages, without a byte of the next. */
  get idle(): boolean {
    return this.#framing === undefined && !this.#heads.started
  }

  /** True when a head has begun and is not whole. */
  get started(): boolean {
    return this.#heads.started
  }

  /** True when the head was read and the body is not at its end. */
  get inBody(): boolean {
    return this.#framing !== undefined && this.#framing !== 'none'
  }

  /** Text of the head that was refused, as far as it came; empty when `refusal` is about something else. */
  get refusedText(): string {
    return this.#heads.refusedText
  }

  /** Body bytes still to come; -1 when the framing does not tell. */
  get bodyBytesLeft(): number {
    return this.#framing === 'length' ? this.#left : this.#framing === undefined ? 0 : -1
  }

  /**
   * Takes bytes from `offset` on. Returns the offset after the message when one ended, and -1 when all bytes were taken
   * or `refusal` is set.
   */
  feed(bytes: Buffer, offset: number): number {
    let at = offset
    if (this.#framing === undefined) {
      at = this.#heads.feed(bytes, at)
      if (at < 0) {
        this.refusal = this.#heads.refusal
        return -1
      }
      this.#begin(this.#heads.head!)
    }
    return this.#body(bytes, at)
  }

  #begin(head: Head): void {
    this.#framing = head.framing
    this.#left = head.framing === 'length' ? head.contentLength : 0
    this.#chunked = head.framing === 'chunked' ? new ChunkedDecoder(this.#limits) : undefined
    this.#sink.onHead(head)
  }

  #body(bytes: Buffer, offset: number): number {
    switch (this.#framing) {
      case 'length': {
        const end = Math.min(bytes.length, offset + this.#left)
        this.#left -= end - offset
        if (end > offset) this.#sink.onBody(bytes.subarray(offset, end))
        return this.#left === 0 ? this.#end(end, undefined) : -1
      }
      case 'chunked': {
        const decoder = this.#chunked!
        const end = decoder.feed(bytes, offset, this.#bodySink)
        this.refusal = decoder.refusal
        return end < 0 ? -1 : this.#end(end, decoder.trailers)
      }
      case 'until-close':
        if (bytes.length > offset) this.#sink.onBody(bytes.subarray(offset))
        return -1
      default:
        return this.#end(offset, undefined)
    }
  }

  #end(offset: number, trailers: FieldList | undefined): number {
    this.#framing = undefined
    this.#chunked = undefined
    this.#sink.onEnd(trailers)
    return offset
  }

  /** The peer closed its side. True when that ended a body that lasts until the close; it was given to the sink. */
  closed(): boolean {
    if (this.#framing !== 'until-close') return false
    this.#end(0, undefined)
    return true
  }
}

/** Reads requests; one CR LF before a request line is skipped (RFC 9112 section 2.2). */
export class RequestReader extends MessageReader<RequestHead> {
  constructor(limits: MessageLimits, sink: MessageSink<RequestHead>) {
    const memo = new FieldMemo()
    super(
      new HeadReader((text) => parseRequestHead(text, limits.fieldCount, memo), limits.headBytes, true, TOKEN),
      limits,
      sink,
    )
  }
}

/** Reads responses; `method` is that of the request that the next response answers. */
export class ResponseReader extends MessageReader<ResponseHead> {
  readonly #request: { method: string }

  constructor(limits: MessageLimits, sink: MessageSink<ResponseHead>) {
    const request = { method: 'GET' }
    const memo = new FieldMemo()
    super(
      new HeadReader(
        (text) => parseResponseHead(text, request.method, limits.fieldCount, memo),
        limits.headBytes,
        false,
        STATUS_LINE_START,
      ),
      limits,
      sink,
    )
    this.#request = request
  }

  expect(method: string): void {
    this.#request.method = method
  }
}
