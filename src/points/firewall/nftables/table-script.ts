import type { Action } from '#act'
import type { Rule } from '#decide'
import { TidegateError } from '#kernel'
import type { NftFamily, TableContents } from '#net'
import { compileNftRules, nftChainsText, type NftLists, type NftRule } from '#rules'
import type { IpRange } from '#wire'
import { refusedRule } from '../backend-rules.ts'
import { ofManagement } from '../program/management.ts'
import { LEASE_SET, PRIORITY, TABLE } from './layout.ts'
import type { StageLines } from './rule-lines.ts'
import type { Stage } from './stages.ts'
import { type ProxyChain, proxyChains } from './synproxy.ts'

/** A stage, and how its rules are written. */
export interface StagePlan {
  readonly stage: Stage
  readonly lines: StageLines
  /** Packets that no rule of the stage decided about meet no others. */
  readonly isLast: boolean
  /** All chains begin with it, so that those of two policies can stand beside each other within a transaction. */
  readonly prefix: string
}

export interface TablePlan {
  readonly family: NftFamily
  readonly stages: readonly StagePlan[]
  readonly management: readonly IpRange[]
  /** The sets of the lists, which are declared and filled already. */
  readonly lists: NftLists
  /** The rules are in force on interfaces in the lease only. */
  readonly isLeased: boolean
}

/** A script that puts a policy in the place of the one before, in one table. */
export interface TableScript {
  readonly text: string
  /** How many rules nftables has then. */
  readonly rules: number
}

/** The family whose table a stage stands in. */
export function familyOf({ hook }: Stage): NftFamily {
  return hook === 'ingress' || hook === 'egress' ? 'netdev' : 'inet'
}

/**
 * Writes the script of a table that now holds `before`.
 *
 * @throws TidegateError ERR_RULE_INVALID when the rules are more than nftables follows
 */
export function tableScript(plan: TablePlan, before: TableContents | undefined): TableScript {
  const { family, stages, lists, isLeased } = plan
  const compiled = stages.flatMap((each) => [
    compileStage(plan, each),
    ...proxyChains(each.stage).map((proxy) => compileProxy(plan, each, proxy)),
  ])
  const chains = new Map(compiled.flatMap((each) => [...each.chains]))
  const objects = new Map(stages.flatMap(({ lines }) => [...lines.objects]))
  if (isLeased) objects.set(LEASE_SET, `set ${LEASE_SET} { type iface_index; flags timeout; }`)
  const base = compiled.flatMap((each) => each.base)
  const wanted = new Set(base.map(({ name }) => name))
  const kept = new Set([...objects.keys(), ...setsOf(lists)])
  const text = [
    `add table ${family} ${TABLE}`,
    ...clearing(family, before, wanted, kept),
    `table ${family} ${TABLE} {`,
    ...Array.from(objects, ([name, declaration]) => (isDeclared(before, name) ? '' : declaration)),
    nftChainsText(chains),
    ...base.map((each) => baseText(each, before)),
    '}',
  ]
  const rules = [...chains.values(), ...base.map(({ lines }) => lines)].reduce((sum, lines) => sum + lines.length, 0)
  return { text: text.filter((line) => line !== '').join('\n'), rules }
}

/** A chain that the kernel calls. */
interface BaseChain {
  readonly name: string
  readonly hook: string
  readonly lines: readonly string[]
}

/** Chains of rules, declared in their order, and those that lead to them. */
interface Compiled {
  readonly chains: ReadonlyMap<string, readonly string[]>
  readonly base: readonly BaseChain[]
}

/** @throws TidegateError ERR_RULE_INVALID */
function compileStage(plan: TablePlan, stagePlan: StagePlan): Compiled {
  const { stage, lines, prefix, isLast } = stagePlan
  const { hook, direction, interfaces } = stage
  const allowed: NftRule[] = stage.allowed.map(({ rule }) => ({ when: rule.expression, lines: () => ['accept'] }))
  const first = [...managementRule(plan, stage, lines.management), ...allowed]
  const rules = [...first, ...stage.rules.map((rule) => lines.rule(rule))]
  const compiled = compileNftRules(rules, plan.lists, prefix, direction)
  if (!compiled.ok) throw refused(stage.rules[compiled.rule - first.length]?.rule, compiled.reason)
  const asked = [...scopeLines(plan, stage), `jump ${compiled.entry}`, ...lines.rest(isLast)]
  const priority = `priority ${PRIORITY[hook]}`
  const base =
    familyOf(stage) === 'inet'
      ? [{ name: hook, hook: `hook ${hook} ${priority}`, lines: asked }]
      : interfaces.map((name) => ({
          name: `${hook}-${name}`,
          hook: `hook ${hook} device "${name}" ${priority}`,
          lines: asked,
        }))
  return { chains: new Map([...lines.chains, ...compiled.chains]), base }
}

/** @throws TidegateError ERR_RULE_INVALID */
function compileProxy(plan: TablePlan, { stage, prefix }: StagePlan, proxy: ProxyChain): Compiled {
  const { name, hook, asked, rules } = proxy
  const compiled = compileNftRules(
    [...managementRule(plan, stage, ['accept']), ...rules],
    plan.lists,
    `${prefix}${name}-`,
  )
  if (!compiled.ok) throw refused(undefined, compiled.reason)
  const lines = [...scopeLines(plan, stage), `${asked} jump ${compiled.entry}`]
  return { chains: compiled.chains, base: [{ name, hook, lines }] }
}

function managementRule({ management }: TablePlan, { direction }: Stage, lines: readonly string[]): NftRule[] {
  return management.length === 0 ? [] : [{ when: ofManagement(management, direction), lines: () => lines }]
}

/** Accepts what is not to be filtered. */
function scopeLines({ isLeased }: TablePlan, stage: Stage): string[] {
  const { number, name } = SCOPE_WORDS[stage.direction]
  const names = stage.interfaces.map((each) => `"${each}"`).join(', ')
  return [
    ...(isLeased ? [`${number} != @${LEASE_SET} accept`] : []),
    ...(familyOf(stage) === 'inet' ? [`${name} != { ${names} } accept`] : []),
  ]
}

const SCOPE_WORDS: Readonly<Record<Stage['direction'], { readonly number: string; readonly name: string }>> = {
  in: { number: 'iif', name: 'iifname' },
  out: { number: 'oif', name: 'oifname' },
}

const REMEDY = 'Filter with `backend: xdp`, or write the rule in another way.'

function refused(rule: Rule<Action> | undefined, reason: string): TidegateError {
  if (rule !== undefined) return refusedRule(rule, reason, REMEDY)
  return new TidegateError('ERR_RULE_INVALID', reason, { source: 'client', remedy: REMEDY })
}

function setsOf(lists: NftLists): string[] {
  return [...lists.values()].flatMap(({ ipv4 = [], ipv6 = [] }) =>
    [ipv4, ipv6].flatMap((sets) => (typeof sets === 'string' ? [sets] : sets.map(({ name }) => name))),
  )
}

/** Empties all chains, then takes away what the policy does not need. */
function clearing(
  family: NftFamily,
  before: TableContents | undefined,
  wanted: ReadonlySet<string>,
  kept: ReadonlySet<string>,
): string[] {
  if (before === undefined) return []
  const chains = [...before.chains]
  const without = (kind: string, names: Iterable<string>): string[] =>
    [...names].filter((name) => !kept.has(name)).map((name) => `delete ${kind} ${family} ${TABLE} ${name}`)
  return [
    ...chains.map((name) => `flush chain ${family} ${TABLE} ${name}`),
    ...chains.filter((name) => !wanted.has(name)).map((name) => `delete chain ${family} ${TABLE} ${name}`),
    ...without('set', before.sets),
    ...without('counter', before.counters),
    ...without('limit', before.limits),
  ]
}

function isDeclared(before: TableContents | undefined, name: string): boolean {
  if (before === undefined) return false
  return before.sets.has(name) || before.counters.has(name) || before.limits.has(name)
}

function baseText({ name, hook, lines }: BaseChain, before: TableContents | undefined): string {
  const head = before?.chains.has(name) === true ? [] : [`  type filter ${hook}; policy accept;`]
  return [`chain ${name} {`, ...head, ...lines.map((line) => `  ${line}`), '}'].join('\n')
}
