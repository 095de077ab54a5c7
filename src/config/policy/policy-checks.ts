import { isPacketPhase, type Phase } from '#decide'
import { checkBpf, checkNft } from '#rules'
import type { FirewallConfig } from '../config.ts'
import { didYouMean } from '../source/did-you-mean.ts'
import type { Problem } from '../source/problem.ts'
import type { YamlPath } from '../source/yaml-document.ts'
import { hookWarnings } from './hook-warnings.ts'
import type { ParsedRule } from './parse-rule.ts'
import { valueWarnings } from './value-warnings.ts'

export interface PolicyCheckScope {
  /** Names of the sites that a rule may route to; undefined leaves them unchecked. */
  readonly siteNames: ReadonlySet<string> | undefined
  readonly nowMs: number
  /** False when the configuration filters no packets; undefined leaves it unchecked. */
  readonly hasFirewall?: boolean | undefined
  /** What filters packets; undefined leaves unchecked whether it can ask the rules. */
  readonly backend?: FirewallConfig['backend'] | undefined
  /** Where packets are filtered; undefined leaves unchecked whether rules are about such packets. */
  readonly interfaces?: FirewallConfig['interfaces'] | undefined
}

/** What only shows when all rules are looked at together. */
export function checkRules(
  rules: readonly ParsedRule[],
  scope: PolicyCheckScope,
): { readonly problems: readonly Problem[]; readonly warnings: readonly Problem[] } {
  return {
    problems: [
      ...duplicateIds(rules),
      ...unknownSites(rules, scope.siteNames),
      ...unknownSkips(rules),
      ...unaskedPackets(rules, scope.backend),
    ],
    warnings: [
      ...expired(rules, scope.nowMs),
      ...unfilteredPackets(rules, scope.hasFirewall),
      ...unmetPackets(rules, scope.interfaces),
      ...impossibleValues(rules),
    ],
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

/** Rules that what filters cannot ask. */
function* unaskedPackets(
  rules: readonly ParsedRule[],
  backend: FirewallConfig['backend'] | undefined,
): Iterable<Problem> {
  if (backend === undefined) return
  const packets = rules.filter(({ phase, rule }) => isPacketPhase(phase) && rule.enabled)
  const refusals = {
    xdp: refusalsOf(packets, ({ expression, action }) =>
      action.type === 'synproxy' ? NO_PROXY : checkBpf(expression)?.reason,
    ),
    nftables: refusalsOf(packets, ({ expression }) => checkNft(expression)?.reason),
  }
  if (backend !== 'auto') {
    for (const { parsed, reason } of refusals[backend]) yield problemAt(parsed, ['when'], reason)
    return
  }
  const [first] = refusals.xdp
  if (first === undefined) return
  for (const { parsed, reason } of refusals.nftables) {
    const other = `rule ${first.parsed.rule.id} needs nftables (${first.reason})`
    yield problemAt(parsed, ['when'], `${reason}; and ${other}, so that neither can ask all rules`)
  }
}

interface Refused {
  readonly parsed: ParsedRule
  readonly reason: string
}

const NO_PROXY = 'eBPF is no proxy for connections: filter with `backend: nftables`, or `auto`'

function refusalsOf(
  rules: readonly ParsedRule[],
  check: (rule: ParsedRule['rule']) => string | undefined,
): readonly Refused[] {
  return rules.flatMap((parsed) => {
    const reason = check(parsed.rule)
    return reason === undefined ? [] : [{ parsed, reason }]
  })
}

/** One warning for all: the rules may be meant for another machine. */
function* unfilteredPackets(rules: readonly ParsedRule[], hasFirewall: boolean | undefined): Iterable<Problem> {
  const first = rules.find(({ phase }) => isPacketPhase(phase))
  if (hasFirewall !== false || first === undefined) return
  yield problemAt(first, [], 'rules for packets do nothing without a section `firewall` in the configuration')
}

function* unmetPackets(
  rules: readonly ParsedRule[],
  interfaces: FirewallConfig['interfaces'] | undefined,
): Iterable<Problem> {
  if (interfaces === undefined) return
  for (const parsed of rules.filter(({ phase, rule }) => isPacketPhase(phase) && rule.enabled)) {
    for (const message of hookWarnings(parsed.rule, interfaces)) yield problemAt(parsed, ['when'], message)
  }
}

function* impossibleValues(rules: readonly ParsedRule[]): Iterable<Problem> {
  for (const parsed of rules.filter(({ phase, rule }) => isPacketPhase(phase) && rule.enabled)) {
    for (const message of valueWarnings(parsed.rule.expression)) yield problemAt(parsed, ['when'], message)
  }
}

/** Rules in the order in which they run: by phase, then as written. */
export function inRunningOrder(rules: readonly ParsedRule[], phases: readonly Phase[]): readonly ParsedRule[] {
  return phases.flatMap((phase) => rules.filter((parsed) => parsed.phase === phase))
}
