import { TidegateError } from '#kernel'
import type { SecAction, SecDisruptive, SecItem, SecLink, SecRule, SecRuleSet } from '../seclang/index.ts'
import type { EngineLink, EngineRule } from './engine-rule.ts'
import { linkEffects } from './link-effects.ts'
import { macroText } from './macro-text.ts'
import { bindOperator } from './operator-test.ts'
import type { PatternCache } from './pattern-cache.ts'
import { isPinned } from './profile.ts'
import { classOfRule } from './rule-class.ts'
import { readSelector } from './target-text.ts'
import { compileTargets, type PatternCompiler, type Selector } from './targets.ts'
import { beginnings, type TransformationChains } from './transformation-chain.ts'
import type { TxNames } from './tx-names.ts'
import { readSetVar } from './variable-effects.ts'

/** What the rules of one set share. */
export interface RuleWorkshop {
  readonly names: TxNames
  readonly chains: TransformationChains
  readonly patterns: PatternCache
}

/** Position behind the last item: where a jump to a marker that does not follow ends. */
const END_OF_PHASE = Number.MAX_SAFE_INTEGER

/** Makes the rules of a set ready to run; positions are those of the items. */
export function buildRules(set: SecRuleSet, workshop: RuleWorkshop): EngineRule[] {
  return set.items.flatMap((item, position) => (item.type === 'rule' ? [buildRule(item, position, set, workshop)] : []))
}

function buildRule(source: SecRule, position: number, set: SecRuleSet, workshop: RuleWorkshop): EngineRule {
  const { metadata } = source
  return {
    id: source.id,
    position,
    phase: source.phase,
    links: source.links.map((link) => buildLink(link, workshop)),
    source,
    tags: metadata.tags,
    class: classOfRule(source),
    logs: metadata.log,
    disruptive: disruptiveOf(source, set),
    message: macroText(metadata.message, workshop.names),
    properties: propertiesOf(source),
    skipTo: skipTarget(source, position, set.items),
  }
}

/** `block` stands for what SecDefaultAction says of the phase. */
function disruptiveOf({ metadata, phase }: SecRule, { defaults }: SecRuleSet): SecDisruptive {
  if (metadata.disruptive !== 'block') return metadata.disruptive
  const named = defaults[phase]?.find(({ name }) => DISRUPTIVE_DEFAULTS.has(name as SecDisruptive))
  return named === undefined ? 'deny' : (named.name as SecDisruptive)
}

const DISRUPTIVE_DEFAULTS: ReadonlySet<SecDisruptive> = new Set(['pass', 'deny', 'drop', 'redirect', 'allow'])

function buildLink(link: SecLink, workshop: RuleWorkshop): EngineLink {
  const { names, chains, patterns } = workshop
  const chain = chains.of(link.transformations)
  const compile: PatternCompiler = (source) => {
    const prefix = /^\^([A-Za-z0-9_-]+)$/.exec(source)?.[1].toLowerCase()
    if (prefix !== undefined) return (name) => name.slice(0, prefix.length).toLowerCase() === prefix
    const regex = patterns.get(`(?i)${source}`)
    return (name) => regex.test(name)
  }
  return {
    targets: link.variables.length === 0 ? undefined : compileTargets(link.variables, names, compile),
    operator: bindOperator(link, patterns, names),
    chain,
    stages: link.multiMatch ? beginnings(chain) : undefined,
    capture: link.capture,
    effects: linkEffects(ownActions(link), names, (target) => ctlTarget(target, compile)),
  }
}

/** The actions of a link without those that would set what the site's settings decide. */
function ownActions({ variables, actions }: SecLink): readonly SecAction[] {
  if (variables.length > 0) return actions
  return actions.filter((action) => {
    if (action.name !== 'setvar') return true
    const { collection, key } = readSetVar(action)
    return collection !== 'TX' || key.constant === undefined || !isPinned(key.constant.toLowerCase())
  })
}

function ctlTarget(text: string, compile: PatternCompiler): Selector {
  const selector = readSelector(text, compile)
  if (selector !== undefined) return selector
  throw new TidegateError('ERR_INVARIANT', `ctl with the target ${text} was not refused`, { source: 'internal' })
}

function propertiesOf({ id, metadata }: SecRule): (readonly [string, string])[] {
  const named: readonly (readonly [string, string | undefined])[] = [
    ['id', String(id)],
    ['msg', metadata.message],
    ['severity', metadata.severity],
    ['logdata', metadata.logData],
    ['ver', metadata.version],
  ]
  return named.flatMap(([name, text]) => (text === undefined ? [] : [[name, text] as const]))
}

/** Where the phase goes on after `skipAfter` or `skip`: markers and ids are looked for behind the rule only. */
function skipTarget({ metadata, phase }: SecRule, position: number, items: readonly SecItem[]): number | undefined {
  const { skipAfter, skip } = metadata
  if (skipAfter !== undefined) {
    const target = items.findIndex((item, at) => at > position && isNamed(item, skipAfter))
    return target < 0 ? END_OF_PHASE : target + 1
  }
  if (skip === 0) return undefined
  let left = skip
  for (let at = position + 1; at < items.length; at++) {
    const item = items[at]
    if (item.type === 'rule' && item.phase === phase && left-- === 0) return at
  }
  return END_OF_PHASE
}

function isNamed(item: SecItem, name: string): boolean {
  return item.type === 'marker' ? item.name === name : String(item.id) === name
}
