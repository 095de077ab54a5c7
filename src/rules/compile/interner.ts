import type { Member } from '../expression.ts'
import { childrenOf, type Node } from '../tree.ts'

/** Gives equal sub-trees the same number, whatever their spans. */
export class Interner {
  readonly #numberOf = new WeakMap<Node, number>()
  readonly #known = new Map<string, number>()

  idOf(node: Node): number {
    const seen = this.#numberOf.get(node)
    if (seen !== undefined) return seen
    const key = `${ownPart(node)}(${childrenOf(node)
      .map((child) => this.idOf(child))
      .join(',')})`
    let id = this.#known.get(key)
    if (id === undefined) {
      id = this.#known.size
      this.#known.set(key, id)
    }
    this.#numberOf.set(node, id)
    return id
  }
}

/** What distinguishes a node from others of its kind with the same children. */
function ownPart(node: Node): string {
  switch (node.kind) {
    case 'Logical':
    case 'Comparison':
      return `${node.kind} ${node.operator}`
    case 'Membership':
      return `Membership ${JSON.stringify(node.members.map(memberKey))}`
    case 'ListMembership':
      return `ListMembership ${node.list}`
    case 'Field':
    case 'Call':
      return `${node.kind} ${node.name}`
    case 'Index':
      return `Index ${JSON.stringify(node.index)}`
    case 'Literal':
      return `Literal ${node.type} ${JSON.stringify(String(node.value))}`
    case 'Each':
    case 'Not':
    case 'Truth':
      return node.kind
  }
}

function memberKey(member: Member): string {
  if (member.kind === 'Value') return `${typeof member.value} ${String(member.value)}`
  const { first, last } = member.kind === 'IpRange' ? member.range : member
  return `${typeof first} ${first}..${last}`
}
