import { createHash } from 'node:crypto'
import type { ListData } from '#decide'
import { z } from 'zod'
import { rowsBelow } from '../schema/reference-rows.ts'
import { schemaProblems } from '../schema-problems.ts'
import type { Problem } from '../source/problem.ts'
import type { YamlDocument, YamlPath } from '../source/yaml-document.ts'
import {
  inferListType,
  LIST_TYPE_DEFINITIONS,
  LIST_TYPES,
  type ListType,
  type ListTypeDefinition,
} from './list-entries.ts'
import { readListFile } from './list-file.ts'

/** A named list of a policy file. `[a, b]` is short for `{ values: [a, b] }`. */
export const LIST_SCHEMA = z.strictObject({
  type: z
    .enum(LIST_TYPES)
    .optional()
    .describe('What the entries are; may be left out when inline entries make it plain.'),
  values: z
    .array(z.union([z.string(), z.number()], { error: 'expected text or a number' }).meta({ type: 'text or number' }))
    .optional()
    .describe('Entries; a list alone may stand for the mapping.'),
  file: z
    .string()
    .min(1)
    .meta({ type: 'path' })
    .optional()
    .describe(
      'File with further entries, relative to the policy folder: one a line with # comments, or the first column of a .csv file.',
    ),
})

export interface ListScope {
  readonly document: YamlDocument
  readonly name: string
  /** Reads the file of the list and says how messages show its name. */
  readonly readFile: (written: string) => {
    readonly shown: string
    readonly content: { readonly text: string } | { readonly fault: string }
  }
}

export interface ParsedList {
  readonly name: string
  /** Known even when entries are faulty, so that rules that use the list raise no further errors. */
  readonly languageType: ListTypeDefinition['languageType'] | undefined
  readonly data: ListData | undefined
  /** Hash of everything that makes the list what it is. */
  readonly digest: string
  readonly problems: readonly Problem[]
}

/** Reads one entry of `lists:`. */
export function parseList(written: unknown, scope: ListScope): ParsedList {
  const { document, name } = scope
  const base: YamlPath = ['lists', name]
  const short = Array.isArray(written)
  const result = LIST_SCHEMA.safeParse(short ? { values: written } : written)
  if (!result.success) {
    const issues = short
      ? result.error.issues.map((issue) => ({ ...issue, path: issue.path.slice(1) }))
      : result.error.issues
    const problems = schemaProblems(issues, { document, base, rows: rowsBelow(LIST_SCHEMA, `lists.${name}`) })
    return { name, languageType: undefined, data: undefined, digest: '', problems }
  }
  const { values = [], file } = result.data
  const type = result.data.type ?? (file === undefined ? inferListType(values) : undefined)
  if (type === undefined) {
    const message = `list ${name}: its entries do not say what it is; add \`type: ip\`, \`string\`, \`asn\` or \`country\``
    return {
      name,
      languageType: undefined,
      data: undefined,
      digest: '',
      problems: [{ place: document.placeOf(base), message }],
    }
  }
  return readEntries(scope, type, values, file, short ? base : [...base, 'values'])
}

function readEntries(
  { document, name, readFile }: ListScope,
  type: ListType,
  values: readonly (string | number)[],
  file: string | undefined,
  valuesPath: YamlPath,
): ParsedList {
  const definition = LIST_TYPE_DEFINITIONS[type]
  const problems: Problem[] = []
  const digest = createHash('sha256').update(JSON.stringify([name, type]))
  const collector = definition.collector()
  for (const [index, value] of values.entries()) {
    if (!collector.add(String(value))) {
      const message = `list ${name}: expected ${definition.expected}, got ${JSON.stringify(value)}`
      problems.push({ place: document.placeOf([...valuesPath, index]), message })
    }
    digest.update(`${JSON.stringify(String(value))}\n`)
  }
  if (file !== undefined) {
    const { shown, content } = readFile(file)
    if ('fault' in content) {
      const message = `list ${name}: cannot read ${shown}: ${content.fault}`
      problems.push({ place: document.placeOf(['lists', name, 'file']), message })
    } else {
      problems.push(...readListFile(content.text, shown, definition, collector))
      digest.update(content.text)
    }
  }
  return {
    name,
    languageType: definition.languageType,
    data: collector.finish(name),
    digest: digest.digest('hex'),
    problems,
  }
}
