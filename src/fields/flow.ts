import type { Field, FieldType } from './field.ts'

const POINTS = ['flow-telemetry'] as const

function flowField(name: string, type: FieldType, help: string, example: string, extras: Partial<Field> = {}): Field {
  return { name, type, help, example, points: POINTS, column: true, ...extras }
}

/** What an exporter tells of a flow, beside the fields that its packets have. */
export const FLOW_FIELDS: readonly Field[] = [
  flowField(
    'flow.packets',
    'Int',
    'Packets of the flow in this direction; where the exporter looked at one of so many, as many as these stand for.',
    '12',
  ),
  flowField('flow.bytes', 'Int', 'Bytes of these packets, from the IP header on.', '15000', { unit: 'bytes' }),
  flowField('flow.packet_size', 'Int', 'Bytes of a packet of the flow on average.', '1250', { unit: 'bytes' }),
  flowField('flow.duration', 'Int', 'Time from the first to the last packet of the flow.', '3000', {
    unit: 'milliseconds',
  }),
  flowField('flow.start', 'Int', 'When the first packet passed: seconds since the Unix epoch.', '1795313701', {
    unit: 'seconds',
  }),
  flowField('flow.sampling_rate', 'Int', 'One packet of so many was looked at; 1 means all.', '1000'),
  flowField(
    'flow.exporter',
    'IP',
    'Address of the exporter, or of the agent that an sFlow datagram names.',
    '192.0.2.254',
  ),
  flowField('flow.protocol', 'String', 'How it was exported: "netflow5", "netflow9", "ipfix" or "sflow5".', '"ipfix"'),
  flowField('flow.input_interface', 'Int', 'ifIndex of the interface where the flow came in.', '3'),
  flowField('flow.output_interface', 'Int', 'ifIndex of the interface where the flow went out.', '4'),
  flowField(
    'flow.direction',
    'String',
    'Where the exporter saw it: "ingress" or "egress" of its interface.',
    '"ingress"',
  ),
  flowField('flow.next_hop', 'IP', 'Address of the next router.', '192.0.2.1'),
  flowField('flow.src.asnum', 'Int', 'Autonomous system of the source as the exporter says.', '64500'),
  flowField('flow.dst.asnum', 'Int', 'Autonomous system of the destination as the exporter says.', '64501'),
  flowField(
    'flow.end_reason',
    'String',
    'Why the flow was exported: "idle", "active", "end", "forced" or "resources".',
    '"end"',
  ),
]
