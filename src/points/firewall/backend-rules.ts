import { TidegateError } from '#kernel'
import type { Action } from '#act'
import type { Rule } from '#decide'
import { checkBpf, checkNft } from '#rules'
import type { PacketRule } from './packet-decision.ts'

const NO_PROXY = 'eBPF is no proxy for connections: filter with `backend: nftables`, or `auto`'

/** The error of the first rule that eBPF cannot ask; undefined when it can ask all of them. */
export function bpfRefusal(rules: readonly PacketRule[]): TidegateError | undefined {
  for (const { rule } of rules) {
    const reason = rule.action.type === 'synproxy' ? NO_PROXY : checkBpf(rule.expression)?.reason
    if (reason === undefined) continue
    const remedy = 'Write `backend: nftables` or `auto` in the section `firewall`, or the rule in another way.'
    return refusedRule(rule, reason, remedy)
  }
  return undefined
}

/** The error of a rule that what filters cannot have, with its place in the policy files. */
export function refusedRule({ id, place }: Rule<Action>, why: string, remedy: string): TidegateError {
  return new TidegateError('ERR_RULE_INVALID', `rule ${id}: ${why}`, { source: 'client', place, remedy })
}

/** Why nftables cannot have a rule; undefined when it can. */
export function nftRefusal({ expression }: Rule<Action>): string | undefined {
  return checkNft(expression)?.reason
}
