import type { Detection, DetectionConfidence } from '../detection.ts'
import { type ArgumentShape, argumentShape, meetsNeed } from './arguments.ts'
import { COMMAND_PREFIXES, COMMANDS, PROGRAM_PATH } from './commands.ts'
import { readShellWord, separatorLength, type ShellWord } from './shell-word.ts'

/** What the detector tells apart; each is a line on the reference page. */
export const SHELL_FINDINGS = {
  'chained-command': {
    help: 'A separator such as `;`, `|` or `&&`, then a command with an argument that only a shell understands.',
  },
  'bare-chained-command': { help: 'A separator, then a command that stands alone, such as `; id`.' },
  'command-substitution': { help: 'A command inside `$(...)`, backticks or `<(...)`.' },
  'disguised-command': {
    help: 'A command whose letters are hidden by quotes, backslashes, empty variables, carets or wildcards.',
  },
  'variable-separator': { help: 'A command whose arguments are separated by `$IFS` or stand in braces.' },
  'whole-command': { help: 'A value that is a command line from its first byte on.' },
} as const

export type ShellFindingName = keyof typeof SHELL_FINDINGS
export type ShellFinding = Detection<ShellFindingName>

/** Before an injected command stands a piece of data: a name, an address, a closing quote. Longer texts are prose or code. */
const DATA_PREFIX_BYTES = 80
const DATA_PREFIX_WORDS = 3
/** Command positions that are looked at in one value. */
const POSITION_LIMIT = 256

const STARTS_COMMAND = /[;|&`\n\r]|\$\(|[<>]\(/g
/** What may stand between a separator and its command: grouping, quotes, assignments, redirections. */
const LEAD_IN =
  /(?:[ \t({!'"]|[A-Za-z_]\w{0,30}=[^\s;|&]{0,40}[ \t]|[0-9]?[<>]{1,2}[ \t]{0,4}[^\s;|&<>]{1,60}[ \t]){0,12}/y
const OPTIONS = /(?:[ \t]+-{1,2}\w{1,20})*[ \t]+/y

const RANK: Readonly<Record<DetectionConfidence, number>> = { weak: 1, likely: 2, certain: 3 }

/**
 * Finds a command line of a POSIX shell or of cmd.exe inside one decoded value (a byte string). A command is taken for one only
 * where a shell would start one, by its name and by what follows it: words alone are never enough.
 */
export function detectShell(value: string): ShellFinding | undefined {
  let best = commandAt(value, 0, '')
  let searchFrom = 0
  for (let position = 0; position < POSITION_LIMIT && best?.confidence !== 'certain'; position++) {
    STARTS_COMMAND.lastIndex = searchFrom
    const found = STARTS_COMMAND.exec(value)
    if (found === null) break
    searchFrom = STARTS_COMMAND.lastIndex
    const finding = commandAt(value, found.index, found[0])
    if (finding !== undefined && (best === undefined || RANK[finding.confidence] > RANK[best.confidence]))
      best = finding
  }
  return best
}

interface Command {
  readonly name: string
  readonly word: ShellWord
  /** Written with the folder of programs. */
  readonly hasProgramPath: boolean
  readonly isDisguised: boolean
  readonly argument: ArgumentShape | undefined
}

function commandAt(value: string, index: number, opener: string): ShellFinding | undefined {
  const command = readCommand(value, index + opener.length)
  if (command === undefined) return undefined
  const finding = findingOf(command, opener)
  const confidence = confidenceOf(command, finding, opener, value, index)
  const end = Math.min(value.length, command.word.end + 1)
  return { finding, confidence, offset: index, length: end - index }
}

/** Reads what a shell would run at `start`; undefined when that is no command or nothing says that it is meant as one. */
function readCommand(value: string, start: number): Command | undefined {
  LEAD_IN.lastIndex = start
  LEAD_IN.exec(value)
  let at = LEAD_IN.lastIndex + separatorLength(value, LEAD_IN.lastIndex)
  let word = readShellWord(value, at)
  let disguises = word.disguises
  for (let prefixes = 0; prefixes < 3 && COMMAND_PREFIXES.has(word.text); prefixes++) {
    OPTIONS.lastIndex = word.end
    if (!OPTIONS.test(value)) break
    const next = readShellWord(value, OPTIONS.lastIndex)
    if (next.text === '' || (!COMMANDS.has(next.text) && !PROGRAM_PATH.test(next.text))) break
    at = OPTIONS.lastIndex
    word = next
    disguises += next.disguises
  }
  if (word.text === '') return undefined
  const hasProgramPath = PROGRAM_PATH.test(word.text)
  const name = word.text
    .slice(Math.max(word.text.lastIndexOf('/'), word.text.lastIndexOf('\\')) + 1)
    .replace(/\.exe$/, '')
  const needs = COMMANDS.get(name)
  const globbed = word.hasGlob && !word.text.includes('**') && GLOB_COMMAND.test(word.text)
  if (needs === undefined && !hasProgramPath && !globbed) return undefined
  const argument = value[word.end] === ',' && value[at - 1] === '{' ? 'separator' : argumentShape(value, word.end)
  const isMeant = hasProgramPath || globbed || (needs !== undefined && meetsNeed(needs, argument))
  if (!isMeant && disguises < 2) return undefined
  return { name, word, hasProgramPath, isDisguised: globbed || disguises > 0, argument }
}

/** A path below the root with wildcards in place of letters, such as `/???/c?t`. */
const GLOB_COMMAND = /^\/(?:[a-z]{0,4}[?*[][a-z?*[\]-]*)\/|^\/(?:usr\/)?s?bin\/[a-z]*[?*[]/

function findingOf(command: Command, opener: string): ShellFindingName {
  if (command.isDisguised) return 'disguised-command'
  if (command.argument === 'separator') return 'variable-separator'
  if (opener === '') return 'whole-command'
  if (opener.length === 2 || opener === '`') return 'command-substitution'
  return command.argument === 'end' ? 'bare-chained-command' : 'chained-command'
}

/** Arguments that leave no doubt about a command that follows a separator. */
const STRONG_ARGUMENTS: ReadonlySet<ArgumentShape | undefined> = new Set(['separator', 'sensitive-path', 'url'])

function confidenceOf(
  command: Command,
  finding: ShellFindingName,
  opener: string,
  value: string,
  index: number,
): DetectionConfidence {
  const isStrong = command.hasProgramPath || command.isDisguised || STRONG_ARGUMENTS.has(command.argument)
  if (finding === 'whole-command') return runsScript(command, value) || SENSITIVE_FILE.test(value) ? 'likely' : 'weak'
  if (!followsData(value, index) || isScript(value, index)) return 'weak'
  if (opener === '') return isStrong ? 'likely' : 'weak'
  if (isStrong) return opener === '\n' || opener === '\r' ? 'likely' : 'certain'
  return isListSeparator(value, index, opener, finding) || isQuotedCode(value, index, opener, command)
    ? 'weak'
    : 'likely'
}

/** A line that begins with a command is how tutorials are written; these are not. */
const SENSITIVE_FILE = /(?:passwd|shadow|id_rsa|\.env|\.htaccess|win\.ini|boot\.ini|wp-config|web\.config)\b/i

const SHELLS: ReadonlySet<string> = new Set('sh bash ksh zsh dash csh tcsh fish'.split(' '))

/** `sh -c ...` as the whole value. */
function runsScript(command: Command, value: string): boolean {
  return (
    SHELLS.has(command.name) && /^[ \t]+-[a-z]{0,4}c[ \t]/.test(value.slice(command.word.end, command.word.end + 12))
  )
}

const SCRIPT_LINES = 3
/** Programs that begin lines of tutorials and scripts of packages, beside the commands themselves. */
const TOOLS: ReadonlySet<string> = new Set(
  'npm npx pnpm yarn bun deno make cmake ninja cd git go cargo tsc eslint jest mvn gradle pip pip3 brew poetry uv bundle rake composer export set echo test if for while'.split(
    ' ',
  ),
)

/** Scripts and tutorials: lines of commands, or one command joined to another as no data would be. */
function isScript(value: string, index: number): boolean {
  if (value.split('\n', SCRIPT_LINES).length === SCRIPT_LINES) return true
  const blank = value.indexOf(' ')
  if (blank < 0 || blank >= index - 1) return false
  const first = value.slice(0, blank).toLowerCase()
  return TOOLS.has(first) || COMMANDS.has(first)
}

/** True when what stands before is a piece of data that a program would put into a command line. */
function followsData(value: string, index: number): boolean {
  if (index > DATA_PREFIX_BYTES) return false
  let words = 0
  for (let at = 0; at < index; at++) {
    const code = value.charCodeAt(at)
    if (code === 0x0a) return false
    if (code === 0x20 && value.charCodeAt(at + 1) !== 0x20) words++
  }
  return words <= DATA_PREFIX_WORDS
}

/** One tool joined to another, as the scripts of packages are written: `standard && node test.js`. */
const TOOL_CHAIN = /^[a-z][a-z-]{2,20} &$/

/** `name|id`, `a=1&id`, lines of a list: the separators of lists, forms and text areas. */
function isListSeparator(value: string, index: number, opener: string, finding: ShellFindingName): boolean {
  if (opener === '\n' || opener === '\r') return true
  if (opener === '&' && index < 24 && TOOL_CHAIN.test(value.slice(0, index))) return true
  if (finding !== 'bare-chained-command' || (opener !== '|' && opener !== '&')) return false
  const before = value[index - 1] ?? ''
  return /[A-Za-z_]/.test(before) && value[index + 1] !== ' '
}

/** Markdown's `code` between words, and calls such as jQuery's `$(id).hide()`. */
function isQuotedCode(value: string, index: number, opener: string, command: Command): boolean {
  if (opener === '`') {
    const close = value.indexOf('`', index + 1)
    return (
      (index > 0 && value[index - 1] === ' ') || (close > 0 && /^[ ,.:;)] ?\w/.test(value.slice(close + 1, close + 4)))
    )
  }
  return opener === '$(' && command.argument === 'end' && value[command.word.end + 1] === '.'
}
