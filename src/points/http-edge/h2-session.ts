import type { ServerHttp2Session, ServerHttp2Stream } from 'node:http2'
import { monotonicMs } from '#kernel'
import type { FieldList, RequestHead } from '#wire'
import type { ConnectionFacts } from '#net'
import { type Http2Fault, HTTP2_FAULTS } from './h2-faults.ts'
import type { H2Host, H2Limits } from './h2-host.ts'
import { RateWindow } from './h2-rate.ts'
import { readH2Request, readLenientH2Head } from './h2-request.ts'
import { sessionErrorFault } from './h2-session-error.ts'
import { H2Stream, type H2StreamOwner } from './h2-stream.ts'

const ENHANCE_YOUR_CALM = 0x0b
const END_STREAM = 0x1
// Clients measure round trips with PING; even the busiest need far fewer.
const PINGS_PER_SECOND = 500
const SETTINGS_PER_SECOND = 50
const PRIORITIES_PER_SECOND = 1000

/** One HTTP/2 connection: makes an exchange of each stream and ends the session when the client abuses it. */
export class H2Session implements H2StreamOwner {
  readonly connection: ConnectionFacts
  readonly trailerBytes: number
  readonly #session: ServerHttp2Session
  #lastFields: FieldList = []
  readonly #limits: H2Limits
  readonly #host: H2Host
  readonly #streams = new Set<H2Stream>()
  readonly #resets: RateWindow
  readonly #pings = new RateWindow(PINGS_PER_SECOND)
  readonly #settings = new RateWindow(SETTINGS_PER_SECOND)
  readonly #priorities = new RateWindow(PRIORITIES_PER_SECOND)
  #requests = 0
  /** Id of the last stream that the library gave us or that we know it refused. */
  #lastStreamId = 0
  #quietSinceMs = monotonicMs()
  #ended = false

  constructor(session: ServerHttp2Session, connection: ConnectionFacts, limits: H2Limits, host: H2Host) {
    this.#session = session
    this.connection = connection
    this.trailerBytes = limits.trailerBytes
    this.#limits = limits
    this.#host = host
    this.#resets = new RateWindow(limits.resetsPerSecond)
    session.on('stream', (stream, _headers, flags, raw) => this.#request(stream, flags, raw))
    session.on('ping', () => this.#count(this.#pings, 'http2-ping-flood'))
    session.on('remoteSettings', () => this.#count(this.#settings, 'http2-settings-flood'))
    session.on('priority', () => this.#count(this.#priorities, 'http2-priority-flood'))
    session.on('error', (error) => this.#failed(error))
  }

  streamClosed(stream: H2Stream, resetByClient: boolean): void {
    // With the connection all end at once; how many were open tells why.
    if (!this.lost) this.#streams.delete(stream)
    if (this.#streams.size === 0) this.#quietSinceMs = monotonicMs()
    // With the connection every stream ends: that is one event, not many resets.
    if (resetByClient && !this.lost) this.#count(this.#resets, 'http2-rapid-reset')
  }

  get lost(): boolean {
    return this.#session.destroyed
  }

  /** Lets the open streams end, refuses new ones, then closes the connection (GOAWAY). */
  drain(): void {
    if (!this.#session.closed) this.#session.close()
  }

  destroy(): void {
    this.#session.destroy()
  }

  /** Looks for what waits too long. Called by the front's timer. */
  sweep(nowMs: number): void {
    this.#noteRefused(this.#session.state.lastProcStreamID ?? 0)
    const { headMs, idleMs, bodyIdleMs } = this.#limits
    if (this.#streams.size === 0) {
      if (nowMs - this.#quietSinceMs > (this.#requests === 0 ? headMs : idleMs)) this.#leave()
      return
    }
    for (const stream of this.#streams) {
      const stalled = stream.stalled(nowMs, bodyIdleMs)
      if (stalled === 'body') stream.bodyTimedOut(bodyIdleMs)
      if (stalled === 'answer') {
        this.#abuse('http2-window-stall')
        return
      }
    }
  }

  #request(stream: ServerHttp2Stream, flags: number, raw: readonly string[]): void {
    this.#requests++
    // Before its first request a client may leave out ids (for priority trees); afterwards none does.
    if (this.#lastStreamId > 0) this.#noteRefused((stream.id ?? 0) - 2)
    this.#lastStreamId = Math.max(this.#lastStreamId, stream.id ?? 0)
    if (stream.destroyed || stream.closed) {
      // Opened and reset before we saw it: costs the client next to nothing, so it counts like any other reset.
      stream.on('error', ignoreError)
      this.#count(this.#resets, 'http2-rapid-reset')
      return
    }
    const endStream = (flags & END_STREAM) !== 0
    const downstream = new H2Stream(stream, this, endStream)
    this.#streams.add(downstream)
    const result = readH2Request(raw, endStream, this.#limits)
    if (result.ok)
      downstream.carry(this.#host.exchange(downstream, this.#repeated(result.head)), result.head.contentLength)
    else downstream.refused(this.#host.refuse(downstream, result, readLenientH2Head(raw)))
    if (this.#requests >= this.#limits.requestsPerConnection) this.drain()
  }

  /** Clients repeat their fields from request to request: with the very same list, what was derived from it serves again. */
  #repeated(head: RequestHead): RequestHead {
    const last = this.#lastFields
    if (last.length === head.fields.length && last.every((text, i) => text === head.fields[i])) {
      return { ...head, fields: last }
    }
    this.#lastFields = head.fields
    return head
  }

  /** The library resets malformed requests without a word; the ids that it has dealt with betray them. */
  #noteRefused(lastDealtWithId: number): void {
    if (this.#ended || lastDealtWithId <= this.#lastStreamId) return
    const count = Math.ceil((lastDealtWithId - this.#lastStreamId) / 2)
    this.#lastStreamId = lastDealtWithId
    const fault = 'http2-refused-stream'
    this.#host.reportFault(
      this.connection,
      fault,
      `${HTTP2_FAULTS[fault].help} (${count}, up to stream ${lastDealtWithId})`,
    )
  }

  #count(window: RateWindow, fault: Http2Fault): void {
    if (window.exceeds(monotonicMs())) this.#abuse(fault)
  }

  #abuse(fault: Http2Fault): void {
    if (this.#ended) return
    this.#ended = true
    this.#host.reportFault(this.connection, fault, HTTP2_FAULTS[fault].help)
    this.#session.destroy(new Error(fault), ENHANCE_YOUR_CALM)
  }

  #failed(error: Error): void {
    if (this.#ended) return
    const fault = sessionErrorFault(error, this.#streams.size >= this.#limits.concurrentStreams)
    this.#ended = true
    if (fault !== undefined)
      this.#host.reportFault(this.connection, fault, `${HTTP2_FAULTS[fault].help} (${error.message})`)
  }

  /** GOAWAY at once: nothing is open, and a client that does not close would keep the socket. */
  #leave(): void {
    this.#session.destroy()
  }
}

function ignoreError(): void {
  // The stream is already gone; its error says no more than that.
}
