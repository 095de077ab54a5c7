import { HTTP2_FLAG, HTTP2_FRAME, type Http2FrameHead } from '#wire'
import type { Moment } from '../../flows/contract.ts'
import type { Seen } from '../contract.ts'
import { seenAt } from '../flow-sides.ts'

const PRIORITY_BYTES = 5
const PROMISED_BYTES = 4
const BLOCK_BYTES = 262_144
const NO_BYTES = Buffer.alloc(0)

/** The fields of a message, which may come in several frames: HEADERS or PUSH_PROMISE, then CONTINUATION. */
export class FieldBlock {
  stream = 0
  endsStream = false
  isPromise = false
  isWhole = false
  first: Seen = { frame: 0, timeNs: 0 }
  bytes: Buffer = NO_BYTES

  /** False when it is larger than any honest one. */
  add({ type, flags, stream }: Http2FrameHead, contents: Buffer, at: Moment): boolean {
    const isContinued = type === HTTP2_FRAME.continuation
    if (!isContinued) {
      this.stream = stream
      this.endsStream = type === HTTP2_FRAME.headers && (flags & HTTP2_FLAG.endStream) !== 0
      this.isPromise = type === HTTP2_FRAME.pushPromise
      this.first = seenAt(at)
      this.bytes = NO_BYTES
    }
    const fragment = isContinued ? contents : fragmentOf(type, flags, contents)
    if (this.bytes.length + fragment.length > BLOCK_BYTES) return false
    this.bytes = Buffer.concat([this.bytes, fragment])
    this.isWhole = (flags & HTTP2_FLAG.endHeaders) !== 0
    return true
  }
}

/** Without padding, priority and the number of the promised stream (RFC 9113 sections 6.2 and 6.6). */
function fragmentOf(type: number, flags: number, contents: Buffer): Buffer {
  const isPadded = (flags & HTTP2_FLAG.padded) !== 0
  const start =
    (isPadded ? 1 : 0) +
    (type === HTTP2_FRAME.pushPromise ? PROMISED_BYTES : (flags & HTTP2_FLAG.priority) !== 0 ? PRIORITY_BYTES : 0)
  const end = contents.length - (isPadded && contents.length > 0 ? contents[0] : 0)
  return contents.subarray(Math.min(start, contents.length), Math.max(start, end))
}
