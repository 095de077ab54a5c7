import type { SourcePlace } from '#kernel'
import { ACTION_NAMES, type ActionDefinition, ACTIONS } from './action-table.ts'
import { actionValueFault } from './action-values.ts'
import { checkCtl } from './check-ctl.ts'
import type { PlacedText } from './placed-text.ts'
import { didYouMean, type Problems } from './problems.ts'

/** One action as it stands in a rule, known and with a value that makes sense. */
export interface ParsedAction {
  readonly definition: ActionDefinition
  readonly value: string
  readonly place: SourcePlace
}

/** Reads a list of actions, such as `id:1,phase:2,deny,msg:'No, thanks'`. What is wrong is reported, and left out. */
export function parseActions(list: PlacedText, problems: Problems): ParsedAction[] {
  const actions: ParsedAction[] = []
  const { text } = list
  let at = 0
  while (at < text.length) {
    const end = actionEnd(text, at)
    const item = list.slice(at, end).trim()
    if (item.text !== '') {
      const action = parseAction(item, problems)
      if (action !== undefined) actions.push(action)
    }
    at = end + 1
  }
  return actions
}

/** Offset of the comma that ends the action at `start`: commas within single quotes belong to the value. */
function actionEnd(text: string, start: number): number {
  let at = start
  while (at < text.length && text[at] !== ',' && text[at] !== ':') at++
  if (text[at] === ':') {
    at++
    while (text[at] === ' ' || text[at] === '\t') at++
    if (text[at] === "'") {
      at++
      while (at < text.length && text[at] !== "'") at += text[at] === '\\' ? 2 : 1
    }
  }
  while (at < text.length && text[at] !== ',') at++
  return Math.min(at, text.length)
}

function parseAction(item: PlacedText, problems: Problems): ParsedAction | undefined {
  const colon = item.text.indexOf(':')
  const name = (colon < 0 ? item : item.slice(0, colon)).trim().text
  if (name.startsWith('#')) {
    problems.report(item.place, 'a comment cannot stand within the actions of a rule; take the line out')
    return undefined
  }
  const definition = ACTIONS.get(name.toLowerCase())
  if (definition === undefined) {
    problems.refuse(item.place, name, `unknown action ${name}${didYouMean(name, ACTION_NAMES)}`)
    return undefined
  }
  if (definition.refused !== undefined) {
    problems.refuse(item.place, definition.name, `${definition.name} is not supported: ${definition.refused}`)
    return undefined
  }
  const written = colon < 0 ? undefined : item.slice(colon + 1).trim()
  const value = written === undefined ? '' : unquoted(written)
  if (value === undefined) {
    problems.report(written!.place, `the quoted value of ${definition.name} does not end with its quote`)
    return undefined
  }
  const fault =
    presenceFault(definition, value) ?? (value === '' ? undefined : actionValueFault(definition.name, value))
  if (fault !== undefined) {
    problems.report((written ?? item).place, fault)
    return undefined
  }
  if (definition.name === 'ctl' && !checkCtl(written!, value, problems)) return undefined
  return { definition, value, place: item.place }
}

function presenceFault({ name, value: wanted }: ActionDefinition, value: string): string | undefined {
  if (wanted === 'required' && value === '') return `${name} needs a value, as in ${name}:...`
  // `pass:` or `log:1` would be taken for something else by the next reader.
  if (wanted === 'none' && value !== '') return `${name} takes no value, found ${value}`
  return undefined
}

/** The value without its single quotes, `\'` read as `'`; undefined when something follows the closing quote, or it is missing. */
function unquoted({ text }: PlacedText): string | undefined {
  if (!text.startsWith("'")) return text
  let at = 1
  while (at < text.length && text[at] !== "'") at += text[at] === '\\' ? 2 : 1
  return at === text.length - 1 ? text.slice(1, -1).replaceAll("\\'", "'") : undefined
}
