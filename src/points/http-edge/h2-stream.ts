import type { ServerHttp2Stream, ServerStreamResponseOptions } from 'node:http2'
import type { Duplex } from 'node:stream'
import type { ConnectionFacts } from '#net'
import { type FieldList, forbiddenTrailer } from '#wire'
import type { AnswerHead, Downstream, ExchangeInput } from './downstream.ts'
import { h2Refusal } from './h2-request.ts'

/** What a stream tells its session. */
export interface H2StreamOwner {
  readonly connection: ConnectionFacts
  readonly trailerBytes: number
  /** True when the whole connection is gone. */
  readonly lost: boolean
  streamClosed(stream: H2Stream, resetByClient: boolean): void
}

const OWNER = Symbol('owner')
/** `headRequest` is missing in the types: set when the method is HEAD. */
type OwnedStream = ServerHttp2Stream & { [OWNER]: H2Stream; readonly headRequest?: boolean }

// Pieces up to this size are copied, so that the engine can read into its buffer again at once.
const COPY_BYTES = 16_384
const NO_ERROR = 0
/** Also what the library resets a stream with whose body contradicts its Content-Length (RFC 9113 section 8.1.1). */
const PROTOCOL_ERROR = 1
const BAD_BODY = 'bad-content-length'
const NO_BYTES = new Uint8Array(0)

/** `sendDate` is missing in the types: Date is the engine's business. */
type RespondOptions = ServerStreamResponseOptions & { readonly sendDate: false }
const EMPTY_BODY: RespondOptions = { endStream: true, sendDate: false }
const BODY: RespondOptions = { sendDate: false }
const BODY_AND_TRAILERS: RespondOptions = { sendDate: false, waitForTrailers: true }

/** One HTTP/2 stream as the front of one exchange. */
export class H2Stream implements Downstream {
  readonly #stream: OwnedStream
  readonly #owner: H2StreamOwner
  #exchange: ExchangeInput | undefined
  #head: AnswerHead | undefined
  #pieces: Uint8Array[] = []
  #ended = false
  #trailers: FieldList | undefined
  #requestTrailers: FieldList | undefined
  #takesTrailers = false
  #cut = false
  /** END_STREAM was seen. */
  #bodyEnded: boolean
  /** Nobody wants the rest of the body. */
  #bodyRefused = false
  #bodyPaused = false
  /** Bytes of the declared Content-Length that have not come; 0 without one. */
  #missingBytes = 0
  #switched = false
  pendingBytes = 0
  #lastWritable = 0
  #progressMs = performance.now()

  constructor(stream: ServerHttp2Stream, owner: H2StreamOwner, endStream: boolean) {
    this.#stream = Object.assign(stream, { [OWNER]: this })
    this.#owner = owner
    this.#bodyEnded = endStream
    stream.on('error', onError)
    stream.on('close', onClose)
  }

  get connection(): ConnectionFacts {
    return this.#owner.connection
  }

  /**
   * Connects the exchange and runs it; a stream without body ends its request at once. `declaredBytes` is the Content-Length,
   * -1 without one.
   */
  carry(exchange: ExchangeInput, declaredBytes: number): void {
    this.#exchange = exchange
    this.#missingBytes = Math.max(0, declaredBytes)
    exchange.start()
    if (this.#switched) return
    if (this.#bodyEnded) {
      exchange.requestEnd(undefined)
      exchange.requestFlush()
      return
    }
    const stream = this.#stream
    stream.on('data', onData)
    stream.on('trailers', onTrailers)
    stream.on('end', onEnd)
    if (this.#bodyPaused) stream.pause()
  }

  /** Connects an exchange that has answered already. */
  refused(exchange: ExchangeInput): void {
    this.#exchange = exchange
  }

  sendInformational(status: number, _reason: string, fields: FieldList): void {
    if (this.#stream.destroyed || this.#stream.closed || status === 101) return
    const headers: Record<string, string | number | string[]> = { ':status': status }
    for (let i = 0; i < fields.length; i += 2) {
      const name = fields[i].toLowerCase()
      const before = headers[name]
      // Repeated fields (Link in a 103) become the array that the library expects.
      headers[name] = before === undefined ? fields[i + 1] : [before, fields[i + 1]].flat().map(String)
    }
    this.#stream.additionalHeaders(headers)
  }

  sendHead(head: AnswerHead): void {
    this.#head = head
  }

  sendBody(bytes: Uint8Array): void {
    this.#pieces.push(bytes)
  }

  sendEnd(trailers: FieldList | undefined): void {
    this.#ended = true
    this.#trailers = trailers
  }

  flush(): boolean {
    const stream = this.#stream
    if (stream.destroyed || stream.closed) {
      this.#pieces = []
      return true
    }
    if (this.#head !== undefined) this.#respond(this.#head)
    this.#writePieces()
    if (this.#ended) this.#finish()
    if (!stream.writableNeedDrain) return true
    stream.once('drain', onDrain)
    this.#progressMs = performance.now()
    return false
  }

  cut(why: string): void {
    this.#cut = true
    // `close` would end the body first, so that a body of unknown length looked complete; `destroy` only resets.
    if (!this.#stream.destroyed && !this.#stream.closed) this.#stream.destroy(new Error(why))
  }

  pauseBody(): void {
    this.#bodyPaused = true
    this.#stream.pause()
  }

  resumeBody(): void {
    this.#bodyPaused = false
    this.#progressMs = performance.now()
    this.#stream.resume()
  }

  switchProtocols(
    head: AnswerHead,
    protocol: string,
  ): { readonly stream: Duplex; readonly early: Uint8Array } | undefined {
    const stream = this.#stream
    if (stream.destroyed || stream.closed || stream.sentHeaders !== undefined || protocol !== 'websocket')
      return undefined
    this.#switched = true
    stream.removeListener('data', onData)
    stream.removeListener('end', onEnd)
    // The key and the accept value belong to HTTP/1.1; HTTP/2 says yes with 200 (RFC 8441 section 5).
    const fields: string[] = []
    for (let i = 0; i < head.fields.length; i += 2) {
      const name = head.fields[i].toLowerCase()
      if (name !== 'sec-websocket-accept') fields.push(name, head.fields[i + 1])
    }
    stream.respond([':status', '200', ...fields], BODY)
    return { stream, early: NO_BYTES }
  }

  /** True when nothing moved for `idleMs` although somebody waits: the reason, for the event. */
  stalled(nowMs: number, idleMs: number): 'answer' | 'body' | undefined {
    if (this.#switched) return undefined
    const stream = this.#stream
    if (stream.writableLength !== this.#lastWritable) {
      this.#lastWritable = stream.writableLength
      this.#progressMs = nowMs
    }
    if (nowMs - this.#progressMs < idleMs) return undefined
    if (stream.writableLength > 0) return 'answer'
    return this.#bodyEnded || this.#bodyRefused || this.#bodyPaused || this.#ended ? undefined : 'body'
  }

  bodyTimedOut(idleMs: number): void {
    this.#bodyRefused = true
    this.#exchange?.requestFault(h2Refusal('body-timeout', `the request body made no progress for ${idleMs} ms`))
  }

  #respond(head: AnswerHead): void {
    this.#head = undefined
    const fields = head.fields
    const headers: string[] = [':status', String(head.status)]
    for (let i = 0; i < fields.length; i++) headers.push((i & 1) === 0 ? fields[i].toLowerCase() : fields[i])
    if (head.contentLength >= 0) headers.push('content-length', String(head.contentLength))
    if (
      !head.hasBody ||
      this.#stream.headRequest ||
      (this.#ended && this.#pieces.length === 0 && this.#trailers === undefined)
    ) {
      this.#pieces = []
      this.#stream.respond(headers, EMPTY_BODY)
      return
    }
    // Only a body of unknown length can be followed by trailers: waiting for them costs an event a stream.
    this.#takesTrailers = this.#ended ? this.#trailers !== undefined : head.contentLength < 0
    if (this.#takesTrailers) this.#stream.on('wantTrailers', onWantTrailers)
    this.#stream.respond(headers, this.#takesTrailers ? BODY_AND_TRAILERS : BODY)
  }

  #writePieces(): void {
    const pieces = this.#pieces
    if (pieces.length === 0) return
    this.#pieces = []
    for (let i = 0; i < pieces.length; i++) {
      const piece = pieces[i]
      const last = this.#ended && i === pieces.length - 1
      if (piece.length > COPY_BYTES) this.#writeTracked(piece)
      // Ending with the last bytes saves a frame of its own.
      else if (last) this.#stream.end(Buffer.from(piece))
      else this.#stream.write(Buffer.from(piece))
    }
  }

  #writeTracked(piece: Uint8Array): void {
    this.pendingBytes += piece.length
    this.#stream.write(piece, () => {
      this.pendingBytes -= piece.length
    })
  }

  #finish(): void {
    const stream = this.#stream
    if (!stream.writableEnded) stream.end()
    if (this.#bodyEnded) return
    // An answer before the end of the body: the client may stop sending (RFC 9113 section 8.1).
    this.#bodyRefused = true
    stream.removeListener('data', onData)
    stream.resume()
    if (stream.writableFinished) stream.close(NO_ERROR)
    else stream.once('finish', onFinish)
  }

  /** The trailers of the answer; an empty list ends the stream without them. */
  wantTrailers(): void {
    const headers: Record<string, string> = {}
    const trailers = this.#trailers ?? []
    for (let i = 0; i < trailers.length; i += 2) headers[trailers[i].toLowerCase()] = trailers[i + 1]
    this.#stream.sendTrailers(headers)
  }

  bodyData(bytes: Buffer): void {
    const exchange = this.#exchange
    if (exchange === undefined || this.#bodyRefused) return
    this.#progressMs = performance.now()
    this.#missingBytes -= bytes.length
    exchange.requestBody(bytes)
    exchange.requestFlush()
  }

  bodyTrailers(raw: readonly string[]): void {
    let sizeBytes = 0
    for (const text of raw) sizeBytes += text.length
    const forbidden = forbiddenTrailer(raw)
    if (sizeBytes > this.#owner.trailerBytes) this.#trailerFault('trailers-too-large')
    else if (forbidden !== undefined) this.#trailerFault('forbidden-trailer')
    else this.#requestTrailers = raw
  }

  #trailerFault(fault: 'trailers-too-large' | 'forbidden-trailer'): void {
    this.#bodyRefused = true
    this.#exchange?.requestFault(h2Refusal(fault))
  }

  bodyEnd(): void {
    this.#bodyEnded = true
    // A reset with NO_ERROR ends the readable side as END_STREAM does: a body cut that way must not look complete.
    if (this.#bodyRefused || this.#exchange === undefined || this.#stream.closed) return
    this.#exchange.requestEnd(this.#requestTrailers)
    this.#exchange.requestFlush()
  }

  drained(): void {
    this.#progressMs = performance.now()
    this.#exchange?.drained()
  }

  closed(): void {
    const code = this.#stream.rstCode
    const exchange = this.#exchange
    this.pendingBytes = 0
    const early = exchange !== undefined && !exchange.finished && !this.#switched
    const resetByClient = !this.#cut && code !== NO_ERROR
    this.#owner.streamClosed(this, resetByClient)
    if (!early) return
    if (this.#owner.lost) exchange.clientGone('the client connection ended')
    else if (code === PROTOCOL_ERROR && this.#missingBytes > 0)
      exchange.clientGone('the stream broke the protocol: its body ended before its Content-Length', BAD_BODY)
    else exchange.clientGone(`the client reset the stream (code ${code})`)
  }
}

function onError(this: ServerHttp2Stream): void {
  // `close` follows with the reset code, which says the same.
}

function onClose(this: OwnedStream): void {
  this[OWNER].closed()
}

function onData(this: OwnedStream, bytes: Buffer): void {
  this[OWNER].bodyData(bytes)
}

function onTrailers(this: OwnedStream, _headers: unknown, _flags: number, raw: readonly string[]): void {
  this[OWNER].bodyTrailers(raw)
}

function onEnd(this: OwnedStream): void {
  this[OWNER].bodyEnd()
}

function onDrain(this: OwnedStream): void {
  this[OWNER].drained()
}

function onFinish(this: OwnedStream): void {
  if (!this.closed) this.close(NO_ERROR)
}

function onWantTrailers(this: OwnedStream): void {
  this[OWNER].wantTrailers()
}
