import type { z } from 'zod'

/** One key of a YAML file as the reference page shows it. */
export interface ReferenceRow {
  /** Path with `[]` for list elements: `edge.listeners[].address`. */
  readonly key: string
  readonly type: string
  /** YAML text of the default; undefined when the key is optional without one. */
  readonly default: string | undefined
  readonly required: boolean
  readonly help: string
}

/** The parts of a schema definition that the walk reads, whatever kind of schema it is. */
interface Definition {
  readonly type: string
  readonly shape?: Readonly<Record<string, z.ZodType>>
  readonly element?: z.ZodType
  readonly innerType?: z.ZodType
  readonly out?: z.ZodType
  readonly defaultValue?: unknown
  readonly entries?: Readonly<Record<string, string>>
}

/** What wrappers around a schema say about the key. */
interface Wrapping {
  readonly schema: z.ZodType
  readonly required: boolean
  readonly defaultText: string | undefined
  readonly help: string
}

function definitionOf(schema: z.ZodType): Definition {
  return schema._zod.def
}

function unwrap(outer: z.ZodType): Wrapping {
  let schema = outer
  let required = true
  let defaultText: string | undefined
  let help = ''
  for (;;) {
    const meta = schema.meta()
    if (help === '') help = meta?.description ?? ''
    if (typeof meta?.['defaultText'] === 'string') defaultText = meta['defaultText']
    if (typeof meta?.['type'] === 'string') break
    const definition = definitionOf(schema)
    const inner = definition.type === 'pipe' ? definition.out : definition.innerType
    if (inner === undefined) break
    if (definition.type === 'prefault' && !isEmptyMapping(definition.defaultValue))
      defaultText ??= flowText(definition.defaultValue)
    if (definition.type !== 'pipe') required = false
    schema = inner
  }
  return { schema, required, defaultText, help }
}

/** A section with only defaults in it: its keys say them one by one. */
function isEmptyMapping(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && Object.keys(value).length === 0
}

/** A value as YAML flow text; JSON but for plain words. */
function flowText(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(flowText).join(', ')}]`
  if (typeof value === 'string' && /^[\w./][\w./:-]*$/.test(value)) return value
  return JSON.stringify(value)
}

function typeOf(schema: z.ZodType): string {
  const named = schema.meta()?.['type']
  if (typeof named === 'string') return named
  const definition = definitionOf(schema)
  if (definition.type === 'enum') return Object.keys(definition.entries ?? {}).join(' | ')
  if (definition.type === 'array' && definition.element !== undefined)
    return `list of ${typeOf(unwrap(definition.element).schema)}`
  return PLAIN_NAMES[definition.type] ?? definition.type
}

const PLAIN_NAMES: Readonly<Record<string, string>> = {
  object: 'mapping',
  boolean: 'true | false',
  number: 'whole number',
  string: 'text',
}

/** Every key below a schema; `prefix` is the path of the schema itself. */
export function rowsBelow(schema: z.ZodType, prefix: string): readonly ReferenceRow[] {
  const definition = definitionOf(schema)
  if (definition.type === 'array' && definition.element !== undefined)
    return rowsBelow(unwrap(definition.element).schema, `${prefix}[]`)
  return Object.entries(definition.shape ?? {}).flatMap(([name, outer]) => {
    const key = prefix === '' ? name : `${prefix}.${name}`
    const { schema: inner, required, defaultText, help } = unwrap(outer)
    const row = { key, type: typeOf(inner), default: defaultText, required, help }
    return [row, ...rowsBelow(inner, key)]
  })
}
