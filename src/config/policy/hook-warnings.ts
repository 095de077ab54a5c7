import { asksForHook, atHook, type Expression, INTERFACE_FIELD, isNever, type PacketHook, walk } from '#rules'
import type { FirewallInterface } from '../config.ts'
import { didYouMean } from '../source/did-you-mean.ts'

/** The parts of a rule that say which packets it is about. */
interface PacketRuleText {
  readonly expression: Expression
  readonly action: { readonly type: string }
}

/** They stand for servers here: what goes out goes on. */
const INCOMING_ONLY: ReadonlySet<string> = new Set(['syn_cookie', 'synproxy'])

/** What is odd about where a rule holds: interfaces that are not filtered, and rules that no packet meets. */
export function hookWarnings(rule: PacketRuleText, interfaces: readonly FirewallInterface[]): readonly string[] {
  const names = interfaces.map(({ name }) => name)
  const unknown = [...namedInterfaces(rule.expression)].filter((name) => !names.includes(name))
  if (unknown.length > 0) {
    return unknown.map((name) => {
      const hint = didYouMean(name, names) || `; it lists ${names.join(', ')}`
      return `interface ${name} is not in \`firewall.interfaces\`, so that no packet passes there${hint}`
    })
  }
  const isIncoming = INCOMING_ONLY.has(rule.action.type)
  const hooks = interfaces.flatMap(({ name, directions }) =>
    directions.map((direction): PacketHook => ({ interfaceName: name, direction })),
  )
  const asked = hooks.filter(({ direction }) => !isIncoming || direction === 'in')
  const isAsked = asked.some((hook) => !isNever(atHook(rule.expression, hook)))
  if (isAsked || !(isIncoming || asksForHook(rule.expression))) return []
  const filtered = hooks.map(({ interfaceName, direction }) => `${interfaceName} ${direction}`).join(', ')
  const remedy = 'name more in `directions` of `firewall.interfaces`, or leave the rule out'
  return [`no packet meets it: what is filtered is ${filtered}; ${remedy}`]
}

/** The interfaces that an expression compares with. */
function namedInterfaces(expression: Expression): ReadonlySet<string> {
  const names = new Set<string>()
  walk(expression, (node) => {
    if (node.kind === 'Membership' && isInterface(node.operand)) {
      for (const member of node.members) if (member.kind === 'Value') names.add(String(member.value))
    } else if (node.kind === 'Comparison' && isInterface(node.left) && node.right.kind === 'Literal') {
      if (node.operator === 'eq' || node.operator === 'ne') names.add(String(node.right.value))
    }
  })
  return names
}

function isInterface(node: { readonly kind: string; readonly name?: string }): boolean {
  return node.kind === 'Field' && node.name === INTERFACE_FIELD
}
