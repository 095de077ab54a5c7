import { TOKEN } from '#wire'
import type { Moment } from '../../flows/contract.ts'
import type { Seen } from '../contract.ts'
import { seenAt } from '../flow-sides.ts'
import { ChunkScanner } from './chunk-scanner.ts'
import { HeadScanner } from './head-scanner.ts'
import type { RequestState, ResponseState } from './http-message-state.ts'
import type { HttpAmbiguity } from './http-transaction.ts'

const HEAD_BYTES = 64 * 1024
const FIRST_CAPACITY = 1024
const NO_BYTES = Buffer.alloc(0)
const CR = 0x0d
const LF = 0x0a
const STATUS_LINE = Buffer.from('HTTP/1.', 'latin1')

/** What takes the messages of both sides. */
export interface MessageOwner {
  /** A head is whole. Gives the message that its body belongs to; undefined to stop reading this side. */
  onRequest(text: string, ambiguities: HttpAmbiguity[], first: Seen, at: Moment): RequestState | undefined
  onResponse(text: string, ambiguities: HttpAmbiguity[], first: Seen, at: Moment): ResponseState | undefined
  onRequestEnd(): void
  onResponseEnd(at: Moment): void
  /** What stands where an answer has to begin is none; reading this side is over. */
  onOtherAnswer(bytes: Buffer, start: number, end: number, at: Moment): void
}

/** Heads that come in one piece, as most do, need no scanner of their own. */
const passing = new HeadScanner()

/**
 * Reads the messages of one side of an HTTP/1 connection, one after the other. Bodies are passed over by their length; only a
 * head that comes in pieces is copied.
 */
export class MessageSide {
  readonly #owner: MessageOwner
  readonly #isRequests: boolean
  #scanner = passing
  #kept: Buffer = NO_BYTES
  #keptBytes = 0
  #first: Seen | undefined = undefined
  #message: RequestState | ResponseState | undefined = undefined
  #left = 0
  #chunks: ChunkScanner | undefined = undefined
  /** Bytes were lost and it is not known where the next message begins. */
  #isLost = false
  isOver = false

  constructor(owner: MessageOwner, isRequests: boolean) {
    this.#owner = owner
    this.#isRequests = isRequests
  }

  /** A message has begun and is not whole. */
  get isInMessage(): boolean {
    return this.#message !== undefined || this.#keptBytes > 0
  }

  /** When the head began that is not whole yet. */
  get headBegan(): Seen | undefined {
    return this.#keptBytes > 0 ? this.#first : undefined
  }

  data(bytes: Buffer, start: number, end: number, at: Moment): void {
    let position = start
    if (this.#isLost) {
      // A message that begins with a segment is the best chance to find the thread again.
      if (!this.#mayBegin(bytes, start, end)) return
      this.#isLost = false
    }
    while (position < end && !this.isOver && !this.#isLost) {
      position =
        this.#message === undefined ? this.#head(bytes, position, end, at) : this.#body(bytes, position, end, at)
    }
  }

  /** How many of the bytes that follow are nothing but a body; without its last one, which ends the message. */
  get passableBytes(): number {
    const message = this.#message
    if (message === undefined || this.#isLost) return 0
    if (message.framing === 'until-close') return Infinity
    return this.#chunks === undefined ? this.#left - 1 : this.#chunks.left
  }

  /** So many bytes came of those that may pass. */
  pass(sizeBytes: number, at: Moment): void {
    const message = this.#message
    if (message === undefined) return
    message.touch(at)
    message.bodyBytes += sizeBytes
    this.#left -= sizeBytes
    this.#chunks?.skip(sizeBytes)
  }

  gap(sizeBytes: number, at: Moment): void {
    const message = this.#message
    if (message !== undefined) {
      message.hasGap = true
      message.touch(at)
      const { framing } = message
      if (framing === 'until-close') {
        message.bodyBytes += sizeBytes
        return
      }
      const left = framing === 'length' ? this.#left : (this.#chunks?.left ?? 0)
      if (sizeBytes <= left) {
        this.#chunks?.skip(sizeBytes)
        message.bodyBytes += sizeBytes
        this.#left -= sizeBytes
        if (framing === 'length' && this.#left === 0) this.#endMessage(true, at)
        return
      }
      this.#endMessage(false, at)
    }
    this.#forgetHead()
    this.#isLost = true
  }

  /** The other side decided that this one's message is over, or the stream ended. */
  close(at: Moment): void {
    const message = this.#message
    if (message !== undefined) this.#endMessage(message.framing === 'until-close', at)
  }

  #head(bytes: Buffer, start: number, end: number, at: Moment): number {
    let position = start
    if (this.#keptBytes === 0) {
      while (position < end && (bytes[position] === CR || bytes[position] === LF)) position++
      if (position === end) return end
      if (!this.#mayBegin(bytes, position, end)) {
        this.isOver = true
        if (!this.#isRequests) this.#owner.onOtherAnswer(bytes, position, end, at)
        return end
      }
      this.#first = seenAt(at)
      passing.begin(position)
      const headEnd = passing.scan(bytes, position, end)
      this.#scanner = passing
      if (headEnd >= 0) return this.#begin(bytes.toString('latin1', position, headEnd), headEnd, at)
      this.#scanner = passing.moved(-position)
      this.#keep(bytes, position, end)
      return end
    }
    const before = this.#keptBytes
    this.#keep(bytes, position, Math.min(end, position + HEAD_BYTES - before))
    const headEnd = this.#scanner.scan(this.#kept, before, this.#keptBytes)
    if (headEnd >= 0) return this.#begin(this.#kept.toString('latin1', 0, headEnd), position + headEnd - before, at)
    if (this.#keptBytes >= HEAD_BYTES) this.#tooLarge(at)
    return end
  }

  #tooLarge(at: Moment): void {
    this.#begin(this.#kept.toString('latin1', 0, this.#keptBytes), 0, at, ['head-too-large'])
    this.isOver = true
  }

  #begin(text: string, headEnd: number, at: Moment, ambiguities: HttpAmbiguity[] = []): number {
    this.#scanner.addAmbiguities(ambiguities)
    const first = this.#first!
    this.#forgetHead()
    const message = this.#isRequests
      ? this.#owner.onRequest(text, ambiguities, first, at)
      : this.#owner.onResponse(text, ambiguities, first, at)
    if (message === undefined) {
      this.isOver = true
      return headEnd
    }
    this.#message = message
    this.#left = message.framing === 'length' ? message.contentLength : 0
    this.#chunks = message.framing === 'chunked' ? new ChunkScanner((fault) => message.note(fault)) : undefined
    if (message.framing === 'none') this.#endMessage(true, at)
    return headEnd
  }

  #body(bytes: Buffer, start: number, end: number, at: Moment): number {
    const message = this.#message!
    message.touch(at)
    if (this.#chunks !== undefined) return this.#chunked(message, this.#chunks, bytes, start, end, at)
    const taken = message.framing === 'until-close' ? end - start : Math.min(this.#left, end - start)
    message.bodyBytes += taken
    this.#left -= taken
    if (message.framing === 'length' && this.#left === 0) this.#endMessage(true, at)
    return start + taken
  }

  #chunked(
    message: RequestState | ResponseState,
    chunks: ChunkScanner,
    bytes: Buffer,
    start: number,
    end: number,
    at: Moment,
  ): number {
    const bodyEnd = chunks.feed(bytes, start, end)
    message.bodyBytes = chunks.dataBytes
    if (bodyEnd >= 0) {
      this.#endMessage(true, at)
      return bodyEnd
    }
    if (chunks.isBroken) {
      this.#endMessage(false, at)
      this.#isLost = true
    }
    return end
  }

  #endMessage(complete: boolean, at: Moment): void {
    const message = this.#message!
    message.complete = complete
    this.#message = undefined
    this.#chunks = undefined
    if (this.#isRequests) this.#owner.onRequestEnd()
    else this.#owner.onResponseEnd(at)
  }

  #mayBegin(bytes: Buffer, start: number, end: number): boolean {
    if (this.#isRequests) return TOKEN[bytes[start]] === 1
    const length = Math.min(STATUS_LINE.length, end - start)
    return bytes.compare(STATUS_LINE, 0, length, start, start + length) === 0
  }

  #keep(bytes: Buffer, start: number, end: number): void {
    const needed = this.#keptBytes + end - start
    if (this.#kept.length < needed) {
      const grown = Buffer.allocUnsafe(Math.max(FIRST_CAPACITY, needed, Math.min(this.#kept.length * 2, HEAD_BYTES)))
      this.#kept.copy(grown, 0, 0, this.#keptBytes)
      this.#kept = grown
    }
    bytes.copy(this.#kept, this.#keptBytes, start, end)
    this.#keptBytes = needed
  }

  #forgetHead(): void {
    this.#kept = NO_BYTES
    this.#keptBytes = 0
  }
}
