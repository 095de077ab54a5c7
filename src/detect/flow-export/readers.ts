import type { Reader, Readers } from '#fields'
import type { FlowRecord } from '#wire'
import type { FlowFacts } from './facts.ts'

const PROTOCOL = { icmp: 1, tcp: 6, udp: 17, icmpv6: 58 } as const
const END_REASONS = [undefined, 'idle', 'active', 'end', 'forced', 'resources'] as const
const DIRECTIONS = ['ingress', 'egress'] as const

/** For what exporters fill in with zero when they do not know it. */
function known(read: (record: FlowRecord) => number): Reader<FlowFacts> {
  return ({ record }) => {
    const value = read(record)
    return value <= 0 ? undefined : value
  }
}

function number(read: (record: FlowRecord) => number): Reader<FlowFacts> {
  return ({ record }) => {
    const value = read(record)
    return value < 0 ? undefined : value
  }
}

/** What only flows of one protocol have. */
function of(protocol: number, read: (record: FlowRecord) => number): Reader<FlowFacts> {
  return number((record) => (record.ipProtocol === protocol ? read(record) : -1))
}

function flag(bit: number): Reader<FlowFacts> {
  return ({ record: { tcpFlags } }) => (tcpFlags < 0 ? undefined : (tcpFlags & bit) !== 0)
}

/** What was counted, scaled to what it stands for. */
function scaled(counted: number, { samplingRate }: FlowRecord): number {
  const scaledUp = Math.round(counted * samplingRate)
  // What no number of the log holds is damage.
  return counted < 0 || scaledUp > Number.MAX_SAFE_INTEGER ? -1 : scaledUp
}

function duration({ startMs, endMs }: FlowRecord): number {
  return startMs < 0 || endMs < startMs ? -1 : endMs - startMs
}

function sourcePort({ sourcePort: port }: FlowRecord): number {
  return port
}

function destinationPort({ destinationPort: port }: FlowRecord): number {
  return port
}

/** Provides the fields of a flow. */
export const FLOW_READERS: Readers<FlowFacts> = {
  read: {
    'ip.src': ({ record }) => record.source,
    'ip.dst': ({ record }) => record.destination,
    'ip.src.country': (facts) => facts.country,
    'ip.src.asnum': (facts) => facts.asn,
    'ip.version': ({ record: { source } }) => (source === undefined ? undefined : typeof source === 'number' ? 4 : 6),
    'ip.proto': number((record) => record.ipProtocol),
    'ip.ttl': number((record) => record.timeToLive),
    'ip.dsfield': number((record) => record.trafficClass),
    'ip.dsfield.dscp': number(({ trafficClass }) => (trafficClass < 0 ? -1 : trafficClass >> 2)),
    'vlan.id': known((record) => record.vlanId),
    'tcp.srcport': of(PROTOCOL.tcp, sourcePort),
    'tcp.dstport': of(PROTOCOL.tcp, destinationPort),
    'tcp.flags': number((record) => record.tcpFlags),
    'tcp.flags.fin': flag(0x01),
    'tcp.flags.syn': flag(0x02),
    'tcp.flags.reset': flag(0x04),
    'tcp.flags.push': flag(0x08),
    'tcp.flags.ack': flag(0x10),
    'tcp.flags.urg': flag(0x20),
    'udp.srcport': of(PROTOCOL.udp, sourcePort),
    'udp.dstport': of(PROTOCOL.udp, destinationPort),
    'l4.srcport': number(sourcePort),
    'l4.dstport': number(destinationPort),
    'icmp.type': of(PROTOCOL.icmp, (record) => record.icmpType),
    'icmp.code': of(PROTOCOL.icmp, (record) => record.icmpCode),
    'icmpv6.type': of(PROTOCOL.icmpv6, (record) => record.icmpType),
    'icmpv6.code': of(PROTOCOL.icmpv6, (record) => record.icmpCode),
    'flow.packets': number((record) => scaled(record.packets, record)),
    'flow.bytes': number((record) => scaled(record.bytes, record)),
    'flow.packet_size': number(({ packets, bytes }) => (packets > 0 && bytes >= 0 ? Math.round(bytes / packets) : -1)),
    'flow.duration': number(duration),
    'flow.start': number(({ startMs }) => (startMs < 0 ? -1 : Math.floor(startMs / 1000))),
    'flow.sampling_rate': number(({ samplingRate }) => Math.round(samplingRate)),
    'flow.exporter': ({ record }) => record.exporter,
    'flow.protocol': ({ record }) => record.protocol,
    'flow.input_interface': known((record) => record.inputInterface),
    'flow.output_interface': known((record) => record.outputInterface),
    'flow.direction': ({ record }) => DIRECTIONS[record.direction],
    'flow.next_hop': ({ record: { nextHop } }) => (nextHop === 0 || nextHop === 0n ? undefined : nextHop),
    'flow.src.asnum': known((record) => record.sourceAs),
    'flow.dst.asnum': known((record) => record.destinationAs),
    'flow.end_reason': ({ record }) => END_REASONS[record.endReason],
  },
}
