/**
 * How much of a frame is read.
 *
 * `outer` is the view of programs in the kernel: eBPF at XDP and nftables at ingress read exactly this. Ethernet II with at
 * most two VLAN tags, then IP; whatever the packet carries inside is payload. An IP packet whose length contradicts its
 * frame has no transport header, since the kernel does not deliver it either; headers are looked for up to the end of the
 * frame.
 *
 * `deep` is the view of captures: shims of every kind and tunnels are followed and fields show the innermost IP packet.
 * Lengths of 0 are those of segments that the network card would have divided; headers end where their IP packet ends; a
 * port is known when its own bytes are there.
 */
export type PacketView = 'outer' | 'deep'

/** How many tunnels are followed into one another. */
export const TUNNEL_DEPTH_LIMIT = 8

/** Words of `addresses`: four of the source, then four of the destination. */
export const DESTINATION_WORD = 4
const ADDRESS_WORDS = 8

const NO_BYTES = Buffer.alloc(0)

/** Where the parts of a frame are. Offsets count from the start of `bytes`; -1 says that there is no such part. */
export class PacketParts {
  readonly view: PacketView

  bytes: Buffer = NO_BYTES
  linkType = 0
  /** The frame as captured, without its check sequence, stands from `frameStart` up to `frameEnd`. */
  frameStart = 0
  frameEnd = 0
  /** Where the frame ended on the wire. */
  frameWireEnd = 0
  /** Bits of `FAULT`. */
  faults = 0

  ethernetStart = -1
  /** The type field of the Ethernet header; -1 when there is none, or a length. */
  etherType = -1
  vlanCount = 0
  /** Tag control information of the outermost and of the next VLAN tag. */
  vlanTag = -1
  innerVlanTag = -1
  arpStart = -1

  /** 4, 6, or 0 when there is no IP header. */
  ipVersion = 0
  ipStart = -1
  /** With IPv4 options; with IPv6 extension headers as far as they were followed. */
  ipHeaderBytes = 0
  /** Where the captured bytes of the IP packet end, and where the packet ended on the wire. */
  ipEnd = 0
  ipWireEnd = 0
  /** What IP carries; -1 when that cannot be told. */
  protocol = -1
  /** 0 not a fragment (also an IPv6 "atomic fragment"), 1 the first, 2 a later one. */
  fragment = 0
  fragmentOffsetBytes = 0
  /** The first IPv6 fragment header; in the deep view the last. */
  fragmentHeaderStart = -1
  /** The first IPv6 routing header. */
  routingHeaderStart = -1
  extensionHeaderCount = 0
  /** A bit for each kind of `EXTENSION_HEADER` that was met. */
  extensionHeaders = 0
  /** Source, then destination, four words each; IPv4 mapped into ::ffff:0:0/96. Valid while `ipVersion` is not 0. */
  readonly addresses = new Uint32Array(ADDRESS_WORDS)

  /** Where the header behind IP begins; -1 for a later fragment, and when it cannot be told. */
  transportStart = -1
  /** `protocol` when its header is one that is read here, and whole; otherwise 0. */
  transport = 0
  sourcePort = -1
  destinationPort = -1
  /** As the data offset says. */
  tcpHeaderBytes = 0
  /** What the transport header carries, or all behind IP when that header is not read here. */
  payloadStart = -1
  payloadEnd = -1
  /** Length of the payload on the wire; -1 without one. */
  payloadBytes = -1
  /** The IP header that an ICMP error quotes. */
  quotedStart = -1

  /** How many IP packets are around the one that is shown. */
  tunnelDepth = 0
  /** Of each packet around: where its IP header begins, and the kind of tunnel, a number of `TUNNEL`. Outermost first. */
  readonly outerStarts = new Int32Array(TUNNEL_DEPTH_LIMIT)
  readonly tunnelKinds = new Uint8Array(TUNNEL_DEPTH_LIMIT)
  /** VNI, TEID or GRE key of the innermost tunnel; -1 when it has none. */
  tunnelId = -1
  /** The innermost GRE header. */
  greStart = -1

  /** What the layer at hand carries on: an EtherType, or 0, and where. */
  nextType = 0
  nextStart = 0
  /** Where the bytes of the layer at hand end, as captured and on the wire. */
  boundEnd = 0
  boundWireEnd = 0

  /** A reader of frames in one view. */
  constructor(view: PacketView) {
    this.view = view
  }
}
