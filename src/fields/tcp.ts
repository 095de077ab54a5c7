import type { Field } from './field.ts'
import { packetField } from './packet-field.ts'

function flag(name: string, help: string): Field {
  return packetField(name, 'Bool', help, name, { targets: { displayFilter: name } })
}

/** The TCP header, beside the ports, which connections have as well. */
export const TCP_FIELDS: readonly Field[] = [
  packetField(
    'tcp.flags',
    'Int',
    'The twelve bits of flags: FIN 0x1, SYN 0x2, RST 0x4, PSH 0x8, ACK 0x10, ...',
    '0x12',
    {
      column: true,
      targets: { displayFilter: 'tcp.flags' },
    },
  ),
  flag('tcp.flags.fin', 'The sender has sent all its data.'),
  flag('tcp.flags.syn', 'A connection begins.'),
  flag('tcp.flags.reset', 'The connection is aborted.'),
  flag('tcp.flags.push', 'The data are to be handed over at once.'),
  flag('tcp.flags.ack', 'The acknowledgement number counts.'),
  flag('tcp.flags.urg', 'The urgent pointer counts.'),
  flag('tcp.flags.ece', 'ECN echo: congestion was seen, or ECN is offered.'),
  flag('tcp.flags.cwr', 'The congestion window was reduced.'),
  flag('tcp.flags.ae', 'Accurate ECN; before, the nonce sum.'),
  packetField('tcp.seq', 'Int', 'Sequence number as it is on the wire.', '3735928559', {
    targets: { displayFilter: 'tcp.seq_raw' },
  }),
  packetField('tcp.ack', 'Int', 'Acknowledgement number as it is on the wire.', '1', {
    targets: { displayFilter: 'tcp.ack_raw' },
  }),
  packetField('tcp.window', 'Int', 'Window field, not scaled.', '65535', {
    column: true,
    targets: { displayFilter: 'tcp.window_size_value' },
  }),
  packetField('tcp.urgent_pointer', 'Int', 'Urgent pointer.', '0', {
    targets: { displayFilter: 'tcp.urgent_pointer' },
  }),
  packetField('tcp.hdr_len', 'Int', 'Length of the TCP header as it says itself: 20 without options.', '32', {
    unit: 'bytes',
    targets: { displayFilter: 'tcp.hdr_len' },
  }),
  packetField('tcp.len', 'Int', 'Length of the data behind the TCP header.', '0', {
    unit: 'bytes',
    targets: { displayFilter: 'tcp.len' },
  }),
  packetField(
    'tcp.options',
    'String',
    'Options of the TCP header as bytes; empty without any.',
    '"\\x02\\x04\\x05\\xb4"',
  ),
  packetField('tcp.options.mss', 'Int', 'Maximum segment size option.', '1460', {
    column: true,
    targets: { displayFilter: 'tcp.options.mss_val' },
  }),
  packetField('tcp.options.wscale', 'Int', 'Window scale option: the shift count.', '7', {
    targets: { displayFilter: 'tcp.options.wscale.shift' },
  }),
  packetField(
    'tcp.options.sack_perm',
    'Bool',
    'The option that permits selective acknowledgement is there.',
    'tcp.options.sack_perm',
  ),
  packetField('tcp.options.timestamp', 'Bool', 'The time stamps option is there.', 'tcp.options.timestamp'),
  packetField('tcp.options.timestamp.tsval', 'Int', 'Time stamp of the sender.', '123456789', {
    targets: { displayFilter: 'tcp.options.timestamp.tsval' },
  }),
  packetField('tcp.options.timestamp.tsecr', 'Int', 'Time stamp that is echoed.', '0', {
    targets: { displayFilter: 'tcp.options.timestamp.tsecr' },
  }),
]
