import { findTcpOption, type Packet, TCP_OPTION } from '#wire'

/** Bits of the TCP flags field (RFC 9293 section 3.1). */
export const CONTROL = { fin: 1, syn: 2, reset: 4, push: 8, ack: 16 } as const

const MSS_BYTES = 4
const SCALE_BYTES = 3
const SACK_PERMITTED_BYTES = 2
const TIMESTAMP_BYTES = 10
const FAST_OPEN_BYTES = 2
/** A shift above this counts as this (RFC 7323 section 2.3). */
const LARGEST_SCALE = 14

/** One TCP segment as the analysis needs it. One object is filled anew for each packet. */
export class Segment {
  frame = 0
  timeNs = 0
  /** Sequence numbers are signed 32-bit integers: their differences wrap by themselves. */
  sequence = 0
  acknowledgement = 0
  /** Length of the IP packet on the wire. */
  ipBytes = 0
  /** Payload on the wire. */
  payloadBytes = 0
  /** As it stands in the header. */
  window = 0
  control = 0
  /** Behind the payload, and behind SYN and FIN, which count as a byte each. */
  end = 0
  timeToLive = 0
  /** -1 over IPv6. */
  ipId = 0

  read(packet: Packet, timeNs: number): void {
    const at = packet.transportStart
    const { bytes } = packet
    this.frame = packet.frameNumber
    this.timeNs = timeNs
    this.sequence = (bytes[at + 4] << 24) | (bytes[at + 5] << 16) | (bytes[at + 6] << 8) | bytes[at + 7]
    this.acknowledgement = (bytes[at + 8] << 24) | (bytes[at + 9] << 16) | (bytes[at + 10] << 8) | bytes[at + 11]
    this.control = bytes[at + 13]
    this.window = (bytes[at + 14] << 8) | bytes[at + 15]
    this.payloadBytes = packet.payloadBytes
    const { control } = this
    const counted = this.payloadBytes + ((control >> 1) & 1) + (control & 1)
    this.end = (this.sequence + counted) | 0
    const { ipStart } = packet
    this.ipBytes = packet.ipWireEnd - ipStart
    const isIpv4 = packet.ipVersion === 4
    this.timeToLive = bytes[ipStart + (isIpv4 ? 8 : 7)]
    this.ipId = isIpv4 ? (bytes[ipStart + 4] << 8) | bytes[ipStart + 5] : -1
  }
}

/** What a SYN offers. */
export interface SynOptions {
  /** 0 when it does not say. */
  readonly maximumSegmentBytes: number
  /** -1 when it does not say. */
  readonly windowScale: number
  readonly sackPermitted: boolean
  readonly timestamps: boolean
  /** Asks for TCP Fast Open with a cookie (RFC 7413). */
  readonly fastOpen: boolean
}

export function readSynOptions(packet: Packet): SynOptions {
  const mss = findTcpOption(packet, TCP_OPTION.maximumSegmentSize, MSS_BYTES)
  const scale = findTcpOption(packet, TCP_OPTION.windowScale, SCALE_BYTES)
  const fastOpen = findTcpOption(packet, TCP_OPTION.fastOpen, FAST_OPEN_BYTES)
  return {
    maximumSegmentBytes: mss < 0 ? 0 : packet.uint16(mss + 2),
    windowScale: scale < 0 ? -1 : Math.min(packet.bytes[scale + 2], LARGEST_SCALE),
    sackPermitted: findTcpOption(packet, TCP_OPTION.sackPermitted, SACK_PERMITTED_BYTES) >= 0,
    timestamps: findTcpOption(packet, TCP_OPTION.timestamps, TIMESTAMP_BYTES) >= 0,
    fastOpen: fastOpen >= 0 && packet.bytes[fastOpen + 1] > FAST_OPEN_BYTES,
  }
}
