import { isPacketPhase, type Phase } from '#decide'
import { didYouMean } from '../source/did-you-mean.ts'
import type { Problem } from '../source/problem.ts'
import type { YamlPath } from '../source/yaml-document.ts'
import type { ParsedRule } from './parse-rule.ts'

export interface PolicyCheckScope {
  /** Names of the sites that a rule may route to; undefined leaves them unchecked. */
  readonly siteNames: ReadonlySet<string> | undefined
  readonly nowMs: number
  /** False when the configuration filters no packets; undefined leaves it unchecked. */
  readonly hasFirewall?: boolean | undefined
}

/** What only shows when all rules are looked at together. */
export function checkRules(
  rules: readonly ParsedRule[],
  scope: PolicyCheckScope,
): { readonly problems: readonly Problem[]; readonly warnings: readonly Problem[] } {
  return {
    problems: [...duplicateIds(rules), ...unknownSites(rules, scope.siteNames), ...unknownSkips(rules)],
    warnings: [...expired(rules, scope.nowMs), ...unfilteredPackets(rules, scope.hasFirewall)],
  }
}

function problemAt({ scope, rule }: ParsedRule, path: YamlPath, message: string): Problem {
  return { place: scope.document.placeOf([...scope.base, ...path]), message: `rule ${rule.id}: ${message}` }
}

function* duplicateIds(rules: readonly ParsedRule[]): Iterable<Problem> {
  const seen = new Map<string, ParsedRule>()
  for (const parsed of rules) {
    const other = seen.get(parsed.rule.id)
    if (other === undefined) {
      seen.set(parsed.rule.id, parsed)
    } else {
      const { file, line } = other.rule.place
      yield problemAt(parsed, ['id'], `another rule has this id already, at ${file}:${line}`)
    }
  }
}

function* unknownSites(rules: readonly ParsedRule[], siteNames: ReadonlySet<string> | undefined): Iterable<Problem> {
  if (siteNames === undefined) return
  for (const parsed of rules) {
    const { action } = parsed.rule
    if (action.type !== 'route' || action.site === undefined || siteNames.has(action.site)) continue
    const hint = didYouMean(action.site, siteNames) || `; sites are ${[...siteNames].join(', ')}`
    yield problemAt(parsed, ['action', 'route', 'site'], `the configuration has no site \`${action.site}\`${hint}`)
  }
}

function* unknownSkips(rules: readonly ParsedRule[]): Iterable<Problem> {
  const position = new Map(rules.map(({ rule }, index) => [rule.id, index]))
  for (const [index, parsed] of rules.entries()) {
    const { action } = parsed.rule
    if (action.type !== 'skip') continue
    for (const [skipIndex, id] of action.rules.entries()) {
      const target = position.get(id)
      const path = ['action', 'skip', 'rules', skipIndex]
      if (target === undefined) {
        yield problemAt(parsed, path, `there is no rule \`${id}\` to skip${didYouMean(id, position.keys())}`)
      } else if (target <= index) {
        yield problemAt(parsed, path, `rule \`${id}\` runs before this one, so it cannot be skipped here`)
      }
    }
  }
}

function* expired(rules: readonly ParsedRule[], nowMs: number): Iterable<Problem> {
  for (const parsed of rules) {
    const { expiresMs, enabled } = parsed.rule
    if (enabled && expiresMs !== undefined && expiresMs <= nowMs) {
      yield problemAt(parsed, ['expires'], `it expired on ${new Date(expiresMs).toISOString()} and does nothing`)
    }
  }
}

/** One warning for all: the rules may be meant for another machine. */
function* unfilteredPackets(rules: readonly ParsedRule[], hasFirewall: boolean | undefined): Iterable<Problem> {
  const first = rules.find(({ phase }) => isPacketPhase(phase))
  if (hasFirewall !== false || first === undefined) return
  yield problemAt(first, [], 'rules for packets do nothing without a section `firewall` in the configuration')
}

/** Rules in the order in which they run: by phase, then as written. */
export function inRunningOrder(rules: readonly ParsedRule[], phases: readonly Phase[]): readonly ParsedRule[] {
  return phases.flatMap((phase) => rules.filter((parsed) => parsed.phase === phase))
}
