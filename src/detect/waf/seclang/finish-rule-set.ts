import { actionsAsData, finishRule } from './finish-rule.ts'
import type { SecAction, SecItem, SecMarker, SecRuleSet } from './model.ts'
import { applyChanges } from './rule-change.ts'
import type { RuleDraft } from './rule-draft.ts'
import type { RuleSetDraft } from './rule-set-draft.ts'

/**
 * The rule set that a draft amounts to, when all files have been read.
 * @throws TidegateError ERR_RULE_INVALID when anything was wrong
 */
export function finishRuleSet(draft: RuleSetDraft): SecRuleSet {
  addMarkers(draft)
  applyChanges(draft)
  draft.problems.throwIfAny()
  const items: SecItem[] = []
  for (const item of draft.items) {
    if (!isRule(item)) items.push(item)
    else if (!item.broken) items.push(finishRule(item))
  }
  return {
    items,
    defaults: defaultsOf(draft),
    engine: draft.engine,
    signatures: draft.signatures,
    files: [...draft.files],
    warnings: draft.problems.warnings,
  }
}

const isRule = (item: RuleDraft | SecMarker): item is RuleDraft => 'links' in item
const isMarker = (item: RuleDraft | SecMarker): item is SecMarker => !isRule(item)

/**
 * Makes sure that every `skipAfter` has a marker. `skipAfter:1234` goes on behind the rule of that id, which gets a marker,
 * also when it is removed later: for the engine there are only markers.
 */
function addMarkers({ items, rulesById, problems }: RuleSetDraft): void {
  const markers = new Set(items.filter(isMarker).map(({ name }) => name))
  const skippedTo = new Set<number>()
  for (const item of items.filter(isRule)) {
    for (const { definition, value, place } of item.links[0].actions) {
      if (definition.name !== 'skipAfter' || markers.has(value)) continue
      if (rulesById.has(Number(value))) skippedTo.add(Number(value))
      // Nobody means to skip everything that follows.
      else problems.report(place, `there is no SecMarker ${value} to skip to`)
    }
  }
  if (skippedTo.size === 0) return
  const marked = items.flatMap((item) =>
    isRule(item) && skippedTo.has(item.id) ? [item, { type: 'marker' as const, name: String(item.id) }] : [item],
  )
  items.splice(0, items.length, ...marked)
}

function defaultsOf({ defaults }: RuleSetDraft): Readonly<Record<number, readonly SecAction[]>> {
  return Object.fromEntries([...defaults].map(([phase, actions]) => [phase, actionsAsData(actions)]))
}
