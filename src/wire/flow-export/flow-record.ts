import type { IpAddress } from '../ip.ts'

export const FLOW_PROTOCOLS = ['netflow5', 'netflow9', 'ipfix', 'sflow5'] as const

/** What a record was exported with. */
export type FlowProtocol = (typeof FLOW_PROTOCOLS)[number]

/**
 * One direction of one flow, as an exporter told it. The decoder uses one object for all records: who keeps a record copies
 * what he needs before his visitor returns. Numbers that the exporter did not tell are -1.
 */
export class FlowRecord {
  protocol: FlowProtocol = 'netflow5'
  /** Who sent it; of sFlow the agent that the datagram names. */
  exporter: IpAddress = 0
  source: IpAddress | undefined
  destination: IpAddress | undefined
  nextHop: IpAddress | undefined
  ipProtocol = -1
  sourcePort = -1
  destinationPort = -1
  /** All flags seen in the flow; the bits of the TCP header, FIN is 1. */
  tcpFlags = -1
  icmpType = -1
  icmpCode = -1
  /** As counted by the exporter: of the packets that it looked at. */
  packets = -1
  /** Layer 3 bytes of these packets. */
  bytes = -1
  /** One packet of so many was looked at; 1 means all. */
  samplingRate = -1
  /** When the first and the last packet passed, in milliseconds since the Unix epoch. */
  startMs = -1
  endMs = -1
  /** ifIndex of where it came in and went out. */
  inputInterface = -1
  outputInterface = -1
  sourceAs = -1
  destinationAs = -1
  trafficClass = -1
  timeToLive = -1
  vlanId = -1
  /** 0 ingress, 1 egress. */
  direction = -1
  /** IPFIX flowEndReason: 1 idle, 2 active timeout, 3 end of flow, 4 forced, 5 lack of resources. */
  endReason = -1

  /** Forgets all but the exporter. */
  reset(protocol: FlowProtocol): void {
    this.protocol = protocol
    this.source = this.destination = this.nextHop = undefined
    this.ipProtocol = this.sourcePort = this.destinationPort = -1
    this.tcpFlags = this.icmpType = this.icmpCode = -1
    this.packets = this.bytes = this.samplingRate = -1
    this.startMs = this.endMs = -1
    this.inputInterface = this.outputInterface = -1
    this.sourceAs = this.destinationAs = -1
    this.trafficClass = this.timeToLive = this.vlanId = -1
    this.direction = this.endReason = -1
  }

  /** Makes it the record of the way back; the counters are set by the caller. */
  turn(): void {
    const { source, sourcePort, sourceAs, inputInterface } = this
    this.source = this.destination
    this.destination = source
    this.sourcePort = this.destinationPort
    this.destinationPort = sourcePort
    this.sourceAs = this.destinationAs
    this.destinationAs = sourceAs
    this.inputInterface = this.outputInterface
    this.outputInterface = inputInterface
  }
}

/** Called for every record, which is valid until it returns. */
export type FlowVisitor = (record: FlowRecord) => void
