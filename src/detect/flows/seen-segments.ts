import type { Packet } from '#wire'
import type { Segment } from './segment.ts'

/** Few enough to stay in the processor's caches. */
const ENTRIES = 1 << 11
const ENTRY_WORDS = 8
const ENTRY = { side: 0, sequence: 1, length: 2, content: 3, check: 4, timeMicros: 5 } as const
const PLACE_SHIFT = 21
const DIGEST_BYTES = 16
const NEAR_BYTES = 512
const MIX = { side: 0x9e37_79b1, place: 0x85eb_ca6b, digest: 0x0100_0193 } as const
const NANOSECONDS_A_MICRO = 1000

/**
 * How long after the first a frame may come that shows the same packet. Without a running IP id a sender may send the same
 * again on purpose.
 */
const DUPLICATE_MICROS = { identified: 50_000, unidentified: 100 } as const

export const SEEN = { new: 0, duplicate: 1, conflict: 2 } as const
export type Seen = (typeof SEEN)[keyof typeof SEEN]

/**
 * Remembers the last segments of all flows: to know a frame that was captured twice, and a segment that is sent again with
 * other bytes. Each segment has one place among few, where the next one may overwrite it.
 */
export class SeenSegments {
  readonly #entries = new Int32Array(ENTRIES * ENTRY_WORDS)
  #sawDuplicate = false

  /** Compares a segment of the direction with number `side`, above 0, with what was seen, and remembers it. */
  note(packet: Packet, side: number, segment: Segment): Seen {
    const { sequence, payloadBytes, ipId } = segment
    // Captures that have packets twice have SYNs and data twice; without an IP id nothing tells an acknowledgement from the next.
    if (payloadBytes === 0 && (ipId <= 0 || (!this.#sawDuplicate && segment.end === sequence))) return SEEN.new
    const entries = this.#entries
    const at = (Math.imul(sequence ^ Math.imul(side, MIX.side), MIX.place) >>> PLACE_SHIFT) * ENTRY_WORDS
    const check = checkWord(packet, segment)
    const content = payloadBytes === 0 ? 0 : contentWord(packet)
    // The lower 32 bits: differences within half an hour are exact.
    const micros = (segment.timeNs / NANOSECONDS_A_MICRO) | 0
    let seen: Seen = SEEN.new
    const isSame = entries[at + ENTRY.side] === side && entries[at + ENTRY.sequence] === sequence
    if (isSame && entries[at + ENTRY.length] === payloadBytes) {
      const waited = (micros - entries[at + ENTRY.timeMicros]) | 0
      if (entries[at + ENTRY.content] !== content) seen = SEEN.conflict
      else if (entries[at + ENTRY.check] === check && isSoon(waited, ipId)) seen = SEEN.duplicate
    }
    if (seen === SEEN.duplicate) this.#sawDuplicate = true
    entries[at + ENTRY.side] = side
    entries[at + ENTRY.sequence] = sequence
    entries[at + ENTRY.length] = payloadBytes
    entries[at + ENTRY.content] = content
    entries[at + ENTRY.check] = check
    entries[at + ENTRY.timeMicros] = micros
    return seen
  }
}

function isSoon(waitedMicros: number, ipId: number): boolean {
  return waitedMicros >= 0 && waitedMicros <= (ipId > 0 ? DUPLICATE_MICROS.identified : DUPLICATE_MICROS.unidentified)
}

/** IP id, TCP checksum and acknowledgement: what differs when a sender sends again. */
function checkWord(packet: Packet, { ipId, acknowledgement, control }: Segment): number {
  const word = ((ipId + 1) << 16) | packet.uint16(packet.transportStart + 16)
  return word ^ Math.imul(acknowledgement, MIX.side) ^ (control << 8)
}

/** Of the first bytes that were captured, and of the last ones when they are not far: fetching them takes time. */
function contentWord({ bytes, payloadStart, payloadEnd }: Packet): number {
  const sizeBytes = payloadEnd - payloadStart
  if (sizeBytes < DIGEST_BYTES) return digestOfFew(bytes, payloadStart, payloadEnd)
  if (sizeBytes > NEAR_BYTES) return digest(bytes, payloadStart)
  return digest(bytes, payloadStart) ^ Math.imul(digest(bytes, payloadEnd - DIGEST_BYTES), MIX.side)
}

function digest(bytes: Buffer, start: number): number {
  let hash = 0
  for (let at = start; at < start + DIGEST_BYTES; at += 4) {
    const word = bytes[at] | (bytes[at + 1] << 8) | (bytes[at + 2] << 16) | (bytes[at + 3] << 24)
    hash = Math.imul(hash ^ word, MIX.digest)
  }
  return hash
}

function digestOfFew(bytes: Buffer, start: number, end: number): number {
  let hash = end - start
  for (let at = start; at < end; at++) hash = Math.imul(hash ^ bytes[at], MIX.digest)
  return hash
}
