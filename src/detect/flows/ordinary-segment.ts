import { SIDE, SIDE_BIT, SIDE_TIME } from './flow-layout.ts'
import type { RowPool } from './row-pool.ts'
import { CONTROL, type Segment } from './segment.ts'
import { TROUBLE } from './trouble-layout.ts'
import type { TroubleRows } from './trouble-rows.ts'

const SETTLED_SIDE =
  SIDE_BIT.hasBase |
  SIDE_BIT.hasNext |
  SIDE_BIT.hasContiguous |
  SIDE_BIT.hasAck |
  SIDE_BIT.hasEdge |
  SIDE_BIT.acknowledged
const SETTLED_OTHER = SIDE_BIT.hasBase | SIDE_BIT.hasContiguous | SIDE_BIT.hasEdge | SIDE_BIT.hasAck

/**
 * Takes a segment about which there is nothing to say, as nearly all are: it stands where the next one is due, brings new
 * bytes or acknowledges new ones, all of them captured, and windows are open. It does in one step what `LossAnalysis` and
 * `FlagAnalysis` would do; false, with everything as it was, when they have to look.
 */
export function takeOrdinary(
  flows: RowPool,
  trouble: TroubleRows,
  side: number,
  other: number,
  segment: Segment,
): boolean {
  const { ints, words, doubles } = flows
  const { sequence, acknowledgement, payloadBytes, window, end } = segment
  if ((segment.control & ~CONTROL.push) !== CONTROL.ack || window === 0) return false
  if ((words[side + SIDE.bits] & SETTLED_SIDE) !== SETTLED_SIDE || sequence !== ints[side + SIDE.nextSequence])
    return false
  if ((words[other + SIDE.bits] & SETTLED_OTHER) !== SETTLED_OTHER) return false
  const isNewAck = acknowledgement !== ints[side + SIDE.lastAck]
  if (payloadBytes === 0 && !isNewAck) return false
  if (((acknowledgement - ints[other + SIDE.contiguousSequence]) | 0) > 0) return false
  if (((acknowledgement - ints[other + SIDE.edge]) | 0) > 0) return false
  const troubled = words[other + SIDE.trouble]
  if (troubled !== 0 && trouble.words[troubled - 1 + TROUBLE.gapCount] > 0) return false
  if (payloadBytes > 0) {
    const scale = words[other + SIDE.scale]
    const roomEnd = (ints[other + SIDE.lastAck] + (words[other + SIDE.window] << Math.max(0, scale - 1))) | 0
    if (words[other + SIDE.window] === 0 || end === roomEnd || sequence !== ints[side + SIDE.edge]) return false
    if (((end - ints[other + SIDE.lastAck]) | 0) <= 0) return false
    if (sequence === ints[side + SIDE.contiguousSequence]) ints[side + SIDE.contiguousSequence] = end
    ints[side + SIDE.nextSequence] = end
    ints[side + SIDE.edge] = end
    doubles[(side >> 1) + SIDE_TIME.nextSequence] = segment.timeNs
  }
  if (isNewAck) words[side + SIDE.duplicateAcks] = 0
  words[side + SIDE.window] = window
  ints[side + SIDE.lastAck] = acknowledgement
  doubles[(side >> 1) + SIDE_TIME.lastAck] = segment.timeNs
  words[side + SIDE.lastFlags] = 0
  return true
}
