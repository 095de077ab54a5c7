import type { Field } from './field.ts'

/** What the kernel knows of the connection that a packet belongs to. */
export const CONNECTION_FIELDS: readonly Field[] = [
  {
    name: 'ct.state',
    type: 'String',
    help: 'What connection tracking says of the packet: new, established, related, invalid or untracked. Rules of the phase packet_firewall may ask for it where nftables filters; packets are then filtered behind connection tracking.',
    example: '"invalid"',
    points: ['firewall'],
    targets: { nftables: 'ct.state' },
  },
  {
    name: 'tcp.out_of_state',
    type: 'Bool',
    help: 'The segment belongs to no TCP connection whose beginning came in here: it is no SYN, and none came before it with the same addresses and ports. Only packets that come in are looked at, so that it can be asked where answers leave by another way. eBPF only.',
    example: 'true',
    points: ['firewall'],
    targets: { bpf: 'tcp.out_of_state' },
  },
]
