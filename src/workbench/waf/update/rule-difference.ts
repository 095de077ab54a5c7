import type { SecRule, SecRuleSet } from '#detect'

/** A rule as a list of differences shows it. */
export interface DifferentRule {
  readonly id: number
  readonly message: string
  readonly paranoia: number
  /** What changed, in words of SecLang; empty for rules that were added or removed. */
  readonly changes: readonly string[]
}

export interface RuleDifference {
  readonly added: readonly DifferentRule[]
  readonly removed: readonly DifferentRule[]
  readonly changed: readonly DifferentRule[]
}

/** What `next` does differently from `before`, by rule id; without `before` every rule is new. */
export function differenceOfRules(before: SecRuleSet | undefined, next: SecRuleSet): RuleDifference {
  const old = rulesById(before)
  const now = rulesById(next)
  const added = [...now.values()].filter(({ id }) => !old.has(id)).map((rule) => shown(rule))
  const removed = [...old.values()].filter(({ id }) => !now.has(id)).map((rule) => shown(rule))
  const changed = [...now.values()].flatMap((rule) => {
    const earlier = old.get(rule.id)
    const changes = earlier === undefined ? [] : changesOf(earlier, rule)
    return changes.length === 0 ? [] : [shown(rule, changes)]
  })
  return { added: tellingFirst(added), removed: tellingFirst(removed), changed: tellingFirst(changed) }
}

/** Rules without a message prepare or skip something: people look for the others. */
function tellingFirst(rules: readonly DifferentRule[]): DifferentRule[] {
  return rules.toSorted((a, b) => Number(a.message === '') - Number(b.message === '') || a.id - b.id)
}

function rulesById(set: SecRuleSet | undefined): Map<number, SecRule> {
  return new Map((set?.items ?? []).flatMap((item) => (item.type === 'rule' ? [[item.id, item] as const] : [])))
}

function shown({ id, metadata }: SecRule, changes: readonly string[] = []): DifferentRule {
  return { id, message: metadata.message, paranoia: metadata.paranoia, changes }
}

/** What of a rule is compared, by its name for people. Places and wordings do not count. */
const ASPECTS: Readonly<Record<string, (rule: SecRule) => unknown>> = {
  phase: ({ phase }) => phase,
  'paranoia level': ({ metadata }) => metadata.paranoia,
  severity: ({ metadata }) => metadata.severity,
  action: ({ metadata }) => [metadata.disruptive, metadata.status, metadata.skipAfter],
  'length of the chain': ({ links }) => links.length,
  variables: ({ links }) => links.map(({ variables }) => variables),
  operator: ({ links }) =>
    links.map(({ operator: { name, negated, argument, phrases } }) => [name, negated, argument, phrases]),
  transformations: ({ links }) => links.map(({ transformations, multiMatch }) => [transformations, multiMatch]),
  effects: ({ links }) => links.map(({ actions }) => actions.map(({ name, value }) => [name, unversioned(value)])),
}

/** Every release writes its own version into some values: that alone is no change. */
function unversioned(value: string): string {
  return value.replace(/OWASP_CRS\/[\w.-]+/g, 'OWASP_CRS')
}

function changesOf(before: SecRule, next: SecRule): string[] {
  return Object.entries(ASPECTS).flatMap(([name, aspect]) =>
    JSON.stringify(aspect(before)) === JSON.stringify(aspect(next)) ? [] : [name],
  )
}
