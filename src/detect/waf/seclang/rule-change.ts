import type { SourcePlace } from '#kernel'
import { ensureLinearEngine, parseRegex } from '#rules'
import { holdsId, type IdRange } from './id-ranges.ts'
import type { SecMarker, SecVariable } from './model.ts'
import type { ParsedAction } from './parse-actions.ts'
import type { PlacedText } from './placed-text.ts'
import type { Problems } from './problems.ts'
import { type RuleDraft, valuesOf } from './rule-draft.ts'
import type { RuleSetDraft } from './rule-set-draft.ts'

/** Which rules a change means. */
export type RuleChoice =
  | { readonly by: 'id'; readonly ranges: readonly IdRange[] }
  /** The whole text where a rule has it, else a pattern that is found in it. */
  | { readonly by: 'tag' | 'msg'; readonly text: PlacedText }

/** A directive that changes rules which stand elsewhere. */
export type RuleChange = { readonly choice: RuleChoice; readonly place: SourcePlace; readonly directive: string } & (
  | { readonly type: 'remove' }
  /** Adds variables and exclusions; with `replaced`, takes those variables out first. */
  | {
      readonly type: 'targets'
      readonly variables: readonly SecVariable[]
      readonly replaced: readonly SecVariable[]
    }
  /** Adds actions to the link `link` of the chain, 0 being the rule itself. */
  | { readonly type: 'actions'; readonly actions: readonly ParsedAction[]; readonly link: number }
)

/** Applies the changes in the order in which they stand. One that meets no rule is said so. */
export function applyChanges(draft: RuleSetDraft): void {
  for (const change of draft.changes) {
    const chosen = chooseRules(change.choice, draft.items, draft.problems)
    if (chosen.length === 0) {
      draft.problems.warn(change.place, `${change.directive} changes nothing: there is no such rule`)
    } else if (change.type === 'remove') {
      const removed = new Set<RuleDraft | SecMarker>(chosen)
      const kept = draft.items.filter((item) => !removed.has(item))
      draft.items.splice(0, draft.items.length, ...kept)
    } else {
      for (const rule of chosen) applyToRule(change, rule, draft.problems)
    }
  }
}

function applyToRule(change: Exclude<RuleChange, { type: 'remove' }>, rule: RuleDraft, problems: Problems): void {
  if (change.type === 'actions') {
    const link = rule.links[change.link]
    if (link === undefined) {
      problems.report(change.place, `rule ${rule.id} has ${rule.links.length} links, none of number ${change.link}`)
    } else {
      link.actions = [...link.actions, ...change.actions]
    }
    return
  }
  const [head] = rule.links
  // A SecAction looks at nothing, and a target would make it a test.
  if (head.variables.length === 0) return
  const kept = head.variables.filter((variable) => !change.replaced.some((other) => sameTarget(variable, other)))
  head.variables = [...kept, ...change.variables]
}

function sameTarget(left: SecVariable, right: SecVariable): boolean {
  return left.name === right.name && left.count === right.count && selectorText(left) === selectorText(right)
}

function selectorText({ selector }: SecVariable): string {
  switch (selector.kind) {
    case 'all':
      return ''
    case 'key':
      return selector.key.toLowerCase()
    case 'regex':
      return `/${selector.source}/`
    case 'xpath':
      return selector.path
  }
}

function chooseRules(
  choice: RuleChoice,
  items: readonly (RuleDraft | SecMarker)[],
  problems: Problems,
): readonly RuleDraft[] {
  const rules = items.filter((item) => 'links' in item)
  if (choice.by === 'id') return rules.filter(({ id }) => holdsId(choice.ranges, id))
  const textsOf = ({ links }: RuleDraft): readonly string[] => valuesOf(links[0].actions, choice.by)
  const wanted = choice.text.text
  const exact = rules.filter((rule) => textsOf(rule).includes(wanted))
  // As a pattern, `language-java` would also take the rules of `language-javascript`.
  if (exact.length > 0) return exact
  const pattern = patternOf(choice.text, problems)
  return pattern === undefined ? [] : rules.filter((rule) => textsOf(rule).some((text) => pattern.test(text)))
}

function patternOf(written: PlacedText, problems: Problems): RegExp | undefined {
  ensureLinearEngine()
  const result = parseRegex(written.text)
  if (result.ok) return new RegExp(result.regex.source)
  problems.report(written.placeAt(result.start), `this pattern cannot be used: ${result.message}`)
  return undefined
}
