import { readIpv6Words } from '../address-words.ts'
import { fromUint128, type IpAddress } from '../ip.ts'
import type { CapturedPacket } from '../pcap/captured-packet.ts'
import { FAULT } from './fault.ts'
import { readNetworkLayer } from './ip-layer.ts'
import { readLinkLayer } from './link-layer.ts'
import { PROTOCOL } from './numbers.ts'
import { DESTINATION_WORD, PacketParts } from './packet-parts.ts'
import { readTransportLayer } from './transport-layer.ts'
import { enterTunnel } from './tunnel.ts'

const IPV6_BYTES = 40

/**
 * One frame, read layer by layer. The object is meant to be used again for every frame: `read` allocates nothing, and
 * values are read from the bytes when they are asked for, so that the bytes must stay as they are meanwhile. Never throws,
 * and never reads outside of the frame.
 *
 * What rules see of frames that no honest sender makes is defined here, and is the same for every target of the language:
 *
 * - A header that is cut off: no field of it, and none of what would follow. (Deep view: the ports, if their bytes are there.)
 * - EtherType and IP version differ: no field of IP.
 * - IPv4 header length below 20, or an IP length below the header's: the fixed IP header, no transport.
 * - IP length above what the frame holds: the fixed IP header, no transport, and of IPv6 no `ip.proto`. (Deep view: the
 *   packet ends with the frame.)
 * - Later fragment: `ip.frag` is 2, no transport, no payload. First fragment: transport as far as its header is whole.
 * - IPv6 fragment at offset 0 that no other follows: the packet is whole, `ip.frag` is 0 (RFC 6946).
 * - More than six IPv6 extension headers, or a chain that is cut off: no `ip.proto`, no transport.
 * - Later IPv6 fragment that announces an extension header: no `ip.proto`.
 * - Several IPv6 fragment headers: the first says `ip.frag` and `ip.frag_offset`. (Deep view: the last.)
 * - IPv6 authentication header: `ip.proto` is 51, as in IPv4. (Deep view: what stands behind it.)
 * - TCP data offset below 20: the fixed TCP header, no options, no payload; beyond the packet: no payload, and options
 *   only while the frame holds the header. (Deep view: none.)
 * - TCP options of impossible lengths: see `findTcpOption`.
 * - UDP length below 8: the UDP header, no payload. Beyond the packet: the payload ends with the packet.
 * - More than two VLAN tags: no field of IP. (Deep view: more than eight.)
 * - Bytes behind the end of the IP packet are padding, and never part of the payload. The outer view looks for headers
 *   there nevertheless, as programs in the kernel do before the packet was trimmed; and to it an IPv6 packet with
 *   extension headers ends with its frame, because nftables cannot subtract their lengths.
 */
export class Packet extends PacketParts {
  /** Number in its capture, from 1; 0 for a packet that is in none. */
  frameNumber = 0
  /** When it was captured: seconds since the Unix epoch, and nanoseconds within them. */
  seconds = 0
  nanoseconds = 0
  /** The interface of its capture, from 0. */
  interfaceIndex = 0

  /**
   * Reads the frame that stands in `bytes` from `start` up to `end`. `originalBytes` is its length on the wire when the
   * capture kept less, `fcsBytes` the length of a frame check sequence at its end.
   */
  read(
    bytes: Buffer,
    start: number,
    end: number,
    linkType: number,
    originalBytes: number = end - start,
    fcsBytes: number = 0,
  ): void {
    // Writing a reference costs the collector's book-keeping: most frames stand in the same bytes as the one before.
    if (this.bytes !== bytes) this.bytes = bytes
    this.linkType = linkType
    this.frameStart = start
    this.frameWireEnd = start + Math.max(originalBytes - fcsBytes, 0)
    this.frameEnd = Math.min(end, this.frameWireEnd)
    this.boundEnd = this.frameEnd
    this.boundWireEnd = this.frameWireEnd
    this.#forgetFrame()
    this.#forgetNetwork()
    readLinkLayer(this)
    this.#readUpwards()
  }

  /** Reads a packet of a capture file, with its number and time. */
  readCaptured(captured: CapturedPacket): void {
    this.frameNumber = captured.frameNumber
    this.seconds = captured.seconds
    this.nanoseconds = captured.nanoseconds
    const { bytes, start, end, originalBytes, fcsBytes, captureInterface } = captured
    this.interfaceIndex = captureInterface.index
    this.read(bytes, start, end, captureInterface.linkType, originalBytes, fcsBytes)
  }

  #readUpwards(): void {
    for (;;) {
      readNetworkLayer(this)
      readTransportLayer(this)
      if (this.view === 'outer' || !enterTunnel(this)) return
      this.#forgetNetwork()
    }
  }

  #forgetFrame(): void {
    this.faults = 0
    this.ethernetStart = -1
    this.etherType = -1
    this.vlanCount = 0
    this.vlanTag = -1
    this.innerVlanTag = -1
    this.arpStart = -1
    this.tunnelDepth = 0
    this.tunnelId = -1
    this.greStart = -1
    this.nextType = 0
  }

  #forgetNetwork(): void {
    this.ipVersion = 0
    this.ipStart = -1
    this.protocol = -1
    this.fragment = 0
    this.fragmentOffsetBytes = 0
    this.fragmentHeaderStart = -1
    this.routingHeaderStart = -1
    this.extensionHeaderCount = 0
    this.extensionHeaders = 0
    this.transportStart = -1
    this.transport = 0
    this.sourcePort = -1
    this.destinationPort = -1
    this.payloadStart = -1
    this.payloadEnd = -1
    this.payloadBytes = -1
    this.quotedStart = -1
  }

  /** True when a header contradicts itself or the frame. That a capture kept too little is no such fault. */
  get isMalformed(): boolean {
    return (this.faults & ~(FAULT.snapped | FAULT.linkType)) !== 0
  }

  /** Length on the wire, without a frame check sequence. */
  get frameBytes(): number {
    return this.frameWireEnd - this.frameStart
  }

  get source(): IpAddress | undefined {
    return this.#address(0)
  }

  get destination(): IpAddress | undefined {
    return this.#address(DESTINATION_WORD)
  }

  #address(word: number): IpAddress | undefined {
    if (this.ipVersion === 0) return undefined
    return this.ipVersion === 4 ? this.addresses[word + 3] : fromUint128(readIpv6Words(this.addresses, word))
  }

  /** Length of the IP packet as its header says, the header included; -1 without one. */
  get ipBytes(): number {
    if (this.ipVersion === 0) return -1
    return this.ipVersion === 4 ? this.uint16(this.ipStart + 2) : IPV6_BYTES + this.uint16(this.ipStart + 4)
  }

  /** TTL or hop limit; -1 without an IP header. */
  get timeToLive(): number {
    return this.ipVersion === 0 ? -1 : this.bytes[this.ipStart + (this.ipVersion === 4 ? 8 : 7)]
  }

  /** Type of service or traffic class; -1 without an IP header. */
  get trafficClass(): number {
    if (this.ipVersion === 0) return -1
    return this.ipVersion === 4 ? this.bytes[this.ipStart + 1] : (this.uint16(this.ipStart) >> 4) & 0xff
  }

  /** Type of the first IPv6 routing header; -1 when there is none. */
  get routingType(): number {
    return this.routingHeaderStart < 0 ? -1 : this.bytes[this.routingHeaderStart + 2]
  }

  /** The bits of the TCP flags field: FIN is 1, SYN 2, RST 4, PSH 8, ACK 16, ...; -1 without a whole TCP header. */
  get tcpFlags(): number {
    return this.transport === PROTOCOL.tcp ? this.uint16(this.transportStart + 12) & 0x0fff : -1
  }

  /** -1 without a whole TCP header; so are the following. */
  get tcpSequence(): number {
    return this.transport === PROTOCOL.tcp ? this.uint32(this.transportStart + 4) : -1
  }

  get tcpAcknowledgement(): number {
    return this.transport === PROTOCOL.tcp ? this.uint32(this.transportStart + 8) : -1
  }

  /** Not scaled. */
  get tcpWindow(): number {
    return this.transport === PROTOCOL.tcp ? this.uint16(this.transportStart + 14) : -1
  }

  /** Unsigned 16 bits at an offset of `bytes`. */
  uint16(at: number): number {
    return (this.bytes[at] << 8) | this.bytes[at + 1]
  }

  /** Unsigned 32 bits at an offset of `bytes`. */
  uint32(at: number): number {
    const { bytes } = this
    return ((bytes[at] << 24) | (bytes[at + 1] << 16) | (bytes[at + 2] << 8) | bytes[at + 3]) >>> 0
  }

  /** The bytes from `start` up to `end` as a string, one byte a character. */
  latin1(start: number, end: number): string {
    return this.bytes.toString('latin1', start, end)
  }
}
