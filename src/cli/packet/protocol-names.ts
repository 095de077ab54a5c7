/** Names of IP protocols that people know. */
export const PROTOCOL_NAMES: ReadonlyMap<number, string> = new Map([
  [1, 'icmp'],
  [6, 'tcp'],
  [17, 'udp'],
  [47, 'gre'],
  [58, 'icmpv6'],
  [132, 'sctp'],
])
