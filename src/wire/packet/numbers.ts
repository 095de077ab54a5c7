/** EtherTypes that lead on to an IP packet (IEEE 802 numbers). */
export const ETHER_TYPE = {
  ipv4: 0x0800,
  arp: 0x0806,
  transparentEthernet: 0x6558,
  vlan: 0x8100,
  ipv6: 0x86dd,
  ppp: 0x880b,
  mpls: 0x8847,
  mplsMulticast: 0x8848,
  pppoeSession: 0x8864,
  serviceVlan: 0x88a8,
  erspan2: 0x88be,
  erspan3: 0x22eb,
  /** What QinQ used before IEEE 802.1ad. */
  oldServiceVlan: 0x9100,
} as const

/** Below this the field of an Ethernet header is a length (IEEE 802.3). */
export const SMALLEST_ETHER_TYPE = 0x0600

/** Protocol numbers of IP (IANA). */
export const PROTOCOL = {
  hopByHop: 0,
  icmp: 1,
  ipv4: 4,
  tcp: 6,
  udp: 17,
  ipv6: 41,
  routing: 43,
  fragment: 44,
  gre: 47,
  authentication: 51,
  icmpv6: 58,
  noNext: 59,
  destinationOptions: 60,
  sctp: 132,
  udpLite: 136,
} as const
