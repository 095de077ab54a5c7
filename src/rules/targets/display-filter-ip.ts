import type { LeafNode } from './display-filter-uri.ts'
import type { Member, Operand } from '../expression.ts'
import { fieldsOf } from '../tree.ts'
import { Refusal } from './refusal.ts'

interface Twin {
  readonly name: string
  /** How much smaller the number is than that of the field for both versions. */
  readonly less: number
}

/** Fields that both versions of IP have: what Wireshark calls them is theirs of IPv4, and these are those of IPv6. */
const TWINS: Readonly<Record<string, Twin>> = {
  'ip.ttl': { name: 'ipv6.hlim', less: 0 },
  'ip.dsfield': { name: 'ipv6.tclass', less: 0 },
  'ip.dsfield.dscp': { name: 'ipv6.tclass.dscp', less: 0 },
  'ip.dsfield.ecn': { name: 'ipv6.tclass.ecn', less: 0 },
  // The length of IPv6 does not count the fixed header.
  'ip.len': { name: 'ipv6.plen', less: 40 },
}

/** The same condition about IPv6; undefined when it is about no field that both versions have. */
export function ipv6Twin(node: LeafNode): LeafNode | undefined {
  const names = [...fieldsOf(node)]
  if (!names.some((name) => TWINS[name] !== undefined)) return undefined
  if (node.kind === 'Membership') {
    const { operand, less } = twinOf(node.operand, node)
    return { ...node, operand, members: node.members.map((member) => lowered(member, less)) }
  }
  if (node.kind !== 'Comparison' || node.right.kind !== 'Literal') throw refusal(node)
  const { operand, less } = twinOf(node.left, node)
  // Bits of a difference are not those of the number.
  if (less !== 0 && node.operator === 'bit_test') throw refusal(node)
  return { ...node, left: operand, right: { ...node.right, value: Number(node.right.value) - less } }
}

function twinOf(operand: Operand, node: LeafNode): { readonly operand: Operand; readonly less: number } {
  const twin = operand.kind === 'Field' ? TWINS[operand.name] : undefined
  if (twin === undefined || operand.kind !== 'Field') throw refusal(node)
  return { operand: { ...operand, name: twin.name }, less: twin.less }
}

function lowered(member: Member, less: number): Member {
  if (member.kind === 'IntRange') return { ...member, first: member.first - less, last: member.last - less }
  return member.kind === 'Value' ? { ...member, value: Number(member.value) - less } : member
}

function refusal(node: LeafNode): Refusal {
  return new Refusal('Wireshark has this field under two names, and can only compare each with literals', node.span)
}
