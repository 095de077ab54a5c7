import type { Expression } from '#rules'
import type { IpRange } from '#wire'

const NOWHERE = { start: 0, end: 0 }

/** `ip.src in { ... }` for the sources that always pass. */
export function fromManagement(ranges: readonly IpRange[]): Expression {
  return {
    kind: 'Membership',
    operand: { kind: 'Field', name: 'ip.src', type: 'IP', span: NOWHERE },
    members: ranges.map((range) => ({ kind: 'IpRange', range, span: NOWHERE })),
    span: NOWHERE,
  }
}
