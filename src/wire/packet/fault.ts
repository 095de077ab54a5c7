/**
 * What can be wrong with the headers of a frame, one bit each. A frame with any of them but `snapped` is malformed: its
 * sender, or somebody on the way, made it so. `snapped` says that the capture kept too little of a frame.
 */
export const FAULT = {
  /** The capture ends inside a header that was whole on the wire. */
  snapped: 1 << 0,
  /** The link type is not one that can be read. */
  linkType: 1 << 1,
  /** The frame ends inside a header of the link layer. */
  linkCut: 1 << 2,
  /** More VLAN tags, MPLS labels or other shims than are followed. */
  linkDepth: 1 << 3,
  /** The frame ends inside an IP header. */
  ipCut: 1 << 4,
  /** The version of the IP header is not the one the link layer announced. */
  ipVersion: 1 << 5,
  /** An IPv4 header of fewer than 20 bytes. */
  ipHeaderLength: 1 << 6,
  /** The length in the IP header is below the header's own, or above what the frame holds. */
  ipLength: 1 << 7,
  /** The chain of IPv6 extension headers is cut off or has more than six. */
  ipv6Chain: 1 << 8,
  /** The IP packet ends inside the transport header. */
  transportCut: 1 << 9,
  /** A TCP data offset below 20 bytes, or beyond the packet. */
  tcpHeaderLength: 1 << 10,
  /** A TCP option with a length below two, or beyond the header. */
  tcpOption: 1 << 11,
  /** A UDP length below eight, or beyond the packet. */
  udpLength: 1 << 12,
} as const

export type PacketFault = keyof typeof FAULT

const NAMES = Object.keys(FAULT) as PacketFault[]

/** The names of the faults in `faults`. */
export function faultNames(faults: number): PacketFault[] {
  return NAMES.filter((name) => (faults & FAULT[name]) !== 0)
}
