import type { FieldList, ResponseHead } from '#wire'
import { type OriginRequest, requestText } from './forwarding.ts'
import type { OriginConnection } from './origin-connection.ts'
import type { OriginGroup } from './origin-group.ts'
import type { OriginPool } from './origin-pool.ts'
import type { OriginWaiter } from './origin-queue.ts'
import type { OriginFailure } from './origin-user.ts'

/** Body bytes kept while no connection stands, so that the next attempt can begin at the beginning. */
const HELD_BODY_BYTES = 65_536

const SAFE_METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE'])
const IDEMPOTENT_METHODS: ReadonlySet<string> = new Set([...SAFE_METHODS, 'PUT', 'DELETE'])

/** The exchange as its origin leg sees it. */
export interface OriginLegUser {
  readonly heldBytes: number
  /** An attempt begins, after the choice of an origin. */
  originChosen(origin: OriginPool, attempt: number): void
  originConnected(milliseconds: number): void
  originInformational(head: ResponseHead): void
  originHead(head: ResponseHead): void
  originBody(bytes: Buffer): void
  originEnd(trailers: FieldList | undefined): void
  originFlush(): boolean
  /** More of the request body is welcome. */
  originReady(): void
  originSwitched(head: ResponseHead): void
  originStream(bytes: Buffer): boolean
  originStreamEnd(): void
  originRetried(failure: OriginFailure): void
  originFailed(failure: OriginFailure): void
}

export interface RetryPolicy {
  readonly retries: number
  readonly maxFailures: number
  readonly ejectMs: number
}

/** The way of one request to an origin: choice, connection, attempts, and the body while no connection stands. */
export class OriginLeg implements OriginWaiter {
  readonly #user: OriginLegUser
  readonly #group: OriginGroup
  readonly #request: OriginRequest
  readonly #retry: RetryPolicy
  readonly #hasBody: boolean
  readonly #tried: OriginPool[] = []
  #origin: OriginPool | undefined = undefined
  #connection: OriginConnection | undefined = undefined
  #attempts = 0
  #waiting = false
  #staleRetried = false
  #connectStartMs = 0
  #held: Uint8Array[] = []
  #heldBodyBytes = 0
  #bodySent = false
  #bodyDone: boolean
  #trailers: FieldList | undefined = undefined
  #answered = false

  constructor(user: OriginLegUser, group: OriginGroup, request: OriginRequest, retry: RetryPolicy, hasBody: boolean) {
    this.#user = user
    this.#group = group
    this.#request = request
    this.#retry = retry
    this.#hasBody = hasBody
    this.#bodyDone = !hasBody
  }

  /** Chooses an origin and begins; may call the user back at once when none can be had. */
  start(): void {
    const origin = this.#group.choose(this.#tried)
    if (origin === undefined) this.#user.originFailed(NO_ORIGIN)
    else this.#attempt(origin, false)
  }

  #attempt(origin: OriginPool, fresh: boolean): void {
    this.#origin = origin
    const connection = origin.take(this, fresh)
    if (connection !== undefined) {
      this.#begin(origin, connection)
      // The first attempt is flushed by its exchange, together with what came of the body.
      if (this.#attempts > 1 && connection.connected) connection.flush()
      return
    }
    this.#waiting = origin.wait(this)
    if (!this.#waiting) this.#user.originFailed(busyFailure(`too many requests wait for ${origin.config.url} already`))
  }

  #begin(origin: OriginPool, connection: OriginConnection): void {
    this.#connection = connection
    this.#user.originChosen(origin, ++this.#attempts)
    if (connection.connected) this.#send(connection)
    else this.#connectStartMs = performance.now()
  }

  onConnectionFree(connection: OriginConnection): void {
    this.#waiting = false
    this.#begin(this.#origin!, connection)
    if (connection.connected && connection.flush()) this.#user.originReady()
  }

  onWaitExpired(): void {
    this.#waiting = false
    const { config, waitMs } = this.#origin!
    const seconds = `${waitMs / 1000} s`
    const limit = `${config.maxConnections} of its maxConnections`
    this.#user.originFailed(
      busyFailure(`no connection to ${config.url} became free within ${seconds}: all ${limit} are busy`),
    )
  }

  #stopWaiting(): void {
    if (!this.#waiting) return
    this.#waiting = false
    this.#origin!.stopWaiting(this)
  }

  onOriginConnected(): void {
    this.#user.originConnected(performance.now() - this.#connectStartMs)
    const connection = this.#connection!
    this.#send(connection)
    if (connection.flush()) this.#user.originReady()
  }

  #send(connection: OriginConnection): void {
    const request = this.#request
    connection.sendHead(requestText(request, this.#origin!.authority), request.method, request.chunked)
    if (this.#heldBodyBytes > 0) {
      this.#bodySent = true
      for (const bytes of this.#held) connection.sendBody(bytes)
      this.#held = []
      this.#heldBodyBytes = 0
    }
    if (this.#bodyDone) connection.sendEnd(this.#trailers)
  }

  sendBody(bytes: Uint8Array): void {
    const connection = this.#connection
    if (connection !== undefined && connection.connected) {
      this.#bodySent = true
      connection.sendBody(bytes)
    } else {
      this.#held.push(Buffer.from(bytes))
      this.#heldBodyBytes += bytes.length
    }
  }

  sendEnd(trailers: FieldList | undefined): void {
    this.#bodyDone = true
    this.#trailers = trailers
    if (this.#connection?.connected === true) this.#connection.sendEnd(trailers)
  }

  /** Writes what was collected. False asks for no more body until `originReady`. */
  flush(): boolean {
    const connection = this.#connection
    if (connection === undefined || !connection.connected) return this.#heldBodyBytes < HELD_BODY_BYTES
    return connection.flush()
  }

  get pendingBytes(): number {
    return this.#connection?.pendingBytes ?? 0
  }

  /** The client can take more of the answer. */
  resume(): void {
    this.#connection?.resume()
  }

  writeStream(bytes: Uint8Array): boolean {
    return this.#connection?.writeStream(bytes) ?? true
  }

  endStream(): void {
    this.#connection?.endStream()
  }

  /** Gives up: closes the connection, calls nobody any more. */
  abandon(): void {
    this.#stopWaiting()
    this.#connection?.drop()
    this.#connection = undefined
  }

  /** A time limit passed: counts against the origin, and tries another one where that is allowed. */
  timedOut(failure: OriginFailure): void {
    if (this.#waiting) {
      // The origin was never asked: nothing counts against it.
      this.#stopWaiting()
      this.#user.originFailed(failure)
      return
    }
    this.#connection?.drop()
    this.onOriginFailure(failure)
  }

  get heldBytes(): number {
    return this.#user.heldBytes
  }

  onOriginInformational(head: ResponseHead): void {
    this.#user.originInformational(head)
  }

  onOriginHead(head: ResponseHead): void {
    this.#answered = true
    this.#origin!.health.succeeded()
    this.#user.originHead(head)
  }

  onOriginBody(bytes: Buffer): void {
    this.#user.originBody(bytes)
  }

  onOriginEnd(trailers: FieldList | undefined): void {
    // The connection leaves by itself after this batch.
    this.#connection = undefined
    this.#user.originEnd(trailers)
  }

  onOriginFlush(): boolean {
    return this.#user.originFlush()
  }

  onOriginDrain(): void {
    this.#user.originReady()
  }

  onOriginSwitched(head: ResponseHead): void {
    this.#answered = true
    this.#origin!.health.succeeded()
    this.#user.originSwitched(head)
  }

  onOriginStream(bytes: Buffer): boolean {
    return this.#user.originStream(bytes)
  }

  onOriginStreamEnd(): void {
    this.#user.originStreamEnd()
  }

  onOriginFailure(failure: OriginFailure): void {
    const connection = this.#connection
    this.#connection = undefined
    const origin = this.#origin!
    const stale =
      connection !== undefined &&
      connection.served > 0 &&
      !connection.answerStarted &&
      !failure.timedOut &&
      failure.step !== 'connect'
    if (stale && !this.#staleRetried && !this.#hasBody && IDEMPOTENT_METHODS.has(this.#request.method)) {
      // An idle connection that the origin closed meanwhile says nothing about its health.
      this.#staleRetried = true
      this.#user.originRetried(failure)
      this.#attempt(origin, true)
      return
    }
    if (!this.#answered) origin.health.failed(this.#retry.maxFailures, this.#retry.ejectMs)
    if (!this.#mayRetry(failure, connection)) {
      this.#user.originFailed(failure)
      return
    }
    this.#tried.push(origin)
    const other = this.#group.choose(this.#tried)
    if (other === undefined) {
      this.#user.originFailed(failure)
      return
    }
    this.#user.originRetried(failure)
    this.#attempt(other, false)
  }

  /** Nothing of the request was sent, or it is safe to send again and not a byte of an answer came. */
  #mayRetry(failure: OriginFailure, connection: OriginConnection | undefined): boolean {
    if (this.#answered || this.#tried.length >= this.#retry.retries) return false
    if (failure.step === 'connect') return !this.#bodySent
    const unanswered = connection === undefined || !connection.answerStarted
    return unanswered && !this.#hasBody && SAFE_METHODS.has(this.#request.method)
  }
}

const NO_ORIGIN: OriginFailure = {
  step: 'connect',
  fault: 'no-origin',
  detail: 'the site has no origin',
  timedOut: false,
}

function busyFailure(detail: string): OriginFailure {
  return { step: 'connect', fault: 'origin-connection-limit', detail, timedOut: false }
}
