import { COLUMNS } from './columns.ts'
import type { SampleRows } from './sample-ring.ts'

const WIDTH = COLUMNS.length
const place = (name: string): number => COLUMNS.findIndex((column) => column.name === name)
const SOURCE = place('source')
const SOURCE_PORT = place('sourcePort')

/** The answer to an opening has to travel there, and what follows it back. */
const ROUND_TRIP_MS = 80
/** Segments that follow an opening soon, of which one at least has to be among the samples. */
const FOLLOWING_SEGMENTS = 3
/** From this share of the openings on, most are of clients that hear the answers. */
const ANSWERED_SHARE = 0.5
const OPENINGS_LEAST = 10

/** Which openings were followed by segments of the same connection, and what that says about all. */
interface Handshakes {
  /** 1 for each row that was. */
  readonly followed: Uint8Array
  /** Most openings lead to connections, as when many people come; undefined while that cannot be told. */
  readonly areAnswered: boolean | undefined
}

/**
 * Looks for segments after openings: who invents its address never hears the answer, and has nothing to go on with. Only some
 * packets are samples, so that of the openings that were followed up only some are seen to be.
 */
export function followHandshakes(openings: SampleRows, segments: SampleRows): Handshakes {
  const lastSeenMs = new Map<number, number>()
  for (let row = 0; row < segments.size; row++) {
    lastSeenMs.set(keyOf(segments.rows, row * WIDTH), segments.samples[row].timeMs)
  }
  const followed = new Uint8Array(openings.size)
  const newestMs = Math.max(openings.lastMs, segments.lastMs)
  let [old, oldFollowed] = [0, 0]
  for (let row = 0; row < openings.size; row++) {
    const openedMs = openings.samples[row].timeMs
    followed[row] = Number((lastSeenMs.get(keyOf(openings.rows, row * WIDTH)) ?? 0) > openedMs)
    if (newestMs - openedMs < ROUND_TRIP_MS) continue
    old++
    oldFollowed += followed[row]
  }
  const seenShare = 1 - (1 - 1 / Math.max(openings.weight, segments.weight)) ** FOLLOWING_SEGMENTS
  const areAnswered = old < OPENINGS_LEAST ? undefined : oldFollowed >= old * seenShare * ANSWERED_SHARE
  return { followed, areAnswered }
}

function keyOf(rows: Float64Array, at: number): number {
  return rows[at + SOURCE] * 0x1_0000 + rows[at + SOURCE_PORT]
}
