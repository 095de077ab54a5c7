import type { Direction, Moment } from './contract.ts'
import { FLOW, SIDE, SIDE_BIT, SIDE_TIME } from './flow-layout.ts'
import type { FlowReaders } from './flow-readers.ts'
import type { RowPool } from './row-pool.ts'
import type { Segment } from './segment.ts'
import type { StreamOrder } from './stream-order.ts'

/** Sequence numbers further apart than half of their range could not be compared. */
const PASSING_BYTES = 2 ** 30
const NOT_GIVEN = SIDE_BIT.unread | SIDE_BIT.passing

/**
 * Lets bytes of streams pass that their readers need not see: bodies, sealed records, directions that nobody reads. The
 * flow's row alone tells which: the objects of a reader lie apart from one another, and would have to be fetched from
 * memory for every segment. A reader learns of all that passed at once, before anything else comes.
 *
 * Bytes pass as long as segments are ordinary, so that what is next in the row is where the reader stands.
 */
export class StreamPassing {
  readonly #flows: RowPool
  readonly #readers: FlowReaders
  readonly #last: { -readonly [Key in keyof Moment]: Moment[Key] } = { frame: 0, timeNs: 0 }

  constructor(flows: RowPool, readers: FlowReaders) {
    this.#flows = flows
    this.#readers = readers
  }

  /** True when nobody needs to see the payload of a segment; `isWhole` says that all of it was captured. */
  takes(row: number, direction: Direction, side: number, segment: Segment, isWhole: boolean): boolean {
    const { words, ints } = this.#flows
    const bits = words[side + SIDE.bits]
    if ((bits & NOT_GIVEN) === 0) return false
    if (bits & SIDE_BIT.unread) return true
    if (isWhole && ((segment.end - ints[row + FLOW.passEnds + direction]) | 0) <= 0) return true
    this.#tell(row, direction, side, segment.sequence)
    return false
  }

  /** Asks the reader of a flow, which has just been given bytes, what it needs to see of those that follow. */
  allow(row: number, direction: Direction, side: number, stream: StreamOrder): void {
    const { words, ints } = this.#flows
    if (stream.isUnread(direction)) {
      words[side + SIDE.bits] |= SIDE_BIT.unread
      return
    }
    const due = ints[side + SIDE.nextSequence]
    const sizeBytes = stream.passable(direction, due)
    if (sizeBytes <= 0) return
    words[side + SIDE.bits] |= SIDE_BIT.passing
    ints[row + FLOW.passEnds + direction] = (due + Math.min(sizeBytes, PASSING_BYTES)) | 0
  }

  /** Ends the passing of a direction: a segment comes that is not ordinary, or the flow is over. */
  settle(row: number, direction: Direction, side: number): void {
    const { words, ints } = this.#flows
    if (words[side + SIDE.bits] & SIDE_BIT.passing) this.#tell(row, direction, side, ints[side + SIDE.nextSequence])
  }

  /** Tells the reader of what passed, up to `due`. */
  #tell(row: number, direction: Direction, side: number, due: number): void {
    const { words, doubles } = this.#flows
    words[side + SIDE.bits] &= ~SIDE_BIT.passing
    const last = this.#last
    last.frame = words[side + SIDE.lastPayloadFrame]
    last.timeNs = doubles[(side >> 1) + SIDE_TIME.nextSequence]
    this.#readers.stream(words[row + FLOW.reader])?.pass(direction, due, last)
  }
}
