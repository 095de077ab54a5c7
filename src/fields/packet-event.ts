import type { Field } from './field.ts'

/** What the event of a packet says besides the packet itself. */
export const PACKET_EVENT_FIELDS: readonly Field[] = [
  {
    name: 'packet.interface',
    type: 'String',
    help: 'Network interface on which the packet was seen; for searching events only.',
    example: '"eth0"',
    points: [],
    column: true,
  },
  {
    name: 'packet.direction',
    type: 'String',
    help: 'Direction of the packet as seen from this machine: "in" or "out"; for searching events only.',
    example: '"in"',
    points: [],
    column: true,
  },
]
