import type { SourcePlace } from '#kernel'
import type { ActionKind } from './action-table.ts'
import type { Directive } from './directive-reader.ts'
import { phaseIn } from './finish-rule.ts'
import type { SecOperator } from './model.ts'
import { type ParsedAction, parseActions } from './parse-actions.ts'
import { parseOperator, type ReadLines } from './parse-operator.ts'
import { parseVariables } from './parse-variables.ts'
import type { PlacedText } from './placed-text.ts'
import { type LinkDraft, MISSING_ID, type RuleDraft, valuesOf } from './rule-draft.ts'
import type { RuleSetDraft } from './rule-set-draft.ts'

const ALWAYS: SecOperator = { name: 'unconditionalMatch', negated: false, argument: '' }

/** `SecRule VARIABLES OPERATOR [ACTIONS]` */
export function readSecRule(directive: Directive, draft: RuleSetDraft, readLines: ReadLines): void {
  const [variables, operator, actions] = directive.arguments
  const { problems } = draft
  const parsedVariables = parseVariables(variables, problems)
  const parsedOperator = parseOperator(operator, problems, readLines)
  if (parsedVariables.length > 0 && parsedVariables.every(({ exclude }) => exclude)) {
    problems.report(variables.place, 'expected a variable to look at: exclusions alone leave nothing')
  }
  const link: LinkDraft = {
    variables: parsedVariables,
    operator: parsedOperator ?? ALWAYS,
    actions: actions === undefined ? [] : parseActions(actions, problems),
    place: directive.name.place,
  }
  const broken = parsedOperator === undefined || parsedVariables.length === 0
  addLink(link, broken, draft, actions ?? directive.name)
}

/** `SecAction ACTIONS` */
export function readSecAction(directive: Directive, draft: RuleSetDraft): void {
  const [actions] = directive.arguments
  const parsed = parseActions(actions, draft.problems)
  addLink({ variables: [], operator: ALWAYS, actions: parsed, place: directive.name.place }, false, draft, actions)
}

/** The link continues the open chain, or begins a rule. */
function addLink(link: LinkDraft, broken: boolean, draft: RuleSetDraft, written: PlacedText): void {
  const chain = draft.openChain
  const rule = chain ?? newRule(link, draft, written)
  if (chain !== undefined) checkLink(link, chain, draft)
  rule.links.push(link)
  if (broken) rule.broken = true
  if (chain === undefined) draft.addRule(rule, link.place)
  const continues = link.actions.some(({ definition }) => definition.name === 'chain')
  draft.openChain = continues ? rule : undefined
}

function newRule(link: LinkDraft, draft: RuleSetDraft, written: PlacedText): RuleDraft {
  const id = valuesOf(link.actions, 'id').at(-1)
  // One that stands there but is no number was reported when it was read.
  if (id === undefined && !/\bid\s*:/i.test(written.text)) {
    draft.problems.report(link.place, 'a rule needs an id: add the action id:NUMBER, with a number of its own')
  }
  const phase = phaseIn(link.actions)
  return {
    id: id === undefined ? MISSING_ID : Number(id),
    phase,
    links: [],
    defaults: draft.defaults.get(phase) ?? [],
    broken: id === undefined,
  }
}

/** Kinds of actions that belong to the first rule of a chain, with the reason. */
const FIRST_ONLY: Readonly<Partial<Record<ActionKind, string>>> = {
  disruptive: 'what happens is said by the first rule of a chain',
  flow: 'where to go on is said by the first rule of a chain',
}

function checkLink(link: LinkDraft, chain: RuleDraft, { problems }: RuleSetDraft): void {
  for (const { definition, value, place } of link.actions) {
    const reason = FIRST_ONLY[definition.kind]
    if (reason !== undefined) problems.report(place, `${definition.name} cannot stand here: ${reason}`)
    if (definition.name === 'id') problems.report(place, 'a chained rule has no id of its own; take it out')
    if (definition.name === 'phase' && phaseIn(link.actions) !== chain.phase) {
      problems.report(place, `phase:${value} differs from phase ${chain.phase} of the rule that begins the chain`)
    }
    if (definition.kind === 'metadata') {
      problems.warn(
        place,
        `${definition.name} of a chained rule has no effect: write it in the first rule of the chain`,
      )
    }
  }
}

/** `SecMarker NAME` */
export function readSecMarker({ arguments: [name] }: Directive, draft: RuleSetDraft): void {
  if (name.text === '') draft.problems.report(name.place, 'a marker needs a name')
  draft.items.push({ type: 'marker', name: name.text })
}

const NOT_IN_DEFAULTS: ReadonlySet<string> = new Set(['id', 'chain', 'msg', 'severity', 'logdata', 'ver'])

/** `SecDefaultAction ACTIONS`: for the rules of its phase that follow. */
export function readSecDefaultAction({ arguments: [list], name }: Directive, draft: RuleSetDraft): void {
  const { problems } = draft
  const actions = parseActions(list, problems)
  for (const { definition, place } of actions) {
    if (definition.kind === 'flow' || NOT_IN_DEFAULTS.has(definition.name)) {
      problems.report(place, `${definition.name} cannot be a default: it belongs to one rule`)
    }
  }
  const disruptive = actions.findLast(({ definition }) => definition.kind === 'disruptive')
  if (disruptive?.definition.name === 'block') {
    problems.report(
      disruptive.place,
      'block means the default action, and this is it: write deny, drop, redirect or pass',
    )
  }
  requireActions(actions, disruptive, name.place, draft)
  draft.defaults.set(phaseIn(actions), actions)
}

function requireActions(
  actions: readonly ParsedAction[],
  disruptive: ParsedAction | undefined,
  place: SourcePlace,
  { problems }: RuleSetDraft,
): void {
  if (valuesOf(actions, 'phase').length === 0)
    problems.report(place, 'default actions need a phase: add phase:1 to phase:5')
  if (disruptive === undefined)
    problems.report(place, 'default actions need one of pass, deny, drop, redirect or allow')
}
