import type { SourcePlace } from '#kernel'
import { messageOf } from '#kernel'
import {
  type Document,
  isAlias,
  isMap,
  isNode,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseAllDocuments,
  type Scalar,
  visit,
  type YAMLError,
} from 'yaml'
import type { Problem } from './problem.ts'
import { quotingHint } from './quoting-hint.ts'

/** Largest YAML file that is read. Large lists belong into list files. */
const MAX_YAML_BYTES = 16 * 1024 * 1024

/** Steps from the root of a document: keys of mappings and indexes of sequences. */
export type YamlPath = readonly PropertyKey[]

/** One document of a YAML file: its value, and the place of everything in it. */
export class YamlDocument {
  readonly file: string
  readonly text: string
  /** The value as plain data. Keys with an empty value are left out, so that an emptied section means its defaults. */
  readonly value: unknown
  readonly #document: Document
  readonly #lines: LineCounter

  constructor(file: string, text: string, document: Document, lines: LineCounter) {
    this.file = file
    this.text = text
    this.#document = document
    this.#lines = lines
    this.value = withoutEmpty(document.toJS({ maxAliasCount: 100 }))
  }

  /** The place of an offset in the text. */
  placeAt(offset: number): SourcePlace {
    const { line, col } = this.#lines.linePos(offset)
    return { file: this.file, line: Math.max(line, 1), column: Math.max(col, 1) }
  }

  /** The place of the value at a path, or of the nearest value around it that exists. */
  placeOf(path: YamlPath): SourcePlace {
    return this.placeAt(this.#walk(path).start)
  }

  /** The place of a key of the mapping at a path. */
  placeOfKey(path: YamlPath, key: string): SourcePlace {
    const { node } = this.#walk(path)
    const pair = isMap(node) ? node.items.find((item) => isScalar(item.key) && item.key.value === key) : undefined
    const start = isScalar(pair?.key) ? pair.key.range?.[0] : undefined
    return start === undefined ? this.placeOf(path) : this.placeAt(start)
  }

  /** The scalar that stands at a path; undefined when something else, or nothing, stands there. */
  scalarAt(path: YamlPath): Scalar | undefined {
    const { node, complete } = this.#walk(path)
    return complete && isScalar(node) ? node : undefined
  }

  #walk(path: YamlPath): { node: Node | null; start: number; complete: boolean } {
    let node = this.#resolve(this.#document.contents)
    let start = node?.range?.[0] ?? 0
    for (const step of path) {
      const next = this.#resolve(childOf(node, step))
      if (next === null) return { node, start, complete: false }
      node = next
      start = node.range?.[0] ?? start
    }
    return { node, start, complete: true }
  }

  #resolve(node: Node | null): Node | null {
    return isAlias(node) ? (node.resolve(this.#document) ?? null) : node
  }
}

function childOf(node: Node | null, step: PropertyKey): Node | null {
  if (!isSeq(node) && !isMap(node)) return null
  const child = isSeq(node)
    ? node.items[Number(step)]
    : node.items.find((item) => isScalar(item.key) && item.key.value === step)?.value
  return isNode(child) ? child : null
}

/** Drops the keys whose value is empty (`key:`), at any depth. */
function withoutEmpty(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutEmpty)
  if (typeof value !== 'object' || value === null) return value
  const kept: [string, unknown][] = []
  for (const [key, entry] of Object.entries(value)) if (entry !== null) kept.push([key, withoutEmpty(entry)])
  return Object.fromEntries(kept)
}

/**
 * Parses every document of a YAML 1.2 text. Never throws: what is wrong comes back as problems, and then without documents.
 * @param file name used in places
 */
export function parseYaml(
  text: string,
  file: string,
): { documents: readonly YamlDocument[]; problems: readonly Problem[] } {
  const start = { file, line: 1, column: 1 }
  if (text.length > MAX_YAML_BYTES) {
    const message = `the file is larger than ${MAX_YAML_BYTES / 1024 / 1024} MiB; move long lists into list files`
    return { documents: [], problems: [{ place: start, message }] }
  }
  try {
    const lines = new LineCounter()
    const parsed = parseAllDocuments(text, { lineCounter: lines, prettyErrors: false, stringKeys: true })
    const documents = Array.isArray(parsed) ? parsed : []
    const problems = documents.flatMap((document) => {
      const [fault] = [...document.errors, ...document.warnings, ...unresolvedAliases(document)]
      return fault === undefined ? [] : [syntaxProblem(fault, text, file, lines)]
    })
    if (problems.length > 0) return { documents: [], problems }
    return { documents: documents.map((document) => new YamlDocument(file, text, document, lines)), problems }
  } catch (error) {
    // Deep nesting exhausts the stack of the parser; too many aliases are refused by it.
    return {
      documents: [],
      problems: [{ place: start, message: `the YAML cannot be read: ${reasonOf(messageOf(error))}` }],
    }
  }
}

type Fault = Pick<YAMLError, 'message' | 'pos'>

function unresolvedAliases(document: Document): readonly Fault[] {
  const faults: Fault[] = []
  visit(document, {
    Alias: (_key, alias) => {
      const [start, , end] = alias.range ?? [0, 0, 0]
      if (alias.resolve(document) === undefined)
        faults.push({ message: `there is no anchor &${alias.source} before this`, pos: [start, end] })
    },
  })
  return faults
}

/** Only the first fault of a document is reported: what the parser says after it are consequences. */
function syntaxProblem({ message, pos }: Fault, text: string, file: string, lines: LineCounter): Problem {
  const { line, col } = lines.linePos(pos[0])
  const place = { file, line: Math.max(line, 1), column: Math.max(col, 1) }
  return { place, message: `${reasonOf(message)}${quotingHint(text, pos[0])}` }
}

/** The parser reports an exhausted stack as it comes. */
function reasonOf(message: string): string {
  return message.includes('call stack') ? 'it is nested too deeply, or an alias contains itself' : message
}
