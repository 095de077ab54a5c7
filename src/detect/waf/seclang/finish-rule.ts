import { TRANSFORMATIONS } from '../transformations/index.ts'
import { phaseOf, severityOf } from './action-values.ts'
import type { SecAction, SecDisruptive, SecLink, SecMetadata, SecRule } from './model.ts'
import type { ParsedAction } from './parse-actions.ts'
import { type LinkDraft, type RuleDraft, valuesOf } from './rule-draft.ts'

/** The rule that a draft amounts to, with the default actions of its phase. */
export function finishRule(draft: RuleDraft): SecRule {
  const [head] = draft.links
  return {
    type: 'rule',
    id: draft.id,
    phase: draft.phase,
    links: draft.links.map((link, index) => finishLink(link, index === 0 ? draft.defaults : [])),
    metadata: metadataOf(draft),
    place: head.place,
  }
}

function finishLink(draft: LinkDraft, defaults: readonly ParsedAction[]): SecLink {
  const actions = [...defaults, ...draft.actions]
  return {
    variables: draft.variables,
    operator: draft.operator,
    transformations: transformationsOf(actions),
    multiMatch: has(actions, 'multiMatch'),
    capture: has(actions, 'capture'),
    actions: actions.filter(({ definition }) => definition.kind === 'effect').map(effectOf),
    place: draft.place,
  }
}

/** `t:none` takes back what was written before it. */
function transformationsOf(actions: readonly ParsedAction[]): readonly string[] {
  const names = valuesOf(actions, 't').map((name) => TRANSFORMATIONS[name.toLowerCase()].name)
  return names.slice(names.lastIndexOf('none') + 1)
}

/** The collection that an older action opens: `setsid:X` is `initcol:session=X`. */
const OPENED_COLLECTIONS: Readonly<Record<string, string>> = { setsid: 'session', setuid: 'user', setrsc: 'resource' }

function effectOf({ definition, value, place }: ParsedAction): SecAction {
  const collection = OPENED_COLLECTIONS[definition.name]
  if (collection !== undefined) return { name: 'initcol', value: `${collection}=${value}`, place }
  return { name: definition.name.toLowerCase(), value, place }
}

/** Default actions as plain data, for the reference of what `block` does. */
export function actionsAsData(actions: readonly ParsedAction[]): readonly SecAction[] {
  return actions.map(({ definition, value, place }) => ({ name: definition.name.toLowerCase(), value, place }))
}

const PARANOIA_TAG = /^paranoia-level\/([1-4])$/

function metadataOf({ links, defaults }: RuleDraft): SecMetadata {
  const own = links[0].actions
  const all = [...defaults, ...own]
  const disruptive = disruptiveOf(defaults, own)
  const tags = [...new Set(valuesOf(all, 'tag'))]
  const severity = valuesOf(all, 'severity').at(-1)
  const status = valuesOf(all, 'status').at(-1)
  return {
    message: valuesOf(all, 'msg').at(-1) ?? '',
    logData: valuesOf(all, 'logdata').at(-1),
    severity: severity === undefined ? undefined : severityOf(severity),
    tags,
    version: valuesOf(all, 'ver').at(-1),
    paranoia: Number(tags.map((tag) => PARANOIA_TAG.exec(tag)?.[1]).find((level) => level !== undefined) ?? 1),
    ...loggingOf(all),
    disruptive: disruptive.name,
    status: status === undefined ? undefined : Number(status),
    ...(disruptive.redirectTo === undefined ? {} : { redirectTo: disruptive.redirectTo }),
    skipAfter: valuesOf(own, 'skipAfter').at(-1),
    skip: Number(valuesOf(own, 'skip').at(-1) ?? 0),
  }
}

interface DisruptiveChoice {
  readonly name: SecDisruptive
  readonly redirectTo: string | undefined
}

/** The last disruptive action counts; `block` means what the default actions of the phase say. */
function disruptiveOf(defaults: readonly ParsedAction[], own: readonly ParsedAction[]): DisruptiveChoice {
  const chosen = own.findLast(({ definition }) => definition.kind === 'disruptive')
  const fallback = defaults.findLast(({ definition }) => definition.kind === 'disruptive')
  const action = chosen === undefined || chosen.definition.name === 'block' ? fallback : chosen
  // Without any default, a rule that says nothing passes: that is SecLang's own default.
  if (action === undefined) return { name: 'pass', redirectTo: undefined }
  const { definition, value } = action
  const scope = value.toLowerCase()
  if (definition.name === 'allow' && value !== '')
    return { name: `allow:${scope}` as SecDisruptive, redirectTo: undefined }
  return { name: definition.name as SecDisruptive, redirectTo: definition.name === 'redirect' ? value : undefined }
}

/** `nolog` also keeps a rule out of the audit log, unless `auditlog` follows. */
function loggingOf(actions: readonly ParsedAction[]): { readonly log: boolean; readonly auditLog: boolean } {
  let log = true
  let auditLog = true
  for (const { definition } of actions) {
    if (definition.name === 'log') log = true
    else if (definition.name === 'nolog') log = auditLog = false
    else if (definition.name === 'auditlog') auditLog = true
    else if (definition.name === 'noauditlog') auditLog = false
  }
  return { log, auditLog }
}

function has(actions: readonly ParsedAction[], name: string): boolean {
  return actions.some(({ definition }) => definition.name === name)
}

/** Phase of a rule that names none. */
const DEFAULT_PHASE = 2

/** The phase that a list of actions names, or the default one. */
export function phaseIn(actions: readonly ParsedAction[]): 1 | 2 | 3 | 4 | 5 {
  return phaseOf(valuesOf(actions, 'phase').at(-1) ?? '') ?? DEFAULT_PHASE
}
