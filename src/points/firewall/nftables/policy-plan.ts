import type { Action } from '#act'
import type { FirewallConfig } from '#config'
import type { ListData, Policy } from '#decide'
import { type NftFamily, type TableContents } from '#net'
import { listsOf } from '#rules'
import { formatCidr } from '#wire'
import type { PacketRule } from '../packet-decision.ts'
import { hooksOf } from '../hooks.ts'
import { packetRules } from '../packet-rules.ts'
import { NFT_FAMILIES, TABLE } from './layout.ts'
import { type PlannedList, planList, setDeclarations, setNames } from './list-sets.ts'
import type { StageLines } from './rule-lines.ts'
import { type Stage, stagesOf } from './stages.ts'
import { familyOf, type StagePlan, tableScript } from './table-script.ts'

/** A policy as nftables is to run it. */
export interface PolicyPlan {
  readonly policy: Policy<Action>
  readonly firewall: FirewallConfig
  readonly rules: readonly PacketRule[]
  readonly stages: readonly Stage[]
  readonly lists: readonly PlannedList[]
  readonly generation: number
}

/** Tells policies apart by everything but the contents of their lists. */
export function fingerprintOf(
  rules: readonly PacketRule[],
  { interfaces, management, onExit }: FirewallConfig,
): string {
  const asked = rules.map(({ phase, rule: { id, when, action, mode } }) => [phase, id, when, action, mode])
  return JSON.stringify([asked, hooksOf({ interfaces }), management.map(formatCidr), onExit])
}

/**
 * Plans a policy. Lists that hold what a running one does get its sets. `nowMs` is the wall clock.
 *
 * @throws TidegateError ERR_RULE_INVALID for a rule that nftables cannot ask
 */
export function planPolicy(
  policy: Policy<Action>,
  firewall: FirewallConfig,
  options: { readonly nowMs: number; readonly generation: number; readonly running: readonly PlannedList[] },
): PolicyPlan {
  const { nowMs, generation, running } = options
  const rules = packetRules(policy, nowMs)
  const stages = stagesOf(rules, hooksOf(firewall))
  const lists = NFT_FAMILIES.flatMap((family) => {
    const own = stages.filter((stage) => familyOf(stage) === family)
    const asked = own.flatMap((stage) => [...stage.allowed, ...stage.rules])
    const names = new Set(asked.flatMap(({ rule }) => [...listsOf(rule.expression)]))
    return policy.lists
      .filter((data): data is Extract<ListData, { type: 'IP' }> => data.type === 'IP' && names.has(data.name))
      .map((data) => planList(family, data, generation, running))
  })
  return { policy, firewall, rules, stages, lists, generation }
}

/** The script that declares the sets of lists; empty when there are none. */
export function listScript(lists: readonly PlannedList[]): string {
  return NFT_FAMILIES.flatMap((family) => {
    const sets = lists.filter((each) => each.family === family).flatMap(setDeclarations)
    return sets.length === 0 ? [] : [`table ${family} ${TABLE} {`, ...sets, '}']
  }).join('\n')
}

/** What a script is for: `before` is what stands in each table now. */
export interface ScriptOptions {
  /** Writes the lines of a stage; the chains that they lead to begin with `prefix`. */
  readonly lines: (prefix: string, stage: Stage) => StageLines
  readonly before: ReadonlyMap<NftFamily, TableContents>
}

/** The script that puts a policy in the place of whatever is in our tables. @throws TidegateError ERR_RULE_INVALID */
export function policyScript(
  plan: PolicyPlan,
  { lines, before }: ScriptOptions,
): { readonly text: string; readonly rules: number } {
  const { stages, firewall, lists, generation } = plan
  const planned = stages.map((stage): StagePlan => {
    const prefix = `g${generation}-${stage.direction === 'out' ? 'out-' : ''}`
    const isLast = stages.findLast(({ direction }) => direction === stage.direction) === stage
    return { stage, lines: lines(prefix, stage), isLast, prefix }
  })
  const families = new Set(stages.map(familyOf))
  const scripts = [...families].map((family) => {
    const table = {
      family,
      stages: planned.filter(({ stage }) => familyOf(stage) === family),
      management: firewall.management,
      lists: setNames(lists, family),
      isLeased: firewall.onExit === 'open',
    }
    return tableScript(table, before.get(family))
  })
  const gone = [...before.keys()].filter((family) => !families.has(family))
  const text = [...gone.map((family) => `delete table ${family} ${TABLE}`), ...scripts.map((script) => script.text)]
  return { text: text.join('\n'), rules: scripts.reduce((sum, script) => sum + script.rules, 0) }
}
