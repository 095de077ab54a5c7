import type { Action } from '#act'
import { PHASES, type Policy } from '#decide'
import { z } from 'zod'
import { rowsBelow } from '../schema/reference-rows.ts'
import { schemaProblems } from '../schema-problems.ts'
import { InvalidFilesError, type Problem } from '../source/problem.ts'
import { parseYaml, type YamlDocument } from '../source/yaml-document.ts'
import { type ParsedList, parseList } from './parse-list.ts'
import { type ParsedRule, parseRule } from './parse-rule.ts'
import { checkRules, inRunningOrder, type PolicyCheckScope } from './policy-checks.ts'
import { type PolicySources, sourcePath } from './policy-sources.ts'
import { policyVersion } from './policy-version.ts'

/** A policy with the files it came from. */
export interface LoadedPolicy {
  readonly policy: Policy<Action>
  /** Text of every policy and list file by its path relative to the policy directory, or absolute. */
  readonly sources: ReadonlyMap<string, string>
  readonly warnings: readonly Problem[]
  /** Every policy file, and every list file that they name, in the policy folder or elsewhere. */
  readonly files: readonly string[]
}

const LIST_NAME = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,63}$/

/** One document of a policy file. Rules and lists are checked one by one, so that a fault in one hides no other. */
const DOCUMENT_SCHEMA = z.strictObject({
  phase: z.enum(PHASES).optional().describe('Phase of the rules in this document.'),
  rules: z.array(z.unknown()).optional().describe('Rules in the order in which they run.'),
  lists: z.looseObject({}).optional().describe('Named lists.'),
})

type PolicyDocument = z.output<typeof DOCUMENT_SCHEMA>

/** What has been read so far. */
interface Reading {
  readonly sources: PolicySources
  readonly texts: Map<string, string>
  /** Paths that were asked for, also those that could not be read. */
  readonly files: Set<string>
  readonly problems: Problem[]
  readonly lists: Map<string, ParsedList>
  readonly rules: ParsedRule[]
}

/** @throws InvalidFilesError ERR_POLICY_INVALID listing every problem of every file */
export function parsePolicy(sources: PolicySources, scope: PolicyCheckScope): LoadedPolicy {
  const reading: Reading = { sources, texts: new Map(), files: new Set(), problems: [], lists: new Map(), rules: [] }
  const documents = sources.files.flatMap((path) => readDocuments(path, reading))
  // Rules may use lists of any file, so the lists come first.
  for (const { document, content } of documents) readLists(document, content, reading)
  for (const { document, content } of documents) readRules(document, content, reading)
  const rules = inRunningOrder(reading.rules, PHASES)
  const { problems, warnings } = checkRules(rules, scope)
  reading.problems.push(...problems)
  const files = [...reading.files]
  if (reading.problems.length > 0) throw new InvalidFilesError('ERR_POLICY_INVALID', reading.problems, files)
  return { policy: buildPolicy(rules, [...reading.lists.values()]), sources: reading.texts, warnings, files }
}

function buildPolicy(rules: readonly ParsedRule[], lists: readonly ParsedList[]): Policy<Action> {
  const rulesets = PHASES.map((phase) => ({
    phase,
    rules: Object.freeze(rules.filter((parsed) => parsed.phase === phase).map(({ rule }) => rule)),
  })).filter((ruleset) => ruleset.rules.length > 0)
  return Object.freeze({
    version: policyVersion(rules, lists),
    rulesets: Object.freeze(rulesets.map((ruleset) => Object.freeze(ruleset))),
    lists: Object.freeze(lists.flatMap(({ data }) => (data === undefined ? [] : [data]))),
  })
}

function readDocuments(path: string, reading: Reading): readonly { document: YamlDocument; content: PolicyDocument }[] {
  const shown = reading.sources.shown(path)
  reading.files.add(shown)
  const read = reading.sources.read(path)
  if ('fault' in read) {
    reading.problems.push({
      place: { file: shown, line: 1, column: 1 },
      message: `cannot read the file: ${read.fault}`,
    })
    return []
  }
  reading.texts.set(path, read.text)
  const { documents, problems } = parseYaml(read.text, shown)
  reading.problems.push(...problems)
  return documents.flatMap((document) => {
    // A document of comments only.
    if (document.value === null || document.value === undefined) return []
    const result = DOCUMENT_SCHEMA.safeParse(document.value)
    if (result.success) return [{ document, content: result.data }]
    const rows = rowsBelow(DOCUMENT_SCHEMA, '')
    reading.problems.push(...schemaProblems(result.error.issues, { document, base: [], rows }))
    return []
  })
}

function readLists(document: YamlDocument, content: PolicyDocument, reading: Reading): void {
  const { lists, problems, sources } = reading
  for (const [name, written] of Object.entries(content.lists ?? {})) {
    const place = document.placeOfKey(['lists'], name)
    if (!LIST_NAME.test(name)) {
      problems.push({ place, message: `list ${JSON.stringify(name)}: expected a name of letters, digits, _, . and -` })
    } else if (lists.has(name)) {
      problems.push({ place, message: `there is another list named ${name}` })
    } else {
      const readFile = (file: string) => {
        const path = sourcePath(file)
        const read = sources.read(path)
        reading.files.add(sources.shown(path))
        if ('text' in read) reading.texts.set(path, read.text)
        return { shown: sources.shown(path), content: read }
      }
      const list = parseList(written, { document, name, readFile })
      problems.push(...list.problems)
      lists.set(name, list)
    }
  }
}

function readRules(document: YamlDocument, content: PolicyDocument, reading: Reading): void {
  const { phase, rules = [] } = content
  if (phase === undefined) {
    if (content.rules !== undefined) {
      const message = `rules need a phase: add \`phase:\` with one of ${PHASES.join(', ')}`
      reading.problems.push({ place: document.placeOfKey([], 'rules'), message })
    }
    return
  }
  const lists = [...reading.lists.values()]
  const types = new Map(lists.map(({ name, languageType }) => [name, languageType ?? 'String'] as const))
  const faultyLists = lists.filter(({ languageType }) => languageType === undefined).map(({ name }) => name)
  for (const [index, written] of rules.entries()) {
    const result = parseRule(written, { document, base: ['rules', index], phase, lists: types, faultyLists })
    if ('parsed' in result) reading.rules.push(result.parsed)
    else reading.problems.push(...result.problems)
  }
}
