/**
 * What an analysis of one TCP segment can say, one bit each. The names are the last words of Wireshark's
 * `tcp.analysis.*`, the values ours.
 */
export const TCP_FLAG = {
  /** Sent again, for whatever reason. */
  retransmission: 1 << 0,
  /** And that at once, because the receiver repeated its acknowledgement. */
  fast_retransmission: 1 << 1,
  /** And that although the receiver had acknowledged all of it. */
  spurious_retransmission: 1 << 2,
  /** Below the highest sequence number, and too soon behind it to be sent again. */
  out_of_order: 1 << 3,
  /** What stands between this segment and the one before it is not in the capture. */
  lost_segment: 1 << 4,
  /** Acknowledges what is not in the capture: the capture lost it, and not the network. */
  ack_lost_segment: 1 << 5,
  duplicate_ack: 1 << 6,
  /** The receiver takes nothing more. */
  zero_window: 1 << 7,
  zero_window_probe: 1 << 8,
  zero_window_probe_ack: 1 << 9,
  /** The segment fills what the receiver said it would take. */
  window_full: 1 << 10,
  window_update: 1 << 11,
  keep_alive: 1 << 12,
  keep_alive_ack: 1 << 13,
  /** A connection begins between ports that had one before. */
  reused_ports: 1 << 14,
  /** SYN that asks for TCP Fast Open with a cookie, what accepts its data, and what does not. */
  tfo_syn: 1 << 15,
  tfo_ack: 1 << 16,
  tfo_ignored: 1 << 17,
} as const

export type TcpFlag = keyof typeof TCP_FLAG

/** In the order of their bits. */
export const TCP_FLAGS: readonly TcpFlag[] = Object.keys(TCP_FLAG) as TcpFlag[]

/** The names of the bits that are set. */
export function tcpFlagNames(bits: number): TcpFlag[] {
  return TCP_FLAGS.filter((name) => (bits & TCP_FLAG[name]) !== 0)
}
