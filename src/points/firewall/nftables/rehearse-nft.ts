import type { Action } from '#act'
import type { FirewallConfig } from '#config'
import type { Policy } from '#decide'
import { TidegateError } from '#kernel'
import { listInterfaces, refusalOfNft } from '#net'
import { hooksOf } from '../hooks.ts'
import type { FirewallSize } from '../rehearse.ts'
import { doubleTagNotes } from './double-tags.ts'
import { policyMemoryBytes } from './memory.ts'
import { listScript, planPolicy, policyScript } from './policy-plan.ts'
import { FilterLines } from './rule-lines.ts'
import { SampleLog } from './sample-log.ts'
import type { Stage } from './stages.ts'

/**
 * Lets nftables check the script of a policy; nothing of it stays.
 *
 * @throws TidegateError ERR_NFTABLES_FAILED, or ERR_RULE_INVALID for a rule that nftables cannot ask
 */
export function rehearseNft(policy: Policy<Action>, firewall: FirewallConfig): FirewallSize {
  const plan = planPolicy(policy, firewall, { nowMs: Date.now(), generation: 0, running: [] })
  const lines = (prefix: string, { hook }: Stage): FilterLines =>
    new FilterLines(prefix, hook, SampleLog.lines(true, 0, hook))
  const { text, rules } = policyScript(plan, { lines, before: new Map() })
  const refusal = refusalOfNft(`${listScript(plan.lists)}\n${text}`)
  if (refusal !== undefined) {
    throw new TidegateError('ERR_NFTABLES_FAILED', `nft: ${refusal}`, {
      source: 'environment',
      ...(refusal.includes('not permitted') && { remedy: 'Run the firewall as root, or give it CAP_NET_ADMIN.' }),
    })
  }
  return {
    backend: 'nftables',
    rules: plan.rules.length,
    instructions: rules,
    memoryBytes: policyMemoryBytes(plan.rules, plan.lists, rules),
    notes: [
      ...hooksOf(firewall).map(({ interfaceName, direction }) => `${interfaceName} ${direction}: nftables`),
      ...doubleTagNotes(firewall.interfaces, listInterfaces()),
    ],
  }
}
