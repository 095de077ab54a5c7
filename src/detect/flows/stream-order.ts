import type { Direction, FlowEnds, Moment, StreamDissector, StreamEnd } from './contract.ts'
import { type StreamPiece, type WaitingRoom, WaitingSegments } from './waiting-segments.ts'

/** Bits of a direction's state; the server's stand `SERVER_SHIFT` higher. */
const STATE = { started: 1, unwanted: 2 } as const
const SERVER_SHIFT = 2
const ALL_UNWANTED = STATE.unwanted | (STATE.unwanted << SERVER_SHIFT)

/**
 * Brings the segments of one TCP flow into their order for who reads them: each byte once, the first copy that came. What
 * comes too early waits, in bounded room; what will not come is told as a gap.
 *
 * Most segments come in order: what they need is in this one object, since each further one would have to be fetched from
 * memory for every packet of another flow.
 */
export class StreamOrder {
  readonly ends: FlowEnds
  readonly dissector: StreamDissector
  readonly #room: WaitingRoom
  #state = 0
  /** What is due next of each direction. */
  #clientDue = 0
  #serverDue = 0
  #isOver = false
  #clientWaiting: WaitingSegments | undefined = undefined
  #serverWaiting: WaitingSegments | undefined = undefined

  constructor(ends: FlowEnds, dissector: StreamDissector, room: WaitingRoom) {
    this.ends = ends
    this.dissector = dissector
    this.#room = room
  }

  get isWanted(): boolean {
    return !this.#isOver && (this.#state & ALL_UNWANTED) !== ALL_UNWANTED
  }

  /** True when no more is wanted of a direction. */
  isUnread(direction: Direction): boolean {
    return this.#isOver || this.#has(direction, STATE.unwanted)
  }

  /** How many bytes behind `sequence` need not be given, which is 0 when others are due. */
  passable(direction: Direction, sequence: number): number {
    if (this.#due(direction) !== sequence || this.#waiting(direction) !== undefined) return 0
    return this.dissector.passable?.(direction) ?? 0
  }

  /** The bytes up to `sequence` came, which need not be given. */
  pass(direction: Direction, sequence: number, at: Moment): void {
    const sizeBytes = (sequence - this.#due(direction)) | 0
    this.#setDue(direction, sequence)
    if (sizeBytes > 0) this.dissector.pass?.(direction, sizeBytes, at)
  }

  #has(direction: Direction, bit: number): boolean {
    return (this.#state & (direction === 0 ? bit : bit << SERVER_SHIFT)) !== 0
  }

  #set(direction: Direction, bit: number): void {
    this.#state |= direction === 0 ? bit : bit << SERVER_SHIFT
  }

  #due(direction: Direction): number {
    return direction === 0 ? this.#clientDue : this.#serverDue
  }

  #setDue(direction: Direction, sequence: number): void {
    if (direction === 0) this.#clientDue = sequence
    else this.#serverDue = sequence
  }

  #waiting(direction: Direction): WaitingSegments | undefined {
    return direction === 0 ? this.#clientWaiting : this.#serverWaiting
  }

  /** A direction begins behind a SYN that was seen. */
  begin(direction: Direction, sequence: number): void {
    if (this.#has(direction, STATE.started)) return
    this.#set(direction, STATE.started)
    this.#setDue(direction, sequence)
  }

  /** Takes the payload of a segment. `acknowledged` is up to where the other side has this direction, if that is known. */
  push(direction: Direction, piece: StreamPiece, acknowledged: number | undefined, at: Moment): void {
    if (this.#isOver || this.#has(direction, STATE.unwanted)) return
    if (!this.#has(direction, STATE.started)) {
      this.begin(direction, piece.sequence)
      if (!this.#gap(direction, 0, at)) return
    }
    const offset = (piece.sequence - this.#due(direction)) | 0
    if (offset > 0) {
      this.#keep(direction, piece, acknowledged, at)
      return
    }
    this.#take(direction, piece, offset, at)
    if (this.#waiting(direction) !== undefined) this.#drain(direction)
  }

  #take(direction: Direction, piece: StreamPiece, offset: number, at: Moment): void {
    const { bytes, start, end, wireBytes } = piece
    if (wireBytes + offset <= 0) return
    const from = Math.min(start - offset, end)
    this.#setDue(direction, (piece.sequence + wireBytes) | 0)
    if (from < end && !this.dissector.data(direction, bytes, from, end, at)) {
      this.#drop(direction)
      return
    }
    const cutBytes = wireBytes - Math.max(end - start, -offset)
    if (cutBytes > 0) this.#gap(direction, cutBytes, at)
  }

  #gap(direction: Direction, sizeBytes: number, at: Moment): boolean {
    if (this.dissector.gap(direction, sizeBytes, at)) return true
    this.#drop(direction)
    return false
  }

  #drop(direction: Direction): void {
    this.#set(direction, STATE.unwanted)
    this.#waiting(direction)?.clear()
    this.#setWaiting(direction, undefined)
  }

  #setWaiting(direction: Direction, waiting: WaitingSegments | undefined): void {
    if (direction === 0) this.#clientWaiting = waiting
    else this.#serverWaiting = waiting
  }

  #keep(direction: Direction, piece: StreamPiece, acknowledged: number | undefined, at: Moment): void {
    let waiting = this.#waiting(direction)
    if (waiting === undefined) {
      waiting = new WaitingSegments(this.#room)
      this.#setWaiting(direction, waiting)
    }
    waiting.insert(piece, at)
    while (!this.#has(direction, STATE.unwanted)) {
      const { first } = waiting
      if (first === undefined) return
      // What the receiver has and the capture has not will hardly come.
      const isLost = acknowledged !== undefined && ((acknowledged - first.sequence) | 0) >= 0
      if (!isLost && !waiting.isTooMuch) return
      this.#skipToWaiting(direction, waiting, at)
    }
  }

  #skipToWaiting(direction: Direction, waiting: WaitingSegments, at: Moment): void {
    const { first } = waiting
    if (first === undefined) return
    const missingBytes = (first.sequence - this.#due(direction)) | 0
    this.#setDue(direction, first.sequence)
    if (this.#gap(direction, missingBytes, at)) this.#drain(direction)
  }

  /** Gives out what waits for nothing any more. */
  #drain(direction: Direction): void {
    const waiting = this.#waiting(direction)
    while (waiting !== undefined && !this.#has(direction, STATE.unwanted)) {
      const { first } = waiting
      if (first === undefined) {
        this.#setWaiting(direction, undefined)
        return
      }
      const offset = (first.piece.sequence - this.#due(direction)) | 0
      if (offset > 0) return
      waiting.shift()
      this.#take(direction, first.piece, offset, first)
    }
  }

  /** True when all bytes of a direction up to `sequence` were given out, or are wanted no more. */
  isComplete(direction: Direction, sequence: number): boolean {
    if (!this.#has(direction, STATE.started) || this.#has(direction, STATE.unwanted)) return true
    return ((this.#due(direction) - sequence) | 0) >= 0
  }

  /** The stream is over: what waits is given out, with its gaps. */
  end(how: StreamEnd, by: Direction | undefined, at: Moment): void {
    if (this.#isOver) return
    for (const direction of [0, 1] as const) {
      for (let waiting = this.#waiting(direction); waiting?.first !== undefined; waiting = this.#waiting(direction)) {
        this.#skipToWaiting(direction, waiting, at)
      }
      this.#drop(direction)
    }
    this.#isOver = true
    this.dissector.end(how, by, at)
  }
}
