import type { Socket } from 'node:net'
import { messageOf } from '#kernel'
import type { DialFailure, Dialer } from '#net'
import { type FieldList, type MessageLimits, type MessageSink, ResponseReader, type ResponseHead } from '#wire'
import type { OriginFailure, OriginStep, OriginUser } from './origin-user.ts'
import { OutputBatch } from './output-batch.ts'
import { ReadBuffers } from './read-buffers.ts'

/** What becomes of a connection is its pool's business. */
export interface OriginConnectionOwner {
  readonly dialer: Dialer
  readonly limits: MessageLimits
  readonly secure: boolean
  /** Connected without anybody waiting for it any more, or done with a request and fit for another. */
  connectionIdle(connection: OriginConnection): void
  connectionClosed(connection: OriginConnection): void
}

/** One HTTP/1.1 connection to an origin, with at most one request at a time. */
export class OriginConnection implements MessageSink<ResponseHead> {
  readonly #owner: OriginConnectionOwner
  readonly #socket: Socket
  readonly #reader: ResponseReader
  readonly #out = new OutputBatch()
  readonly #buffers: ReadBuffers | undefined
  #user: OriginUser | undefined
  #chunked = false
  #requestDone = true
  #answerDone = false
  #answerStarted = false
  #keepAlive = true
  #switched = false
  #closed = false

  connected = false
  /** Requests that this connection has carried before the present one. */
  served = 0
  idleSinceMs = 0

  constructor(owner: OriginConnectionOwner, user: OriginUser) {
    this.#owner = owner
    this.#user = user
    this.#reader = new ResponseReader(owner.limits, this)
    // Reading into one buffer of our own spares an allocation a read; TLS sockets do not offer it.
    const buffers = owner.secure ? undefined : new ReadBuffers((bytes) => this.#read(bytes))
    this.#buffers = buffers
    this.#socket = owner.dialer.dial(
      { onDialed: (socket) => this.#dialed(socket), onDialFailed: (failure) => this.#dialFailed(failure) },
      buffers?.onread,
    )
  }

  /** True when the origin has sent at least a byte of the answer. */
  get answerStarted(): boolean {
    return this.#answerStarted
  }

  /** Takes over an idle connection. */
  use(user: OriginUser): void {
    this.#user = user
    this.served++
  }

  /** Starts a request: `head` is its text with the empty line; `chunked` frames what `sendBody` gets. */
  sendHead(head: string, method: string, chunked: boolean): void {
    this.#chunked = chunked
    this.#requestDone = false
    this.#answerDone = false
    this.#answerStarted = false
    this.#reader.expect(method)
    this.#out.text(head)
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

  sendEnd(trailers: FieldList | undefined): void {
    this.#requestDone = true
    if (!this.#chunked) return
    let end = '0\r\n'
    if (trailers !== undefined) {
      for (let i = 0; i < trailers.length; i += 2) end += `${trailers[i]}: ${trailers[i + 1]}\r\n`
    }
    this.#out.text(`${end}\r\n`)
  }

  /** Writes what was collected. False asks to wait for `onOriginDrain`. */
  flush(): boolean {
    return this.#closed || this.#out.flush(this.#socket)
  }

  /** Bytes of the request that the system has not taken yet. */
  get pendingBytes(): number {
    return this.#socket.writableLength
  }

  pause(): void {
    this.#socket.pause()
  }

  resume(): void {
    if (!this.#closed) this.#socket.resume()
  }

  /** After a switch: passes bytes on as they are. False asks to wait for `onOriginDrain`. */
  writeStream(bytes: Uint8Array): boolean {
    return this.#socket.write(bytes)
  }

  endStream(): void {
    this.#socket.end()
  }

  /** Gives up: nobody is called any more, and a connection that carried something is closed. */
  drop(): void {
    this.#user = undefined
    if (this.connected || this.#closed) this.destroy()
  }

  destroy(): void {
    if (this.#closed) return
    this.#closed = true
    this.#user = undefined
    this.#socket.destroy()
    this.#owner.connectionClosed(this)
  }

  #dialed(socket: Socket): void {
    this.connected = true
    if (this.#buffers === undefined) socket.on('data', (bytes) => this.#read(bytes))
    socket.on('drain', () => this.#user?.onOriginDrain())
    socket.on('end', () => this.#ended())
    socket.on('error', (error: NodeJS.ErrnoException) =>
      this.#fail('origin-reset', `the connection failed: ${error.code ?? error.message}`),
    )
    socket.on('close', () => this.#fail('origin-closed', 'the origin closed the connection'))
    if (this.#user === undefined) this.#owner.connectionIdle(this)
    else this.#user.onOriginConnected()
  }

  #dialFailed(failure: DialFailure): void {
    const user = this.#user
    this.destroy()
    user?.onOriginFailure({
      step: 'connect',
      fault: `origin-connect-${failure.kind}`,
      detail: failure.detail,
      timedOut: failure.kind === 'timeout',
    })
  }

  // A fault of our own while reading ends this exchange only.
  #read(bytes: Buffer): boolean {
    try {
      return this.#take(bytes)
    } catch (error) {
      const user = this.#user
      this.destroy()
      user?.onOriginFailure({ step: 'answer-body', fault: 'internal-error', detail: messageOf(error), timedOut: false })
      return true
    }
  }

  #take(bytes: Buffer): boolean {
    const user = this.#user
    if (this.#switched) return this.#readStream(bytes, 0)
    // Bytes without a question: a stale or hostile origin, never the next answer.
    if (user === undefined) {
      this.destroy()
      return true
    }
    this.#answerStarted = true
    this.#buffers?.reuseIfFree(user.heldBytes)
    let at = 0
    while (at < bytes.length && !this.#answerDone && !this.#switched && !this.#closed) {
      const next = this.#reader.feed(bytes, at)
      if (next < 0) break
      at = next
    }
    if (this.#closed) return true
    if (this.#reader.refusal !== undefined) {
      const { fault, detail } = this.#reader.refusal
      this.#fail(fault, detail)
      return true
    }
    if (this.#switched) return at === bytes.length || this.#readStream(bytes, at)
    return this.#settle(user, at < bytes.length)
  }

  #settle(user: OriginUser, unread: boolean): boolean {
    if (this.#answerDone) this.#release(unread)
    const goOn = user.onOriginFlush()
    this.#buffers?.replaceIfHeld(user.heldBytes)
    if (!goOn && this.#user === user) this.#socket.pause()
    return true
  }

  #readStream(bytes: Buffer, offset: number): boolean {
    const user = this.#user
    if (user === undefined) return true
    this.#buffers?.reuseIfFree(user.heldBytes)
    const goOn = user.onOriginStream(bytes.subarray(offset))
    this.#buffers?.replaceIfHeld(user.heldBytes)
    if (!goOn) this.#socket.pause()
    return true
  }

  onHead(head: ResponseHead): void {
    const user = this.#user
    if (user === undefined) return
    if (head.status === 101) {
      this.#switched = true
      user.onOriginSwitched(head)
    } else if (head.status < 200) {
      user.onOriginInformational(head)
    } else {
      this.#keepAlive = head.keepAlive
      user.onOriginHead(head)
    }
    this.#informational = head.status < 200
  }

  #informational = false

  onBody(bytes: Buffer): void {
    this.#user?.onOriginBody(bytes)
  }

  onEnd(trailers: FieldList | undefined): void {
    if (this.#informational) return
    this.#answerDone = true
    this.#user?.onOriginEnd(trailers)
  }

  /** Only a connection whose question and answer are both complete may carry another question. */
  #release(unread: boolean): void {
    const fit = this.#keepAlive && this.#requestDone && !unread && !this.#socket.writableNeedDrain && this.#out.empty
    this.#user = undefined
    if (fit) this.#owner.connectionIdle(this)
    else this.destroy()
  }

  #ended(): void {
    const user = this.#user
    if (this.#switched) {
      user?.onOriginStreamEnd()
      return
    }
    if (user !== undefined && this.#reader.closed()) {
      this.destroy()
      user.onOriginFlush()
      return
    }
    this.#fail('origin-closed', 'the origin closed the connection')
  }

  #fail(fault: string, detail: string): void {
    if (this.#closed) return
    const user = this.#user
    const step: OriginStep = this.#reader.inBody ? 'answer-body' : this.#requestDone ? 'answer-head' : 'send'
    this.destroy()
    const failure: OriginFailure = { step, fault, detail, timedOut: false }
    user?.onOriginFailure(failure)
  }
}
