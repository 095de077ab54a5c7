import type { Field, FieldTargets, FieldType } from './field.ts'

/** Where fields of packets can be read: by the firewall, and in captures. */
const PACKET_POINTS = ['firewall', 'capture'] as const
const CAPTURE_POINTS = ['capture'] as const
const FLOW_POINTS = [...PACKET_POINTS, 'flow-telemetry'] as const

/** What exporters of flows tell as well: what is the same in all packets of a flow, and the flags that any of them had. */
const IN_FLOWS: ReadonlySet<string> = new Set([
  'ip.version',
  'ip.proto',
  'ip.ttl',
  'ip.dsfield',
  'ip.dsfield.dscp',
  'vlan.id',
  'tcp.flags',
  'tcp.flags.fin',
  'tcp.flags.syn',
  'tcp.flags.reset',
  'tcp.flags.push',
  'tcp.flags.ack',
  'tcp.flags.urg',
  'udp.srcport',
  'udp.dstport',
  'l4.srcport',
  'l4.dstport',
  'icmp.type',
  'icmp.code',
  'icmpv6.type',
  'icmpv6.code',
])

type FieldExtras = Pick<Field, 'unit' | 'column' | 'privacy' | 'targets'>

/** nftables cannot subtract the lengths of headers, nor see a second VLAN tag or what contradicts itself. */
const NOT_IN_NFTABLES: ReadonlySet<string> = new Set(['packet.malformed', 'vlan.inner_id', 'tcp.len', 'l4.payload.len'])

/** Programs of the kernel read every field of a packet; they find it by its name. */
export function kernelTargets(name: string): FieldTargets {
  return NOT_IN_NFTABLES.has(name) ? { bpf: name } : { bpf: name, nftables: name }
}

/** A field that is read from the headers of a packet. */
export function packetField(
  name: string,
  type: FieldType,
  help: string,
  example: string,
  extras: FieldExtras = {},
): Field {
  const targets = { ...kernelTargets(name), ...extras.targets }
  return { name, type, help, example, points: IN_FLOWS.has(name) ? FLOW_POINTS : PACKET_POINTS, ...extras, targets }
}

/** A field that only a capture has: the firewall decides about one packet as it is on the wire. */
export function captureField(...definition: Parameters<typeof packetField>): Field {
  const [name, type, help, example, extras = {}] = definition
  return { name, type, help, example, points: CAPTURE_POINTS, ...extras }
}
