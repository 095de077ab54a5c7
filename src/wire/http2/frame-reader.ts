/** Types of frames (RFC 9113 section 6). */
export const HTTP2_FRAME = {
  data: 0,
  headers: 1,
  priority: 2,
  resetStream: 3,
  settings: 4,
  pushPromise: 5,
  ping: 6,
  goAway: 7,
  windowUpdate: 8,
  continuation: 9,
} as const

export const HTTP2_FLAG = { endStream: 0x1, ack: 0x1, endHeaders: 0x4, padded: 0x8, priority: 0x20 } as const

/** What every client begins with (RFC 9113 section 3.4). */
export const HTTP2_PREFACE = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'

/** Names of error codes (RFC 9113 section 7). */
const ERRORS = [
  'NO_ERROR',
  'PROTOCOL_ERROR',
  'INTERNAL_ERROR',
  'FLOW_CONTROL_ERROR',
  'SETTINGS_TIMEOUT',
  'STREAM_CLOSED',
  'FRAME_SIZE_ERROR',
  'REFUSED_STREAM',
  'CANCEL',
  'COMPRESSION_ERROR',
  'CONNECT_ERROR',
  'ENHANCE_YOUR_CALM',
  'INADEQUATE_SECURITY',
  'HTTP_1_1_REQUIRED',
] as const

export function http2ErrorName(code: number): string {
  return ERRORS[code] ?? `error ${code}`
}

export interface Http2FrameHead {
  readonly type: number
  readonly flags: number
  readonly stream: number
  readonly length: number
}

/** Takes what one direction of an HTTP/2 connection says. */
export interface Http2FrameSink {
  /** A frame is whole; of data the contents are empty. They are valid during the call only. */
  frame(head: Http2FrameHead, contents: Buffer): void
  /** Bytes of a frame of data came, padding included. */
  dataBytes(head: Http2FrameHead, bytes: number): void
}

const HEAD_BYTES = 9
/** What receivers take unless they say otherwise is 16 KiB; frames with fields are not larger in practice. */
const CONTENTS_MOST = 65_536
const LAST_TYPE = 0x20

/** Cuts one direction of an HTTP/2 connection into frames (RFC 9113 section 4.1). Contents of data are passed over. */
export class Http2FrameReader {
  readonly #sink: Http2FrameSink
  readonly #head = Buffer.alloc(HEAD_BYTES)
  #headBytes = 0
  #frame: Http2FrameHead | undefined = undefined
  #left = 0
  #contents: Buffer = Buffer.alloc(0)
  #contentsBytes = 0
  /** Set when the bytes are no frames. */
  isBroken = false

  constructor(sink: Http2FrameSink) {
    this.#sink = sink
  }

  feed(bytes: Buffer, start: number, end: number): void {
    let at = start
    while (at < end && !this.isBroken) {
      at = this.#frame === undefined ? this.#feedHead(bytes, at, end) : this.#feedContents(this.#frame, bytes, at, end)
    }
  }

  /** Passes over bytes that will not come. False when they held more than the rest of a frame of data. */
  gap(sizeBytes: number): boolean {
    const frame = this.#frame
    if (frame?.type !== HTTP2_FRAME.data || sizeBytes > this.#left) {
      this.isBroken = true
      return false
    }
    this.#left -= sizeBytes
    this.#sink.dataBytes(frame, sizeBytes)
    if (this.#left === 0) this.#finish(frame)
    return true
  }

  #feedHead(bytes: Buffer, start: number, end: number): number {
    const taken = Math.min(HEAD_BYTES - this.#headBytes, end - start)
    bytes.copy(this.#head, this.#headBytes, start, start + taken)
    this.#headBytes += taken
    if (this.#headBytes === HEAD_BYTES) this.#begin()
    return start + taken
  }

  #begin(): void {
    const head = this.#head
    const length = head.readUIntBE(0, 3)
    const frame = { type: head[3], flags: head[4], stream: head.readUInt32BE(5) & 0x7fff_ffff, length }
    this.#headBytes = 0
    if (frame.type > LAST_TYPE || (frame.type !== HTTP2_FRAME.data && length > CONTENTS_MOST)) {
      this.isBroken = true
      return
    }
    this.#frame = frame
    this.#left = length
    this.#contentsBytes = 0
    if (length === 0) this.#finish(frame)
  }

  #feedContents(frame: Http2FrameHead, bytes: Buffer, start: number, end: number): number {
    const taken = Math.min(this.#left, end - start)
    this.#left -= taken
    if (frame.type === HTTP2_FRAME.data) this.#sink.dataBytes(frame, taken)
    else if (taken === frame.length) {
      this.#frame = undefined
      this.#sink.frame(frame, bytes.subarray(start, start + taken))
      return start + taken
    } else this.#keep(bytes, start, start + taken)
    if (this.#left === 0) this.#finish(frame)
    return start + taken
  }

  #keep(bytes: Buffer, start: number, end: number): void {
    const needed = this.#contentsBytes + end - start
    if (this.#contents.length < needed) {
      const grown = Buffer.allocUnsafe(Math.max(512, needed, 2 * this.#contents.length))
      this.#contents.copy(grown, 0, 0, this.#contentsBytes)
      this.#contents = grown
    }
    bytes.copy(this.#contents, this.#contentsBytes, start, end)
    this.#contentsBytes = needed
  }

  #finish(frame: Http2FrameHead): void {
    this.#frame = undefined
    this.#sink.frame(frame, this.#contents.subarray(0, this.#contentsBytes))
  }
}
