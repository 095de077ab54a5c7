import { checkPattern } from './check-pattern.ts'
import type { SecSelector, SecVariable } from './model.ts'
import { PlacedText } from './placed-text.ts'
import { didYouMean, type Problems } from './problems.ts'
import { VARIABLES } from './variable-table.ts'

const NAME_END = /[:|,]/

/**
 * Reads the variables of a rule, such as `ARGS|!ARGS:comment|&TX:/^score_/`.
 * What is wrong is reported, and left out of the result.
 */
export function parseVariables(list: PlacedText, problems: Problems): SecVariable[] {
  const variables: SecVariable[] = []
  const { text } = list
  let at = 0
  while (at <= text.length) {
    const end = itemEnd(text, at)
    const item = list.slice(at, end).trim()
    if (item.text !== '') {
      const variable = parseVariable(item, problems)
      if (variable !== undefined) variables.push(variable)
    } else if (text.trim() === '' || end < text.length) {
      problems.report(list.placeAt(at), 'expected the name of a variable')
    }
    at = end + 1
  }
  return variables
}

/** Offset of the `|` or `,` that ends the variable at `start`, or of the end of the text. */
function itemEnd(text: string, start: number): number {
  let at = start
  while (at < text.length && !NAME_END.test(text[at])) at++
  if (text[at] !== ':') return at
  at++
  if (text[at] === "'") return separatorAfter(text, closingAt(text, at + 1, "'"))
  // XPath of the XML collection begins with a slash as well, but is no pattern.
  if (text[at] === '/' && !/xml$/i.test(text.slice(start, at - 1).trim())) {
    return separatorAfter(text, closingAt(text, at + 1, '/'))
  }
  return separatorAfter(text, at)
}

function separatorAfter(text: string, from: number): number {
  let at = from
  while (at < text.length && text[at] !== '|' && text[at] !== ',') at++
  return at
}

/** Offset behind the next `mark` that no backslash precedes, or of the end of the text. */
function closingAt(text: string, from: number, mark: string): number {
  let at = from
  while (at < text.length && text[at] !== mark) at += text[at] === '\\' ? 2 : 1
  return Math.min(at + 1, text.length)
}

const PREFIX = /^[!&]*/

function parseVariable(item: PlacedText, problems: Problems): SecVariable | undefined {
  const prefix = PREFIX.exec(item.text)![0]
  const colon = item.text.indexOf(':')
  const nameEnd = colon < 0 ? item.text.length : colon
  const name = item.slice(prefix.length, nameEnd).trim()
  if (prefix.length > 1) {
    problems.report(item.place, `expected one ! or & before ${name.text}, found ${prefix}`)
    return undefined
  }
  const definition = VARIABLES.get(name.text.toUpperCase())
  if (definition === undefined) {
    const near = didYouMean(name.text.toUpperCase(), VARIABLES.keys())
    problems.refuse(name.place, name.text, `unknown variable ${name.text}${near}`)
    return undefined
  }
  const upperName = name.text.toUpperCase()
  if (definition.refused !== undefined) {
    problems.refuse(name.place, upperName, `the variable ${upperName} is not supported: ${definition.refused}`)
    return undefined
  }
  if (definition.warning !== undefined) problems.warn(name.place, definition.warning)
  if (colon >= 0 && definition.kind === 'scalar') {
    problems.report(item.placeAt(colon), `${upperName} is one value: it has no parts to select by a colon`)
    return undefined
  }
  const selector = colon < 0 ? ALL : parseSelector(upperName, item.slice(colon + 1), problems)
  if (selector === undefined) return undefined
  return { name: upperName, selector, count: prefix === '&', exclude: prefix === '!' }
}

const ALL: SecSelector = { kind: 'all' }

function parseSelector(collection: string, written: PlacedText, problems: Problems): SecSelector | undefined {
  const text = unquoted(written)
  if (text === undefined) {
    problems.report(written.place, 'this quote is not closed')
    return undefined
  }
  if (text === '') {
    problems.report(written.place, `expected a name behind ${collection}:`)
    return undefined
  }
  if (collection === 'XML') {
    if (text === '/*' || text === '//@*') return { kind: 'xpath', path: text }
    problems.refuse(
      written.place,
      'XML',
      `XML:${text} is not supported: only XML:/* (all text) and XML://@* (each attribute) are`,
    )
    return undefined
  }
  if (!text.startsWith('/')) return { kind: 'key', key: text }
  if (text.length < 2 || closingAt(text, 1, '/') !== text.length || !text.endsWith('/')) {
    problems.report(written.place, `expected the pattern ${text} to end with its second /`)
    return undefined
  }
  const source = text.slice(1, -1).replaceAll('\\/', '/')
  return checkPattern(PlacedText.of(source, written.place), problems) ? { kind: 'regex', source } : undefined
}

/** The text within single quotes, with `\'` as `'`; as it is without quotes; undefined when they are not closed. */
function unquoted({ text }: PlacedText): string | undefined {
  if (!text.startsWith("'")) return text
  if (text.length < 2 || closingAt(text, 1, "'") !== text.length || !text.endsWith("'")) return undefined
  return text.slice(1, -1).replaceAll("\\'", "'")
}
