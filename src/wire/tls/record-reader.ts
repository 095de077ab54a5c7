/** Types of TLS records. */
export const TLS_RECORD = {
  changeCipherSpec: 20,
  alert: 21,
  handshake: 22,
  applicationData: 23,
  heartbeat: 24,
} as const

const HEADER_BYTES = 5
const NO_BYTES = Buffer.alloc(0)
/** RFC 8446 section 5.2 allows 2^14 + 256; TLS 1.2 with compression 2^14 + 2048. */
const RECORD_BYTES = 16_384 + 2_048
/** No honest handshake message is longer: large chains have some 10 KiB. */
const MESSAGE_BYTES = 128 * 1024

/** Takes what one direction of a TLS connection says. Views are valid during the call only. */
export interface TlsRecordSink {
  /** A record begins; its contents of `length` bytes follow. */
  onRecord(type: number, version: number, length: number): void
  /** A handshake message is whole; its body stands in `bytes` from `start` up to `end`. */
  onHandshake(type: number, bytes: Buffer, start: number, end: number): void
  /** An alert that can be read. */
  onAlert(level: number, description: number): void
}

/**
 * Cuts one direction of a TLS connection into records and, as long as it is readable, into handshake messages (RFC 8446
 * section 5, RFC 5246 section 6.2). Encrypted contents are passed over by their length; what is whole in one piece is not
 * copied.
 */
export class TlsRecordReader {
  readonly #sink: TlsRecordSink
  /** Set by the owner when what follows cannot be read any more. */
  encrypted = false
  /** Set when the bytes are no TLS: nothing is read any more. */
  broken = false

  /** A header that came in pieces: as many bytes as came, as one number. */
  #header = 0
  #headerBytes = 0
  #type = 0
  /** Contents of the record at hand that are still to come. */
  #left = 0
  #message: Buffer = NO_BYTES
  #messageBytes = 0
  #alert = -1

  constructor(sink: TlsRecordSink) {
    this.#sink = sink
  }

  /** True between records. */
  get idle(): boolean {
    return this.#headerBytes === 0 && this.#left === 0
  }

  /** Takes the bytes from `start` up to `end`. */
  feed(bytes: Buffer, start: number, end: number): void {
    let at = start
    while (at < end && !this.broken) {
      if (this.#left === 0) {
        at = this.#feedHeader(bytes, at, end)
      } else {
        const contentsEnd = Math.min(end, at + this.#left)
        this.#left -= contentsEnd - at
        if (!this.encrypted) this.#contents(bytes, at, contentsEnd)
        at = contentsEnd
      }
    }
  }

  /** How many of the bytes that follow are contents that nobody reads: they need not be fed. */
  get passableBytes(): number {
    if (this.broken) return 0
    const isRead = !this.encrypted && (this.#type === TLS_RECORD.handshake || this.#type === TLS_RECORD.alert)
    return isRead ? 0 : this.#left
  }

  /** Takes so many of them without looking. */
  pass(sizeBytes: number): void {
    this.#left -= sizeBytes
  }

  /** Passes over `sizeBytes` that were lost. False when they held more than the rest of the record: reading is over. */
  gap(sizeBytes: number): boolean {
    if (sizeBytes > this.#left || this.#headerBytes > 0) {
      this.broken = true
      return false
    }
    this.#left -= sizeBytes
    if (this.#type === TLS_RECORD.handshake && !this.encrypted) this.broken = true
    return !this.broken
  }

  #feedHeader(bytes: Buffer, start: number, end: number): number {
    if (this.#headerBytes === 0 && start + HEADER_BYTES <= end) {
      this.#begin(bytes[start], (bytes[start + 1] << 8) | bytes[start + 2], (bytes[start + 3] << 8) | bytes[start + 4])
      return start + HEADER_BYTES
    }
    this.#header = this.#header * 256 + bytes[start]
    if (++this.#headerBytes === HEADER_BYTES) {
      const header = this.#header
      this.#headerBytes = 0
      this.#header = 0
      this.#begin(Math.floor(header / 2 ** 32), (header / 2 ** 16) & 0xffff, header & 0xffff)
    }
    return start + 1
  }

  #begin(type: number, version: number, length: number): void {
    const isKnown = type >= TLS_RECORD.changeCipherSpec && type <= TLS_RECORD.heartbeat
    if (!isKnown || version >> 8 !== 3 || length > RECORD_BYTES) {
      this.broken = true
      return
    }
    this.#type = type
    this.#left = length
    this.#alert = -1
    this.#sink.onRecord(type, version, length)
  }

  #contents(bytes: Buffer, start: number, end: number): void {
    if (this.#type === TLS_RECORD.handshake) this.#handshake(bytes, start, end)
    else if (this.#type === TLS_RECORD.alert) this.#alertBytes(bytes, start, end)
  }

  #alertBytes(bytes: Buffer, start: number, end: number): void {
    for (let at = start; at < end; at++) {
      if (this.#alert < 0) {
        this.#alert = bytes[at]
        continue
      }
      this.#sink.onAlert(this.#alert, bytes[at])
      this.#alert = -1
    }
  }

  #handshake(bytes: Buffer, start: number, end: number): void {
    let at = start
    while (at < end && !this.broken && !this.encrypted) {
      if (this.#messageBytes > 0) {
        at = this.#continueMessage(bytes, at, end)
        continue
      }
      const messageEnd = end - at >= 4 ? at + 4 + uint24(bytes, at + 1) : -1
      if (messageEnd < 0 || messageEnd > end) return this.#keep(bytes, at, end)
      this.#sink.onHandshake(bytes[at], bytes, at + 4, messageEnd)
      at = messageEnd
    }
  }

  #continueMessage(bytes: Buffer, start: number, end: number): number {
    const missing = (this.#messageBytes < 4 ? 4 : 4 + uint24(this.#message, 1)) - this.#messageBytes
    const taken = Math.min(missing, end - start)
    this.#keep(bytes, start, start + taken)
    if (this.#messageBytes < 4) return start + taken
    const wanted = 4 + uint24(this.#message, 1)
    if (wanted > MESSAGE_BYTES) this.broken = true
    else if (this.#messageBytes === wanted) {
      const message = this.#message
      this.#messageBytes = 0
      this.#sink.onHandshake(message[0], message, 4, wanted)
    }
    return start + taken
  }

  /** Grows by doubling, so that a message in one-byte records costs no more than twice its length. */
  #keep(bytes: Buffer, start: number, end: number): void {
    const needed = this.#messageBytes + end - start
    if (needed > MESSAGE_BYTES) {
      this.broken = true
      return
    }
    if (this.#message.length < needed) {
      const grown = Buffer.allocUnsafe(Math.max(512, needed, this.#message.length * 2))
      this.#message.copy(grown, 0, 0, this.#messageBytes)
      this.#message = grown
    }
    bytes.copy(this.#message, this.#messageBytes, start, end)
    this.#messageBytes = needed
  }
}

function uint24(bytes: Buffer, at: number): number {
  return (bytes[at] << 16) | (bytes[at + 1] << 8) | bytes[at + 2]
}
