import type { IpAddress, Packet } from '#wire'
import type { FlowRecord } from './flow-record.ts'

/**
 * Who sent: 0 the client, that is who opened the flow, 1 the server. Of a flow whose beginning is not in the capture the
 * ports decide, and then who was seen first.
 */
export type Direction = 0 | 1

/** When and where something was seen. Dissectors are given one object, filled anew for each call. */
export interface Moment {
  /** Number of the frame in its capture, from 1. Of a datagram that came in fragments, the frame that made it whole. */
  readonly frame: number
  /** Nanoseconds since `FlowAnalyzer.originSeconds`; below 0 when a clock went backwards. */
  readonly timeNs: number
}

/** What tells a flow from all others. The object is the flow's own and stays valid. */
export interface FlowEnds {
  /** From 0 in the order of appearance; never used again, also when the same ports are. */
  readonly id: number
  /** A number of `PROTOCOL`. */
  readonly protocol: number
  readonly client: IpAddress
  /** Of ICMP and ICMPv6 echo the identifier, of protocols without ports 0; so is the server's. */
  readonly clientPort: number
  readonly server: IpAddress
  readonly serverPort: number
  /** VLAN of the outermost tag, or of the two outermost; absent without one. */
  readonly vlan: number | undefined
  readonly innerVlan: number | undefined
  /** The innermost tunnel, absent without one. `id` is the VNI of VXLAN and Geneve. */
  readonly tunnel: FlowTunnel | undefined
}

export interface FlowTunnel {
  readonly kind: 'ipip' | 'sixInFour' | 'gre' | 'erspan' | 'vxlan' | 'geneve' | 'gtpU'
  readonly id: number | undefined
  /** The addresses of the outermost packet, the lower one first; absent for VXLAN and Geneve, whose id is enough. */
  readonly ends: readonly [IpAddress, IpAddress] | undefined
}

/** How a stream ended: `timeout` that the flow was forgotten for want of room, `open` that the capture ended first. */
export type StreamEnd = 'fin' | 'reset' | 'timeout' | 'open'

/**
 * Reads one TCP flow. Bytes of each direction come in their order and each once; they are views of the frame, valid during
 * the call only: who keeps some copies them. Must not throw.
 */
export interface StreamDissector {
  /** Takes the bytes from `start` up to `end`. False when no more of this direction is wanted. */
  data(direction: Direction, bytes: Buffer, start: number, end: number, at: Moment): boolean
  /**
   * Bytes of this direction that will not come: lost by the capture, cut off by its snap length, or before its beginning
   * when `sizeBytes` is 0. False when no more of this direction is wanted.
   */
  gap(direction: Direction, sizeBytes: number, at: Moment): boolean
  /**
   * How many of the bytes that come next of this direction need not be given: of them nothing counts but how many there
   * are. They may be given all the same, and most must be when they do not come in order. Absent: all are wanted.
   */
  passable?(direction: Direction): number
  /** So many bytes came of those that `passable` offered, the last of them at this moment, or before what is given next. */
  pass?(direction: Direction, sizeBytes: number, at: Moment): void
  /** The flow is over, `by` whom where that is known. Called once. */
  end(how: StreamEnd, by: Direction | undefined, at: Moment): void
}

/** Reads the datagrams of one UDP flow. */
export interface DatagramDissector {
  /**
   * Takes the payload from `start` up to `end`, which had `wireBytes` bytes before the capture cut it. False when no more
   * of the flow is wanted.
   */
  datagram(direction: Direction, bytes: Buffer, start: number, end: number, wireBytes: number, at: Moment): boolean
  /** No more datagrams will come. Called once. */
  end(how: StreamEnd, at: Moment): void
}

/** Makes what reads the payload of flows. Each is asked once a flow, when its first payload comes; undefined is "nobody". */
export interface DissectorFactory {
  stream(flow: FlowEnds): StreamDissector | undefined
  datagram(flow: FlowEnds): DatagramDissector | undefined
}

/** What the analyzer found about the packet at hand. One object, filled anew for each packet. */
export interface PacketVerdict extends Moment {
  /** Of its flow; -1 for a packet of none: ARP, a fragment of a datagram that is not whole, what is not IP. */
  readonly flow: number
  readonly direction: Direction
  /** Bits of `TCP_FLAG`. */
  readonly tcpFlags: number
  /** The number of the duplicate acknowledgement; 0 when it is none. */
  readonly duplicateAck: number
  /** The frame shows again what an earlier one showed: captured twice. Such packets do not count in the flow's figures. */
  readonly isDuplicate: boolean
}

/** An ICMP or ICMPv6 error. */
export interface IcmpError extends Moment {
  readonly version: 4 | 6
  readonly type: number
  readonly code: number
  /** Who says so: the host itself, or a router. */
  readonly source: IpAddress
  readonly destination: IpAddress
  readonly timeToLive: number
  /** Next-hop MTU of "fragmentation needed" and "packet too big"; 0 when the router does not say it. */
  readonly mtuBytes: number | undefined
  /** The flow of the packet that is quoted, and who of it had sent that packet; absent when it is not in the capture. */
  readonly flow: number | undefined
  readonly direction: Direction | undefined
  /** What is quoted, as far as it can be read. */
  readonly quoted: QuotedPacket | undefined
}

export interface QuotedPacket {
  readonly protocol: number
  readonly source: IpAddress
  readonly sourcePort: number
  readonly destination: IpAddress
  readonly destinationPort: number
  /** Length of the whole packet as its header says. */
  readonly ipBytes: number
  readonly tcpSequence: number | undefined
}

/** An ARP packet for IPv4. */
export interface ArpSeen extends Moment {
  readonly opcode: number
  /** MAC addresses as 12 hexadecimal digits. */
  readonly senderMac: string
  readonly sender: number
  readonly targetMac: string
  readonly target: number
  /** The source of the Ethernet frame; differs from `senderMac` when somebody speaks for another. */
  readonly frameSource: string | undefined
  readonly vlan: number | undefined
}

/** What was odd about a fragmented datagram. */
export interface FragmentFault extends Moment {
  readonly kind:
    | 'overlap' // Two fragments have bytes for the same place; which is right depends on the receiver.
    | 'overlap-conflict' // And the bytes differ.
    | 'incomplete' // Parts never came.
    | 'oversized' // It ends beyond 65,535 bytes.
    | 'too-many' // More fragments than are kept.
    | 'tiny' // The first fragment does not hold the whole transport header.
  readonly source: IpAddress
  readonly destination: IpAddress
  readonly protocol: number
  /** Frames of its fragments, at most 16. */
  readonly frames: readonly number[]
}

/** Takes what the analyzer finds. Nothing of it may throw. */
export interface FlowSink {
  /**
   * A flow is over, forgotten for want of room, or at the end of the capture. The record is one view that is filled anew
   * for the next flow: `keepFlow` copies it.
   */
  onFlow?(flow: FlowRecord): void
  /** Each packet after its analysis. `packet` is the innermost one; of a reassembled datagram, the whole. */
  onPacket?(packet: Packet, verdict: PacketVerdict): void
  onIcmpError?(error: IcmpError): void
  onArp?(seen: ArpSeen): void
  onFragmentFault?(fault: FragmentFault): void
}
