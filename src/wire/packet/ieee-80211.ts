import { followLlc, linkCut } from './ether-type.ts'
import { FAULT } from './fault.ts'
import type { PacketParts } from './packet-parts.ts'

const DATA_TYPE = 2
const SUBTYPE = { noData: 0x4, qualityOfService: 0x8 } as const
/** Bits of the second byte of frame control (IEEE 802.11 section 9.2.4.1). */
const CONTROL = { toDistribution: 0x01, fromDistribution: 0x02, encrypted: 0x40, order: 0x80 } as const
const HEADER_BYTES = 24
const ADDRESS_BYTES = 6
const QUALITY_BYTES = 2
const HIGH_THROUGHPUT_BYTES = 4
/** The payload is several frames, each with a head of its own. */
const AGGREGATED = 0x80
const AGGREGATE_HEAD_BYTES = 14

/** A frame of IEEE 802.11. Only data that is not encrypted, and begins in this frame, leads on; of an aggregate the first. */
export function ieee80211(packet: PacketParts, at: number): void {
  readFrame(packet, at, false)
}

function readFrame(packet: PacketParts, at: number, isPadded: boolean): void {
  const { bytes, boundEnd } = packet
  if (at + HEADER_BYTES > boundEnd) {
    // Control frames are shorter than data frames.
    if (at < boundEnd && ((bytes[at] >> 2) & 3) === DATA_TYPE) linkCut(packet, at + HEADER_BYTES)
    return
  }
  const type = (bytes[at] >> 2) & 3
  const subtype = bytes[at] >> 4
  const control = bytes[at + 1]
  const fragmentNumber = bytes[at + 22] & 15
  if (type !== DATA_TYPE || subtype & SUBTYPE.noData || control & CONTROL.encrypted || fragmentNumber > 0) return
  const hasFourAddresses = (control & CONTROL.toDistribution) !== 0 && (control & CONTROL.fromDistribution) !== 0
  let headerBytes = HEADER_BYTES + (hasFourAddresses ? ADDRESS_BYTES : 0)
  let isAggregate = false
  if (subtype & SUBTYPE.qualityOfService) {
    isAggregate = at + headerBytes < boundEnd && (bytes[at + headerBytes] & AGGREGATED) !== 0
    headerBytes += QUALITY_BYTES + (control & CONTROL.order ? HIGH_THROUGHPUT_BYTES : 0)
  }
  if (isPadded) headerBytes = (headerBytes + 3) & ~3
  followLlc(packet, at + headerBytes + (isAggregate ? AGGREGATE_HEAD_BYTES : 0))
}

const RADIOTAP_BYTES = 8
const PRESENT = { clock: 1 << 0, flags: 1 << 1, more: 1 << 31 } as const
const CLOCK_BYTES = 8
const FLAG = { checkSequence: 0x10, padded: 0x20 } as const
const CHECK_SEQUENCE_BYTES = 4
// Each word says whether one more follows.
const PRESENT_WORDS = 32

/** What a receiver said about a frame of IEEE 802.11, then the frame (radiotap.org). */
export function radiotap(packet: PacketParts, at: number): void {
  const { bytes, boundEnd } = packet
  if (at + RADIOTAP_BYTES > boundEnd) {
    linkCut(packet, at + RADIOTAP_BYTES)
    return
  }
  const headerBytes = bytes[at + 2] | (bytes[at + 3] << 8)
  if (headerBytes < RADIOTAP_BYTES) {
    packet.faults |= FAULT.linkCut
    return
  }
  const flags = radiotapFlags(packet, at)
  if (flags & FLAG.checkSequence) {
    packet.boundWireEnd -= CHECK_SEQUENCE_BYTES
    packet.boundEnd = Math.min(packet.boundEnd, packet.boundWireEnd)
  }
  readFrame(packet, at + headerBytes, (flags & FLAG.padded) !== 0)
}

function radiotapFlags({ bytes, boundEnd }: PacketParts, at: number): number {
  const present = wordAt(bytes, at + 4)
  if ((present & PRESENT.flags) === 0) return 0
  let fieldsAt = at + RADIOTAP_BYTES
  let word = present
  for (let words = 1; word & PRESENT.more && words < PRESENT_WORDS && fieldsAt + 4 <= boundEnd; words++) {
    word = wordAt(bytes, fieldsAt)
    fieldsAt += 4
  }
  // The clock stands first, at a multiple of its size from the start of the header.
  if (present & PRESENT.clock) fieldsAt = at + ((fieldsAt - at + CLOCK_BYTES - 1) & ~(CLOCK_BYTES - 1)) + CLOCK_BYTES
  return fieldsAt < boundEnd ? bytes[fieldsAt] : 0
}

function wordAt(bytes: Buffer, at: number): number {
  return bytes[at] | (bytes[at + 1] << 8) | (bytes[at + 2] << 16) | (bytes[at + 3] << 24)
}
