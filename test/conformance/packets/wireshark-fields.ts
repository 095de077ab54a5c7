import { ETHER_TYPE, LINK_TYPE, PROTOCOL, type Packet } from '#wire'

/** Which of several occurrences in a frame is the one of the packet that we show. */
type Occurrence = (packet: Packet) => number

export interface ComparedField {
  readonly ours: string
  readonly wireshark: string
  readonly occurrence: Occurrence
  /** When Wireshark says something else by design. */
  readonly compares: (packet: Packet) => boolean
}

const always = (): boolean => true

/** Packets around the one that is shown whose IP version, or whose protocol, is this one. */
function outerCount(packet: Packet, test: (start: number) => boolean): number {
  return packet.outerStarts.subarray(0, packet.tunnelDepth).filter((start) => test(start)).length
}

const ofVersion =
  (version: number): Occurrence =>
  (packet) =>
    outerCount(packet, (start) => packet.bytes[start] >> 4 === version)

/** Tunnels through UDP have a UDP header each; the last tunnels were through GRE as often as `greCount` says. */
const ofUdp: Occurrence = (packet) => {
  const throughUdp = packet.tunnelKinds.subarray(0, packet.tunnelDepth).filter((kind) => kind >= 5)
  return throughUdp.length
}
const first: Occurrence = () => 0

function fields(
  names: string,
  occurrence: Occurrence,
  compares: (packet: Packet) => boolean = always,
): ComparedField[] {
  return names
    .trim()
    .split(/\s+/)
    .map((pair) => {
      const [ours, wireshark = ours] = pair.split('=')
      return { ours, wireshark, occurrence, compares }
    })
}

/** An ICMP error makes Wireshark show the headers that it quotes as well. */
const quotesNothing = (packet: Packet): boolean => packet.quotedStart < 0

/** Of fragments, and of what fragments carry, Wireshark does not say how long the segment is. */
const isWhole = (packet: Packet): boolean => packet.fragment === 0 && packet.boundWireEnd <= packet.frameWireEnd

const isIpv4 = (packet: Packet): boolean => packet.ipVersion === 4
const isIpv6 = (packet: Packet): boolean => packet.ipVersion === 6

/** Our fields, and what Wireshark calls them. */
export const COMPARED_FIELDS: readonly ComparedField[] = [
  ...fields('frame.number', first),
  // Wireshark takes the byte that says the direction for no part of the frame.
  ...fields('frame.len frame.cap_len', first, ({ linkType }) => linkType !== LINK_TYPE.pppWithDirection),
  ...fields('eth.src eth.dst eth.type', first, ({ linkType }) => linkType === LINK_TYPE.ethernet),
  // The service tag of two has another name there.
  ...fields('vlan.id vlan.priority', first, ({ etherType }) => etherType === ETHER_TYPE.vlan),
  // There the version of a logged packet is read twice.
  ...fields(
    'ip.version',
    ({ tunnelDepth }) => tunnelDepth,
    ({ linkType }) => linkType !== LINK_TYPE.nflog,
  ),
  ...fields(
    'ip.src ip.dst ip.len ip.ttl ip.hdr_len ip.id ip.flags.df ip.flags.mf ip.frag_offset ip.proto ip.dsfield ip.dsfield.dscp ip.dsfield.ecn',
    ofVersion(4),
    isIpv4,
  ),
  ...fields(
    'ip.src=ipv6.src ip.dst=ipv6.dst ip.ttl=ipv6.hlim ip.dsfield=ipv6.tclass ip.dsfield.dscp=ipv6.tclass.dscp ip.dsfield.ecn=ipv6.tclass.ecn ipv6.flow ipv6.nxt',
    ofVersion(6),
    isIpv6,
  ),
  ...fields(
    `tcp.srcport tcp.dstport tcp.flags tcp.flags.fin tcp.flags.syn tcp.flags.reset tcp.flags.push tcp.flags.ack
     tcp.flags.urg tcp.flags.ece tcp.flags.cwr tcp.flags.ae tcp.seq=tcp.seq_raw tcp.ack=tcp.ack_raw
     tcp.window=tcp.window_size_value tcp.urgent_pointer tcp.hdr_len tcp.options
     tcp.options.mss=tcp.options.mss_val tcp.options.wscale=tcp.options.wscale.shift
     tcp.options.timestamp.tsval tcp.options.timestamp.tsecr`,
    first,
    quotesNothing,
  ),
  ...fields('tcp.len', first, (packet) => quotesNothing(packet) && isWhole(packet)),
  ...fields('udp.srcport udp.dstport udp.length', ofUdp, quotesNothing),
  ...fields('icmp.type icmp.code', first, (packet) => quotesNothing(packet) || packet.protocol === PROTOCOL.icmp),
  ...fields('icmpv6.type icmpv6.code', first, (packet) => quotesNothing(packet) || packet.protocol === PROTOCOL.icmpv6),
  ...fields('sctp.srcport sctp.dstport', first, quotesNothing),
  ...fields('arp.opcode arp.src.proto_ipv4 arp.dst.proto_ipv4', first),
]
