import type { Moment } from './contract.ts'

/** Bytes that wait for a gap to be filled: of one direction, and of all streams. */
const DIRECTION_BYTES = 1_048_576
const DIRECTION_SEGMENTS = 1024
const TOTAL_BYTES = 33_554_432

/** Room that all streams share for what came too early. */
export class WaitingRoom {
  usedBytes = 0

  get isFull(): boolean {
    return this.usedBytes >= TOTAL_BYTES
  }
}

/** Payload of one segment: the bytes from `start` up to `end`. */
export interface StreamPiece {
  readonly sequence: number
  readonly bytes: Buffer
  readonly start: number
  readonly end: number
  /** What it had before the capture cut it. */
  readonly wireBytes: number
}

/** A copy of a segment, and when it came. */
export interface WaitingSegment extends Moment {
  readonly sequence: number
  readonly piece: StreamPiece
}

/** Segments of one direction that came too early, in the order of their sequence numbers. */
export class WaitingSegments {
  readonly #room: WaitingRoom
  readonly #segments: WaitingSegment[] = []
  #bytes = 0

  constructor(room: WaitingRoom) {
    this.#room = room
  }

  get first(): WaitingSegment | undefined {
    return this.#segments[0]
  }

  /** What is missing is waited for no longer. */
  get isTooMuch(): boolean {
    return this.#bytes > DIRECTION_BYTES || this.#segments.length > DIRECTION_SEGMENTS || this.#room.isFull
  }

  /** Keeps a copy of a piece, unless one with as much of the same is there. */
  insert({ sequence, bytes, start, end, wireBytes }: StreamPiece, { frame, timeNs }: Moment): void {
    const segments = this.#segments
    let index = segments.length
    while (index > 0 && ((segments[index - 1].sequence - sequence) | 0) > 0) index--
    const before = segments[index - 1]
    if (before?.sequence === sequence && before.piece.wireBytes >= wireBytes) return
    const copy = Buffer.from(bytes.subarray(start, end))
    const piece = { sequence, bytes: copy, start: 0, end: copy.length, wireBytes }
    segments.splice(index, 0, { sequence, piece, frame, timeNs })
    this.#count(copy.length)
  }

  shift(): void {
    const segment = this.#segments.shift()
    if (segment !== undefined) this.#count(-segment.piece.end)
  }

  clear(): void {
    this.#segments.length = 0
    this.#count(-this.#bytes)
  }

  #count(bytes: number): void {
    this.#bytes += bytes
    this.#room.usedBytes += bytes
  }
}
