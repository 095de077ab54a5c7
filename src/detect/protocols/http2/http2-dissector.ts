import {
  HpackDecoder,
  HTTP2_FLAG,
  HTTP2_FRAME,
  HTTP2_PREFACE,
  http2ErrorName,
  type Http2FrameHead,
  Http2FrameReader,
  type Http2FrameSink,
} from '#wire'
import type { Direction, Moment, StreamDissector, StreamEnd } from '../../flows/contract.ts'
import type { FaultName, Seen, Side, TransactionSink } from '../contract.ts'
import { type FlowSides, seenAt } from '../flow-sides.ts'
import { protocolFault } from '../protocol-fault.ts'
import { FieldBlock } from './field-block.ts'
import { Http2Exchange } from './http2-exchange.ts'
import { Http2Request, Http2Response } from './http2-message.ts'

/** More streams at a time are not followed; those that are left out are not told of. */
const STREAMS_MOST = 1024
const NO_ERROR = 0
const INFORMATIONAL = 200

/** What one side says. */
class Speaker implements Http2FrameSink {
  readonly reader = new Http2FrameReader(this)
  readonly fields = new HpackDecoder()
  readonly block = new FieldBlock()
  readonly side: Side
  /** Of the client's preface so many bytes have come. */
  prefaceBytes = 0
  readonly #owner: Http2Stream

  constructor(side: Side, owner: Http2Stream) {
    this.side = side
    this.#owner = owner
  }

  frame(head: Http2FrameHead, contents: Buffer): void {
    this.#owner.frame(this, head, contents)
  }

  dataBytes({ stream }: Http2FrameHead, bytes: number): void {
    this.#owner.dataBytes(this.side, stream, bytes)
  }
}

/** Follows an HTTP/2 connection from its beginning: requests and answers by stream (RFC 9113). */
export class Http2Stream implements StreamDissector {
  readonly #sides: FlowSides
  readonly #sink: TransactionSink
  readonly #client = new Speaker('client', this)
  readonly #server = new Speaker('server', this)
  readonly #open = new Map<number, Http2Exchange>()
  #count = 0
  #idleSinceNs: number | undefined = undefined
  #at: Moment = { frame: 0, timeNs: 0 }
  #isOver = false

  constructor(sides: FlowSides, sink: TransactionSink) {
    this.#sides = sides
    this.#sink = sink
  }

  data(direction: Direction, bytes: Buffer, start: number, end: number, at: Moment): boolean {
    if (this.#isOver) return false
    this.#at = at
    const speaker = this.#sides.isClient(direction) ? this.#client : this.#server
    const from = start + (speaker.side === 'client' ? passedPreface(speaker, end - start) : 0)
    speaker.reader.feed(bytes, from, end)
    if (speaker.reader.isBroken)
      this.#fault(speaker.side, 'http2-malformed', 'what should be a frame of HTTP/2 is none')
    if (speaker.reader.isBroken) this.#isOver = true
    return !this.#isOver
  }

  gap(direction: Direction, sizeBytes: number): boolean {
    if (this.#isOver || sizeBytes === 0) return !this.#isOver
    const { reader, side } = this.#sides.isClient(direction) ? this.#client : this.#server
    for (const exchange of this.#open.values()) {
      const message = side === 'client' ? exchange.request : exchange.response
      if (message !== undefined) message.hasGap = true
    }
    if (!reader.gap(sizeBytes)) this.#isOver = true
    return !this.#isOver
  }

  end(how: StreamEnd, by: Direction | undefined, at: Moment): void {
    const seen = seenAt(at)
    // What came behind a gap that could not be passed over is not known.
    const isKnown = !this.#isOver
    for (const exchange of this.#open.values()) {
      this.#finish(exchange, isKnown ? how : 'open', by === undefined ? undefined : this.#sides.side(by), seen)
    }
    this.#open.clear()
    this.#isOver = true
  }

  frame(speaker: Speaker, head: Http2FrameHead, contents: Buffer): void {
    switch (head.type) {
      case HTTP2_FRAME.headers:
      case HTTP2_FRAME.continuation:
      case HTTP2_FRAME.pushPromise:
        return this.#takeBlock(speaker, head, contents)
      case HTTP2_FRAME.data:
        if ((head.flags & HTTP2_FLAG.endStream) !== 0) this.#endOf(speaker.side, head.stream)
        return
      case HTTP2_FRAME.resetStream:
        return this.#reset(speaker.side, head.stream, contents)
      case HTTP2_FRAME.goAway:
        return this.#goAway(speaker.side, contents)
      default:
    }
  }

  dataBytes(side: Side, stream: number, bytes: number): void {
    const exchange = this.#open.get(stream)
    const message = side === 'client' ? exchange?.request : exchange?.response
    if (message === undefined) return
    message.bodyBytes += bytes
    message.touch(this.#at)
  }

  #takeBlock(speaker: Speaker, head: Http2FrameHead, contents: Buffer): void {
    const { block, fields } = speaker
    if (!block.add(head, contents, this.#at))
      return this.#breakOff(speaker.side, 'a block of fields is larger than any honest one')
    if (!block.isWhole) return
    const decoded = fields.decode(block.bytes)
    if (decoded === undefined) return this.#breakOff(speaker.side, 'a block of fields cannot be read')
    // What a server promises nobody asked for.
    if (!block.isPromise) this.#takeFields(speaker, decoded)
  }

  #takeFields({ side, block }: Speaker, fields: readonly string[]): void {
    const { stream, endsStream, first } = block
    const exchange = this.#open.get(stream)
    if (side === 'client') {
      if (exchange === undefined)
        this.#begin(stream, new Http2Request(fields, block.bytes.length, !endsStream, first, this.#at))
    } else if (exchange !== undefined && exchange.response === undefined) {
      this.#answer(exchange, new Http2Response(fields, block.bytes.length, !endsStream, first, this.#at))
    }
    // Behind the contents: trailers.
    if (endsStream) this.#endOf(side, stream)
  }

  #begin(stream: number, request: Http2Request): void {
    if (this.#open.size >= STREAMS_MOST) return
    const idleSinceNs = this.#open.size === 0 ? this.#idleSinceNs : undefined
    this.#open.set(stream, new Http2Exchange(this.#sides, this.#count++, request, idleSinceNs))
  }

  #answer(exchange: Http2Exchange, response: Http2Response): void {
    if (response.status < INFORMATIONAL) {
      exchange.addInformational(response)
      return
    }
    exchange.answeredEarly = !exchange.request.complete
    exchange.response = response
  }

  #endOf(side: Side, stream: number): void {
    const exchange = this.#open.get(stream)
    const message = side === 'client' ? exchange?.request : exchange?.response
    if (exchange === undefined || message === undefined) return
    message.complete = true
    message.touch(this.#at)
    if (exchange.response?.complete !== true) return
    this.#open.delete(stream)
    this.#give(exchange)
  }

  #reset(by: Side, stream: number, contents: Buffer): void {
    const exchange = this.#open.get(stream)
    if (exchange === undefined) return
    const isError = contents.length < 4 || contents.readUInt32BE(0) !== NO_ERROR
    // A server that has said all that it will say may end the stream so.
    if (!isError && by === 'server' && exchange.response !== undefined) return this.#endOf(by, stream)
    this.#open.delete(stream)
    this.#finish(exchange, 'reset', by, seenAt(this.#at))
  }

  #goAway(by: Side, contents: Buffer): void {
    if (contents.length < 8) return
    const code = contents.readUInt32BE(4)
    if (code === NO_ERROR) return
    const words = contents.toString('latin1', 8, 72).replaceAll(/[^ -~]/g, '.')
    this.#fault(by, 'http2-goaway', words === '' ? http2ErrorName(code) : `${http2ErrorName(code)}: ${words}`)
  }

  #breakOff(from: Side, why: string): void {
    if (!this.#isOver) this.#fault(from, 'http2-malformed', why)
    this.#isOver = true
  }

  #fault(from: Side, fault: FaultName, detail: string): void {
    this.#sink.transaction(protocolFault(this.#sides, 'http2', from, fault, detail, seenAt(this.#at)))
  }

  #finish(exchange: Http2Exchange, how: StreamEnd, by: Side | undefined, seen: Seen): void {
    exchange.end = how
    exchange.endedBy = by
    exchange.endSeen = seen
    this.#give(exchange)
  }

  #give(exchange: Http2Exchange): void {
    this.#idleSinceNs = this.#at.timeNs
    this.#sink.transaction(exchange)
  }
}

/** How many of so many bytes belong to the preface. */
function passedPreface(client: Speaker, bytes: number): number {
  const passed = Math.min(HTTP2_PREFACE.length - client.prefaceBytes, bytes)
  client.prefaceBytes += passed
  return passed
}
