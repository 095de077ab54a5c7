import type { Action } from '#act'
import { buildLists, isPacketPhase, type ListData, type Policy } from '#decide'
import type { GeoLookup } from '#detect'
import { type AddressCondition, asAddressLists, compilePredicate, type NamedLists } from '#rules'

/** True when packet rules ask for countries or autonomous systems. */
export function asksAddressFacts({ rulesets }: Policy<Action>): boolean {
  return rulesets.some(
    ({ phase, rules }) =>
      isPacketPhase(phase) && rules.some(({ expression }) => asAddressLists(expression).conditions.size > 0),
  )
}

/**
 * The same policy for programs of the kernel, which have no address data: where packet rules ask for the country or the
 * autonomous system of an address, they ask for a list that holds all such addresses. Without address data it holds none.
 */
export function resolveAddressFacts(policy: Policy<Action>, geo: GeoLookup | undefined): Policy<Action> {
  const conditions = new Map<string, AddressCondition>()
  const rulesets = policy.rulesets.map((ruleset) => {
    if (!isPacketPhase(ruleset.phase)) return ruleset
    const rules = ruleset.rules.map((rule) => {
      const lists = asAddressLists(rule.expression)
      for (const [name, condition] of lists.conditions) conditions.set(name, condition)
      return lists.conditions.size === 0 ? rule : { ...rule, expression: lists.expression }
    })
    return { ...ruleset, rules }
  })
  if (conditions.size === 0) return policy
  const named = buildLists(policy.lists)
  const added = [...conditions].map(([name, condition]) => listOf(name, condition, geo, named))
  return { ...policy, rulesets, lists: [...policy.lists, ...added] }
}

const NOWHERE = { count: 0, ipv4: new Uint32Array(), ipv6: new Uint32Array() }

function listOf(
  name: string,
  { field, fact, condition }: AddressCondition,
  geo: GeoLookup | undefined,
  lists: NamedLists,
): ListData {
  const read = { [field]: (value: string | number) => value }
  const isTrue = compilePredicate<string | number>(condition, { readers: { read }, lists })
  return { name, type: 'IP', ranges: geo?.addressesOf(fact, isTrue) ?? NOWHERE }
}
