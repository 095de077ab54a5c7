import { existsSync, globSync } from 'node:fs'
import path from 'node:path'
import type { SourcePlace } from '#kernel'
import { phraseLines } from '../operators/phrases.ts'
import { type Directive, DirectiveReader } from './directive-reader.ts'
import type { PlacedText } from './placed-text.ts'
import { didYouMean } from './problems.ts'
import { readActionUpdate, readRemoval, readTargetUpdate } from './read-change.ts'
import { readSecAction, readSecDefaultAction, readSecMarker, readSecRule } from './read-rule.ts'
import { readSetting } from './read-setting.ts'
import { readByteString } from './rule-file.ts'
import type { RuleSetDraft } from './rule-set-draft.ts'
import { SETTING_NAMES, SETTINGS } from './setting-table.ts'

/** Files that one rule set may consist of. */
const FILE_COUNT_LIMIT = 2_000

/** How deep includes may be nested. */
const INCLUDE_DEPTH_LIMIT = 16

interface DirectiveDefinition {
  /** As SecLang writes it. */
  readonly name: string
  /** Fewest and most arguments. */
  readonly arguments: readonly [least: number, most: number]
  /** What the arguments are, for a message. */
  readonly usage: string
  /** Does not end a chain that waits for its next link. */
  readonly continuesChain?: boolean
  readonly read: (directive: Directive, draft: RuleSetDraft, reader: RuleReader) => void
}

const ANY_NUMBER = 10_000

const DEFINITIONS: readonly DirectiveDefinition[] = [
  {
    name: 'SecRule',
    arguments: [2, 3],
    usage: 'SecRule VARIABLES "OPERATOR" "ACTIONS"',
    continuesChain: true,
    read: (directive, draft, reader) => readSecRule(directive, draft, (name) => reader.readLines(name)),
  },
  {
    name: 'SecAction',
    arguments: [1, 1],
    usage: 'SecAction "ACTIONS"',
    continuesChain: true,
    read: readSecAction,
  },
  { name: 'SecMarker', arguments: [1, 1], usage: 'SecMarker NAME', read: readSecMarker },
  { name: 'SecDefaultAction', arguments: [1, 1], usage: 'SecDefaultAction "ACTIONS"', read: readSecDefaultAction },
  {
    name: 'SecComponentSignature',
    arguments: [1, 1],
    usage: 'SecComponentSignature "TEXT"',
    read: ({ arguments: [text] }, draft) => draft.signatures.push(text.text),
  },
  {
    name: 'SecRuleRemoveById',
    arguments: [1, ANY_NUMBER],
    usage: 'SecRuleRemoveById ID ...',
    read: (directive, draft) => readRemoval(directive, 'id', draft),
  },
  {
    name: 'SecRuleRemoveByTag',
    arguments: [1, 1],
    usage: 'SecRuleRemoveByTag "TAG"',
    read: (directive, draft) => readRemoval(directive, 'tag', draft),
  },
  {
    name: 'SecRuleRemoveByMsg',
    arguments: [1, 1],
    usage: 'SecRuleRemoveByMsg "MESSAGE"',
    read: (directive, draft) => readRemoval(directive, 'msg', draft),
  },
  {
    name: 'SecRuleUpdateTargetById',
    arguments: [2, 3],
    usage: 'SecRuleUpdateTargetById ID "VARIABLES"',
    read: (directive, draft) => readTargetUpdate(directive, 'id', draft),
  },
  {
    name: 'SecRuleUpdateTargetByTag',
    arguments: [2, 3],
    usage: 'SecRuleUpdateTargetByTag "TAG" "VARIABLES"',
    read: (directive, draft) => readTargetUpdate(directive, 'tag', draft),
  },
  {
    name: 'SecRuleUpdateTargetByMsg',
    arguments: [2, 3],
    usage: 'SecRuleUpdateTargetByMsg "MESSAGE" "VARIABLES"',
    read: (directive, draft) => readTargetUpdate(directive, 'msg', draft),
  },
  {
    name: 'SecRuleUpdateActionById',
    arguments: [2, 2],
    usage: 'SecRuleUpdateActionById ID "ACTIONS"',
    read: readActionUpdate,
  },
  {
    name: 'Include',
    arguments: [1, 1],
    usage: 'Include FILE',
    read: ({ arguments: [file] }, _, reader) => reader.include(file, true),
  },
  {
    name: 'IncludeOptional',
    arguments: [1, 1],
    usage: 'IncludeOptional FILE',
    read: ({ arguments: [file] }, _, reader) => reader.include(file, false),
  },
]

const DIRECTIVES: ReadonlyMap<string, DirectiveDefinition> = new Map(
  DEFINITIONS.map((definition) => [definition.name.toLowerCase(), definition]),
)

const DIRECTIVE_NAMES: readonly string[] = [...DEFINITIONS.map(({ name }) => name), ...SETTING_NAMES]

/** Reads files of directives, and the files that those name, into a draft. */
export class RuleReader {
  readonly #draft: RuleSetDraft
  /** The files that are being read: the innermost include stands last. */
  readonly #open: string[] = []

  constructor(draft: RuleSetDraft) {
    this.#draft = draft
  }

  /** @param namedAt where the file is named, when a file names it */
  readFile(file: string, namedAt?: SourcePlace): void {
    const { problems, files } = this.#draft
    const place = namedAt ?? { file, line: 1, column: 1 }
    if (this.#open.includes(file)) return problems.report(place, `${file} includes itself`)
    if (this.#open.length >= INCLUDE_DEPTH_LIMIT)
      return problems.report(place, `includes are nested too deep at ${file}`)
    if (files.size >= FILE_COUNT_LIMIT) return problems.report(place, `these are more than ${FILE_COUNT_LIMIT} files`)
    const result = readByteString(file)
    if ('fault' in result) return problems.report(place, `cannot read ${file}: ${result.fault}`)
    files.add(file)
    this.readText(result.text, file)
  }

  /** @param file where the text stands: names in it are relative to its folder */
  readText(text: string, file: string): void {
    this.#open.push(file)
    const directives = new DirectiveReader(text, file, this.#draft.problems)
    for (let directive = directives.next(); directive !== undefined; directive = directives.next()) {
      this.#read(directive)
    }
    this.#draft.closeChain('the end of the file')
    this.#open.pop()
  }

  #read(directive: Directive): void {
    const { problems } = this.#draft
    const { text: name, place } = directive.name
    const definition = DIRECTIVES.get(name.toLowerCase())
    if (definition?.continuesChain !== true) this.#draft.closeChain(name)
    const setting = SETTINGS.get(name.toLowerCase())
    if (setting !== undefined) return readSetting(directive, setting, this.#draft)
    if (definition === undefined) {
      if (name.startsWith('<'))
        return problems.refuse(place, name, `${name}: sections of Apache are not read; take it out`)
      return problems.refuse(place, name, `unknown directive ${name}${didYouMean(name, DIRECTIVE_NAMES)}`)
    }
    const [least, most] = definition.arguments
    const count = directive.arguments.length
    if (count >= least && count <= most) return definition.read(directive, this.#draft, this)
    problems.report(
      place,
      `expected ${definition.usage}, found ${count === 1 ? 'one argument' : `${count} arguments`}; put quotes around each`,
    )
    this.#draft.openChain = undefined
  }

  /** @param required report it when no file is there */
  include(written: PlacedText, required: boolean): void {
    const files = this.#filesOf(pathOf(written), required)
    if (files.length === 0 && required) this.#draft.problems.report(written.place, `no file matches ${written.text}`)
    for (const file of files) this.readFile(file, written.place)
  }

  /** The lines of a data file that a rule names. */
  readLines(written: PlacedText): readonly string[] | undefined {
    const file = path.resolve(this.#folder, pathOf(written))
    const result = readByteString(file)
    if ('fault' in result) {
      this.#draft.problems.report(written.place, `cannot read ${file}: ${result.fault}`)
      return undefined
    }
    this.#draft.files.add(file)
    return phraseLines(result.text)
  }

  get #folder(): string {
    return path.dirname(this.#open.at(-1) ?? '.')
  }

  /** The files that an include names, in alphabetical order. One that is named without a pattern counts as there. */
  #filesOf(name: string, required: boolean): readonly string[] {
    const folder = this.#folder
    if (!/[*?[{]/.test(name)) {
      const file = path.resolve(folder, name)
      return required || existsSync(file) ? [file] : []
    }
    return globSync(name, { cwd: folder })
      .map((file) => path.resolve(folder, file))
      .sort()
  }
}

/** The name of a file: rules are read as bytes, names of files are UTF-8. */
function pathOf({ text }: PlacedText): string {
  return Buffer.from(text, 'latin1').toString('utf8')
}
