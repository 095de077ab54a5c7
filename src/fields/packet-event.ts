import type { Field } from './field.ts'

/** Where a packet was seen: not of the packet itself. */
export const PACKET_EVENT_FIELDS: readonly Field[] = [
  {
    name: 'packet.interface',
    type: 'String',
    help: 'Network interface on which the packet was seen.',
    example: '"eth0"',
    points: ['firewall'],
    column: true,
    targets: { nftables: 'packet.interface', bpf: 'packet.interface' },
  },
  {
    name: 'packet.direction',
    type: 'String',
    help: 'Direction of the packet as seen from this machine: "in" or "out". Packets that go out are filtered only where `firewall.interfaces` says so.',
    example: '"in"',
    points: ['firewall'],
    column: true,
    targets: { nftables: 'packet.direction', bpf: 'packet.direction' },
  },
]
