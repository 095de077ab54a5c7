import type { Expression, PacketDirection } from '#rules'
import type { IpRange } from '#wire'

const NOWHERE = { start: 0, end: 0 }

/** The end of a packet that is the other side. */
const OTHER_SIDE: Readonly<Record<PacketDirection, 'ip.src' | 'ip.dst'>> = { in: 'ip.src', out: 'ip.dst' }

/** `ip.src in { ... }` for the sources that always pass; going out, what is for them does. */
export function ofManagement(ranges: readonly IpRange[], direction: PacketDirection = 'in'): Expression {
  return {
    kind: 'Membership',
    operand: { kind: 'Field', name: OTHER_SIDE[direction], type: 'IP', span: NOWHERE },
    members: ranges.map((range) => ({ kind: 'IpRange', range, span: NOWHERE })),
    span: NOWHERE,
  }
}
