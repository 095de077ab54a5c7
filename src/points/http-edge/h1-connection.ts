import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { Admission, ConnectionFacts } from '#net'
import {
  type FieldList,
  findField,
  type LenientHead,
  type MessageSink,
  readLenientHead,
  refusal,
  type RequestHead,
  RequestReader,
} from '#wire'
import type { AnswerHead, Downstream, ExchangeInput, RequestFault } from './downstream.ts'
import type { Engine, Timed } from './engine.ts'
import { answerText, informationalText, lastChunkText, switchText } from './h1-answer.ts'
import { OutputBatch } from './output-batch.ts'

/** Bytes of further pipelined requests that are kept while one is answered; then reading stops. */
const QUEUE_BYTES = 65_536
/** Rest of an unread request body that is worth reading to keep the connection. */
const DRAIN_BYTES = 65_536
/** After the last answer: how long, and how much, a client may go on sending before the connection is destroyed. */
const LINGER_MS = 5_000
const LINGER_BYTES = 4_194_304

/** One HTTP/1 client connection: requests in order, one at a time. */
export class H1Connection implements Downstream, MessageSink<RequestHead>, Timed {
  readonly connection: ConnectionFacts
  readonly #engine: Engine
  readonly #socket: Socket
  readonly #admission: Admission
  readonly #reader: RequestReader
  readonly #out = new OutputBatch()
  #exchange: ExchangeInput | undefined = undefined
  #head: RequestHead | undefined = undefined
  #queue: Buffer[] = []
  #queueBytes = 0
  #processing = false
  #requests = 0
  #chunked = false
  /** Whether the answer's head announced trailers. */
  #announcesTrailers = false
  #answerEnded = false
  /** Body bytes that came after the answer. */
  #drainedBytes = 0
  #closeAfter = false
  #clientEnded = false
  #switched = false
  #lingering = false
  #lingerBytes = 0
  /** Since when the present waiting lasts: for a head, for the next request, for the client to go. */
  #sinceMs: number

  constructor(engine: Engine, socket: Socket, facts: ConnectionFacts, admission: Admission) {
    this.#engine = engine
    this.#socket = socket
    this.#admission = admission
    this.connection = facts
    this.#reader = new RequestReader(engine.limits, this)
    this.#sinceMs = engine.nowMs
    // A client that ends its side after the request still wants the answer.
    socket.allowHalfOpen = true
    socket.on('data', this.#onData)
    socket.on('drain', this.#onDrain)
    socket.on('end', this.#onEnd)
    socket.on('error', ignoreError)
    socket.on('close', this.#onClose)
    engine.watch(this)
  }

  readonly #onData = (bytes: Buffer): void => {
    if (this.#lingering) {
      this.#lingerBytes += bytes.length
      if (this.#lingerBytes > LINGER_BYTES) this.#socket.destroy()
      return
    }
    if (this.#queueBytes > 0) this.#enqueue(bytes)
    else this.#process(bytes)
  }

  #enqueue(bytes: Buffer): void {
    this.#queue.push(bytes)
    this.#queueBytes += bytes.length
    if (this.#queueBytes > QUEUE_BYTES) this.#socket.pause()
  }

  // A fault of our own while reading ends this connection only.
  #process(bytes: Buffer): void {
    try {
      this.#consume(bytes)
    } catch (error) {
      this.#engine.fault(error)
      this.#socket.destroy()
    }
  }

  #consume(bytes: Buffer): void {
    this.#processing = true
    let at = 0
    while (at < bytes.length && !this.#lingering) {
      if (this.#exchange !== undefined && !this.#reader.inBody) {
        this.#enqueue(at === 0 ? bytes : bytes.subarray(at))
        break
      }
      if (this.#exchange === undefined && this.#reader.idle) this.#sinceMs = this.#engine.nowMs
      const next = this.#reader.feed(bytes, at)
      if (next < 0) break
      at = next
      this.#settle()
    }
    if (this.#reader.started) this.#admission.headBegun()
    if (this.#reader.refusal !== undefined && !this.#lingering) this.#fault(this.#reader.refusal)
    this.#exchange?.requestFlush()
    this.#processing = false
    if (this.#answerEnded) this.#next()
  }

  #fault(fault: RequestFault): void {
    const exchange = this.#exchange
    this.#closeAfter = true
    if (exchange === undefined || exchange.finished) {
      if (this.#answerEnded) this.#linger()
      else this.#engine.refuse(this, fault, this.#refusedHead)
    } else exchange.requestFault(fault)
  }

  get #refusedHead(): LenientHead | undefined {
    const text = this.#reader.refusedText
    return text === '' ? undefined : readLenientHead(text)
  }

  onHead(head: RequestHead): void {
    this.#admission.headDone()
    this.#head = head
    this.#answerEnded = false
    this.#drainedBytes = 0
    this.#requests++
    const exchange = this.#engine.exchange(this, head)
    this.#exchange = exchange
    exchange.start()
  }

  onBody(bytes: Buffer): void {
    if (this.#answerEnded && (this.#drainedBytes += bytes.length) > DRAIN_BYTES) this.#closeAfter = true
    this.#exchange?.requestBody(bytes)
  }

  onEnd(trailers: FieldList | undefined): void {
    this.#exchange?.requestEnd(trailers)
  }

  sendInformational(status: number, reason: string, fields: FieldList): void {
    if (this.#head?.version === 'HTTP/1.1') this.#out.text(informationalText(status, reason, fields))
  }

  sendHead(head: AnswerHead): void {
    const modern = this.#head?.version !== 'HTTP/1.0'
    const unknownLength = head.hasBody && head.contentLength < 0
    this.#chunked = unknownLength && modern
    this.#announcesTrailers = this.#chunked && findField(head.fields, 'trailer') >= 0
    const keep = this.#head?.keepAlive === true && !head.close && (modern || !unknownLength) && this.#mayKeep()
    if (!keep) this.#closeAfter = true
    const sayKeepAlive = !modern && !this.#closeAfter
    this.#out.text(answerText(head, { chunked: this.#chunked, close: this.#closeAfter, sayKeepAlive }))
  }

  #mayKeep(): boolean {
    if (this.#closeAfter || this.#engine.draining) return false
    if (this.#requests >= this.#engine.edge.limits.requestsPerConnection) return false
    if (!this.#reader.inBody) return true
    // Whether a client that waits for 100 still sends its body cannot be known.
    return this.#reader.bodyBytesLeft <= DRAIN_BYTES && this.#head?.expectsContinue !== true
  }

  sendBody(bytes: Uint8Array): void {
    if (!this.#chunked) {
      this.#out.bytes(bytes)
      return
    }
    this.#out.text(`${bytes.length.toString(16)}\r\n`)
    this.#out.bytes(bytes)
    this.#out.text('\r\n')
  }

  /**
   * Trailers go to clients that said they keep them, and to those whom the answer's head promised them: for others they
   * may be discarded (RFC 9110 section 6.5.1, RFC 9112 section 7.1.2), and a client that expects none can misread them.
   */
  sendEnd(trailers: FieldList | undefined): void {
    const welcome = this.#announcesTrailers || this.#head?.acceptsTrailers === true
    if (this.#chunked) this.#out.text(lastChunkText(welcome ? trailers : undefined))
    this.#answerEnded = true
  }

  flush(): boolean {
    const goOn = this.#out.flush(this.#socket)
    if (this.#answerEnded && !this.#processing) this.#next()
    return goOn
  }

  get pendingBytes(): number {
    return this.#out.lentBytes(this.#socket)
  }

  /** After an answer: closes, waits for the rest of the request, or makes room for the next request. */
  #settle(): void {
    if (!this.#answerEnded) return
    if (this.#closeAfter) {
      this.#linger()
      return
    }
    if (this.#reader.inBody) return
    this.#exchange = undefined
    this.#answerEnded = false
    this.#sinceMs = this.#engine.nowMs
  }

  /** Goes on after an answer that came outside of `#process`: with what was kept, then with what the client sends. */
  #next(): void {
    this.#settle()
    while (this.#queueBytes > 0 && this.#exchange === undefined && !this.#lingering) this.#process(this.#takeQueue())
    if (this.#lingering) return
    if (this.#clientEnded && this.#exchange === undefined) this.#onEnd()
    else if (this.#queueBytes <= QUEUE_BYTES && this.#socket.isPaused()) this.#socket.resume()
  }

  #takeQueue(): Buffer {
    const queued = this.#queue.length === 1 ? this.#queue[0] : Buffer.concat(this.#queue, this.#queueBytes)
    this.#queue = []
    this.#queueBytes = 0
    return queued
  }

  /**
   * Ends our side and reads on for a while: closing with unread bytes makes the system reset the connection, and the
   * client would lose the answer (RFC 9112 section 9.6).
   */
  #linger(): void {
    if (this.#lingering) return
    this.#lingering = true
    this.#exchange = undefined
    this.#queue = []
    this.#queueBytes = 0
    this.#sinceMs = this.#engine.nowMs
    this.#socket.end()
    if (this.#socket.isPaused()) this.#socket.resume()
    if (this.#clientEnded) this.#destroyWhenSent()
  }

  #destroyWhenSent(): void {
    if (this.#socket.writableFinished) this.#socket.destroy()
    else this.#socket.once('finish', () => this.#socket.destroy())
  }

  cut(): void {
    this.#exchange = undefined
    // Without a declared end only a reset tells the client that something is missing.
    const endsWithClose = this.#head?.version === 'HTTP/1.0' && this.connection.tls === undefined
    if (endsWithClose) this.#socket.resetAndDestroy()
    else this.#socket.destroy()
  }

  pauseBody(): void {
    this.#socket.pause()
  }

  resumeBody(): void {
    if (this.#queueBytes <= QUEUE_BYTES) this.#socket.resume()
  }

  switchProtocols(head: AnswerHead, protocol: string): { stream: Duplex; early: Uint8Array } {
    this.#switched = true
    this.#exchange = undefined
    this.#out.text(switchText(head, protocol))
    this.#out.flush(this.#socket)
    this.#socket.off('data', this.#onData)
    this.#socket.off('drain', this.#onDrain)
    this.#socket.off('end', this.#onEnd)
    this.#engine.unwatch(this)
    return { stream: this.#socket, early: this.#takeQueue() }
  }

  readonly #onDrain = (): void => {
    this.#exchange?.drained()
  }

  readonly #onEnd = (): void => {
    this.#clientEnded = true
    if (this.#lingering) this.#destroyWhenSent()
    else if (this.#reader.inBody || this.#reader.started) this.#fault(refusal('body-cut', 0))
    else if (this.#exchange === undefined) this.#socket.end()
  }

  readonly #onClose = (): void => {
    this.#engine.unwatch(this)
    if (this.#switched) return
    const exchange = this.#exchange
    this.#exchange = undefined
    exchange?.clientGone('the client closed the connection before the answer was complete')
  }

  tick(nowMs: number): void {
    const { timeouts } = this.#engine.edge
    const waitedMs = nowMs - this.#sinceMs
    if (this.#lingering) {
      if (waitedMs > LINGER_MS) this.#socket.destroy()
    } else if (this.#exchange !== undefined) {
      if (this.#exchange.finished && waitedMs > timeouts.bodyIdleMs) this.#socket.destroy()
    } else if (this.#reader.started) {
      if (waitedMs > timeouts.headMs) this.#headTimeout(timeouts.headMs)
    } else if (waitedMs > (this.#requests === 0 ? timeouts.headMs : timeouts.idleMs) || this.#engine.draining) {
      this.#closeAfter = true
      this.#linger()
    }
  }

  #headTimeout(headMs: number): void {
    this.#fault({ status: 408, fault: 'head-timeout', detail: `client sent no whole head for ${headMs / 1000} s` })
  }
}

// Every error is followed by `close`, where it is dealt with.
function ignoreError(): void {}
