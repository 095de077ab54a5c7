import type { Field } from './field.ts'
import { captureField, packetField } from './packet-field.ts'

/** The frame as it was seen on its link, and what is around the packet that the other fields show. */
export const FRAME_FIELDS: readonly Field[] = [
  packetField('frame.len', 'Int', 'Length of the frame on the wire, without its check sequence.', '1514', {
    unit: 'bytes',
    column: true,
    targets: { displayFilter: 'frame.len' },
  }),
  captureField('frame.number', 'Int', 'Number of the frame in its capture, from 1.', '42', {
    targets: { displayFilter: 'frame.number' },
  }),
  captureField('frame.time', 'Int', 'When the frame was captured: seconds since the Unix epoch.', '1795313701', {
    unit: 'seconds',
  }),
  captureField('frame.interface_id', 'Int', 'Number of the interface that captured the frame, from 0.', '1', {
    targets: { displayFilter: 'frame.interface_id' },
  }),
  captureField('frame.cap_len', 'Int', 'How much of the frame the capture kept.', '96', {
    unit: 'bytes',
    targets: { displayFilter: 'frame.cap_len' },
  }),
  packetField(
    'packet.malformed',
    'Bool',
    'A header contradicts itself or the frame: cut off, or with an impossible version or length.',
    'packet.malformed',
  ),
  packetField('eth.src', 'String', 'Source address of the Ethernet frame, in lower case.', '"02:00:00:00:00:01"', {
    privacy: 'personal',
  }),
  packetField('eth.dst', 'String', 'Destination address of the Ethernet frame, in lower case.', '"ff:ff:ff:ff:ff:ff"'),
  packetField('eth.type', 'Int', 'Type field of the Ethernet header; 0x8100 or 0x88a8 before a VLAN tag.', '0x0800', {
    column: true,
    targets: { displayFilter: 'eth.type' },
  }),
  packetField('vlan.id', 'Int', 'VLAN of the outermost tag.', '100', {
    column: true,
    targets: { displayFilter: 'vlan.id' },
  }),
  packetField('vlan.priority', 'Int', 'Priority of the outermost VLAN tag, 0 to 7.', '5', {
    targets: { displayFilter: 'vlan.priority' },
  }),
  packetField('vlan.inner_id', 'Int', 'VLAN of the second tag.', '7'),
  packetField('arp.opcode', 'Int', 'What an ARP packet asks or says: 1 request, 2 reply.', '2', {
    targets: { displayFilter: 'arp.opcode' },
  }),
  packetField('arp.src.proto_ipv4', 'IP', 'The IPv4 address that the sender of an ARP packet claims.', '192.0.2.1', {
    privacy: 'personal',
  }),
  packetField('arp.dst.proto_ipv4', 'IP', 'The IPv4 address that an ARP packet asks for or answers.', '192.0.2.2', {
    privacy: 'personal',
  }),
  captureField('tunnel.depth', 'Int', 'How many tunnels the packet was found in; 0 for none.', '1'),
  captureField(
    'tunnel.kind',
    'String',
    'The innermost tunnel: "ipip", "sixInFour", "gre", "erspan", "vxlan", "geneve" or "gtpU".',
    '"vxlan"',
  ),
  captureField('tunnel.id', 'Int', 'Identifier of the innermost tunnel: VNI, TEID or GRE key.', '4096'),
  captureField(
    'outer.ip.src',
    'IP',
    'Source of the outermost IP packet, when the packet was in a tunnel.',
    '192.0.2.1',
  ),
  captureField(
    'outer.ip.dst',
    'IP',
    'Destination of the outermost IP packet, when the packet was in a tunnel.',
    '192.0.2.9',
  ),
]
