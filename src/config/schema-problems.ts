import type { z } from 'zod'
import type { ReferenceRow } from './schema/reference-rows.ts'
import { didYouMean } from './source/did-you-mean.ts'
import type { Problem } from './source/problem.ts'
import type { YamlDocument, YamlPath } from './source/yaml-document.ts'

/** A path as people write it: `edge.listeners[0].address`. */
export function keyText(path: YamlPath): string {
  return path
    .map((step, index) => (typeof step === 'number' ? `[${step}]` : `${index === 0 ? '' : '.'}${String(step)}`))
    .join('')
}

/** Where the checked value stands in its document, and the keys that may stand below it. */
export interface SchemaScope {
  readonly document: YamlDocument
  /** Path of the checked value in the document. */
  readonly base: YamlPath
  /** Rows whose keys begin with the base. */
  readonly rows: readonly ReferenceRow[]
}

/** The faults that a schema found, each at its place in the file. */
export function schemaProblems(issues: readonly z.core.$ZodIssue[], scope: SchemaScope): readonly Problem[] {
  const { document, base } = scope
  return issues.flatMap((issue) => {
    const path = [...base, ...issue.path]
    if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => unknownKey(scope, path, key))
    const value = valueAt(document.value, path)
    if (value === undefined) return [missingKey(scope, path)]
    const { expected, hint } = expectationOf(issue, value)
    return [{ place: document.placeOf(path), message: `${prefixOf(path)}${expected}, got ${show(value)}${hint}` }]
  })
}

/** The path as the rows of the reference write it. */
function rowKey(path: YamlPath): string {
  return keyText(path).replaceAll(/\[\d+\]/g, '[]')
}

function unknownKey({ document, rows }: SchemaScope, path: YamlPath, key: string): Problem {
  const prefix = path.length === 0 ? '' : `${rowKey(path)}.`
  const known = rows
    .filter((row) => row.key.startsWith(prefix))
    .map((row) => row.key.slice(prefix.length))
    .filter((name) => !/[.[]/.test(name))
  const suggestion = didYouMean(key, known) || `; known here: ${known.join(', ')}`
  const where = path.length === 0 ? '' : ` in ${keyText(path)}`
  return { place: document.placeOfKey(path, key), message: `unknown key \`${key}\`${where}${suggestion}` }
}

function missingKey({ document, rows }: SchemaScope, path: YamlPath): Problem {
  const key = path.at(-1)
  if (key === undefined) return { place: document.placeOf(path), message: 'the file is empty' }
  const row = rows.find((candidate) => candidate.key === rowKey(path))
  const help = row === undefined ? '' : ` (${row.help.replace(/\.$/, '')})`
  const section = path.length === 1 ? '' : ` in ${keyText(path.slice(0, -1))}`
  return { place: document.placeOf(path), message: `missing key \`${String(key)}\`${section}${help}` }
}

function prefixOf(path: YamlPath): string {
  return path.length === 0 ? '' : `${keyText(path)}: `
}

const TYPE_NAMES: Readonly<Record<string, string>> = {
  object: 'a mapping',
  array: 'a list',
  boolean: 'true or false',
  number: 'a number',
  int: 'a whole number',
  string: 'text',
}

/** What should have stood there, and what may help. */
function expectationOf(issue: z.core.$ZodIssue, value: unknown): { readonly expected: string; readonly hint: string } {
  switch (issue.code) {
    case 'custom':
      return { expected: issue.message, hint: typeof issue.params?.['hint'] === 'string' ? issue.params['hint'] : '' }
    case 'invalid_type':
      return { expected: `expected ${TYPE_NAMES[issue.expected] ?? issue.expected}`, hint: '' }
    case 'invalid_value': {
      const allowed = issue.values.map(String)
      return { expected: `expected ${allowed.join(' or ')}`, hint: didYouMean(String(value), allowed) }
    }
    case 'too_small':
      return { expected: `expected at least ${issue.minimum}${issue.origin === 'array' ? ' element' : ''}`, hint: '' }
    case 'too_big':
      return { expected: `expected at most ${issue.maximum}`, hint: '' }
    case 'invalid_element':
    case 'invalid_format':
    case 'invalid_key':
    case 'invalid_union':
    case 'not_multiple_of':
    case 'unrecognized_keys':
      break
  }
  return { expected: issue.message, hint: '' }
}

function valueAt(root: unknown, path: YamlPath): unknown {
  let value = root
  for (const step of path) {
    // A mapping that was shortened to its main value.
    if (typeof value === 'string') return value
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, step)) return undefined
    value = Reflect.get(value, step)
  }
  return value ?? undefined
}

const SHOWN_CHARACTERS = 60

/** A value of the file as a message shows it: short, on one line. */
function show(value: unknown): string {
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : 'a list'
  if (typeof value === 'object') return 'a mapping'
  // A password in a URL must not end in a log.
  const text = JSON.stringify(value).replace(/\/\/[^/@]*@/, '//...@')
  return text.length > SHOWN_CHARACTERS ? `${text.slice(0, SHOWN_CHARACTERS)}...` : text
}
