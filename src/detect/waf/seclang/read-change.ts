import type { Directive } from './directive-reader.ts'
import { parseIdRanges } from './id-ranges.ts'
import { parseActions } from './parse-actions.ts'
import { parseVariables } from './parse-variables.ts'
import type { PlacedText } from './placed-text.ts'
import type { RuleChoice } from './rule-change.ts'
import type { RuleSetDraft } from './rule-set-draft.ts'

type ChoiceBy = RuleChoice['by']

/** `SecRuleRemoveById IDS ...`, `SecRuleRemoveByTag TEXT`, `SecRuleRemoveByMsg TEXT` */
export function readRemoval(directive: Directive, by: ChoiceBy, draft: RuleSetDraft): void {
  for (const written of directive.arguments) {
    const choice = choiceOf(written, by, draft)
    if (choice !== undefined) {
      draft.changes.push({ type: 'remove', choice, place: written.place, directive: directive.name.text })
    }
  }
}

/** `SecRuleUpdateTargetById IDS VARIABLES [REPLACED]`, the same by tag and by message */
export function readTargetUpdate(directive: Directive, by: ChoiceBy, draft: RuleSetDraft): void {
  const [written, variables, replaced] = directive.arguments
  const choice = choiceOf(written, by, draft)
  const parsed = parseVariables(variables, draft.problems)
  const parsedReplaced = replaced === undefined ? [] : parseVariables(replaced, draft.problems)
  if (choice === undefined || parsed.length === 0) return
  draft.changes.push({
    type: 'targets',
    choice,
    variables: parsed,
    replaced: parsedReplaced,
    place: written.place,
    directive: directive.name.text,
  })
}

const ID_AND_LINK = /^([^:]*)(?::([0-9]{1,4}))?$/

/** Actions that make a rule what it is: an update cannot change them. */
const FIXED: ReadonlySet<string> = new Set(['id', 'phase', 'chain'])

/** `SecRuleUpdateActionById ID[:LINK] ACTIONS`; link 1 is the first chained rule */
export function readActionUpdate(directive: Directive, draft: RuleSetDraft): void {
  const [written, list] = directive.arguments
  const match = ID_AND_LINK.exec(written.text)
  const choice = match === null ? undefined : choiceOf(written.slice(0, match[1].length), 'id', draft)
  if (match === null) draft.problems.report(written.place, `expected a rule id, found ${written.text}`)
  const actions = parseActions(list, draft.problems)
  for (const { definition, place } of actions) {
    if (FIXED.has(definition.name)) draft.problems.report(place, `${definition.name} of a rule cannot be changed`)
  }
  if (choice === undefined) return
  draft.changes.push({
    type: 'actions',
    choice,
    actions,
    link: Number(match?.[2] ?? 0),
    place: written.place,
    directive: directive.name.text,
  })
}

function choiceOf(written: PlacedText, by: ChoiceBy, draft: RuleSetDraft): RuleChoice | undefined {
  if (by !== 'id') return { by, text: written }
  const ranges = parseIdRanges(written.text)
  if (ranges !== undefined) return { by, ranges }
  draft.problems.report(
    written.place,
    `expected rule ids and ranges such as 942100 or 1000-1999, found ${written.text}`,
  )
  return undefined
}
