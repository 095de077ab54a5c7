/** One word of a command line as a shell would see it. */
export interface ShellWord {
  /** The word with quotes, escapes and empty expansions removed, in lower case, at most 64 bytes. */
  readonly text: string
  /** Where the word ends in the value. */
  readonly end: number
  /** How often the writer hid a letter: quotes inside the word, escaped letters, empty expansions, carets. */
  readonly disguises: number
  /** The word holds `?`, `*` or `[...]`: a shell would look for files of that shape. */
  readonly hasGlob: boolean
}

const WORD_LIMIT = 64
/** Bytes of the value that one word may take, so that a row of quotes costs no more than a word. */
const RAW_LIMIT = 160

const ENDS_WORD = new Set(' \t\r\n;|&<>()`,{}'.split(''))
const EMPTY_EXPANSION = /\$(?:[@*!#?$-]|[0-9]|\{[^}\s]{0,32}\}|\(\s*\))/y
const FIELD_SEPARATOR = /\$(?:IFS\b|\{IFS[^}\s]{0,16}\})(?:\$(?:[0-9@*]|\{[0-9@*]\}))?/iy
const WINDOWS_PATH = /^(?:[a-z]:\\|%[a-z]|\\\\)/i
const ANSI_ESCAPE = /\\(?:x([0-9a-f]{1,2})|([0-7]{1,3}))/gi

/** Length of `$IFS` or `${IFS...}` at `at`, which shells read as white space; 0 when there is none. */
export function separatorLength(value: string, at: number): number {
  if (value.charCodeAt(at) !== 0x24) return 0
  FIELD_SEPARATOR.lastIndex = at
  return FIELD_SEPARATOR.exec(value)?.[0].length ?? 0
}

/** Reads the word at `start`, undoing what POSIX shells and cmd.exe would undo. */
export function readShellWord(value: string, start: number): ShellWord {
  const limit = Math.min(value.length, start + RAW_LIMIT)
  let text = ''
  let disguises = 0
  let hasGlob = false
  // In a Windows path a backslash stands for itself.
  const isWindowsPath = WINDOWS_PATH.test(value.slice(start, start + 3))
  let at = start
  while (at < limit && text.length < WORD_LIMIT) {
    const char = value[at]
    if (ENDS_WORD.has(char)) break
    if (char === '$' && separatorLength(value, at) > 0) break
    const hidden = char === '\\' && isWindowsPath ? undefined : hiddenAt(value, at, limit)
    if (hidden === undefined) {
      hasGlob ||= char === '?' || char === '*' || char === '['
      text += char
      at++
    } else {
      text += hidden.text
      // A quoted whole word is how people write; letters hidden inside a word are not.
      if (text !== '' || hidden.text === '') disguises += hidden.weight
      at = hidden.end
    }
  }
  return { text: text.toLowerCase(), end: at, disguises, hasGlob }
}

interface Hidden {
  readonly text: string
  readonly end: number
  readonly weight: number
}

function hiddenAt(value: string, at: number, limit: number): Hidden | undefined {
  switch (value[at]) {
    case "'":
    case '"':
      return quotedAt(value, at, limit)
    case '\\':
      return escapedAt(value, at)
    case '^':
      return { text: '', end: at + 1, weight: 1 }
    case '$':
      return expansionAt(value, at, limit)
    default:
      return undefined
  }
}

/** A quoted piece. A quote that nothing closes, or whose content is no part of a word, is dropped alone: a break-out. */
function quotedAt(value: string, at: number, limit: number): Hidden {
  const close = value.indexOf(value[at], at + 1)
  const content = close < 0 || close >= limit ? undefined : value.slice(at + 1, close)
  if (content === undefined || /[\s;|&]/.test(content)) return { text: '', end: at + 1, weight: 0 }
  const glued = isWordByte(value, at - 1) || isWordByte(value, close + 1)
  return { text: content, end: close + 1, weight: glued ? 1 : 0 }
}

/** A backslash before a letter hides it. */
function escapedAt(value: string, at: number): Hidden | undefined {
  const next = value[at + 1]
  if (next === undefined) return { text: '', end: at + 1, weight: 0 }
  if (next === '\n') return { text: '', end: at + 2, weight: 1 }
  return /[a-z]/i.test(next) ? { text: next, end: at + 2, weight: 1 } : undefined
}

function expansionAt(value: string, at: number, limit: number): Hidden | undefined {
  if (value[at + 1] === "'") {
    const close = value.indexOf("'", at + 2)
    if (close > 0 && close < limit) {
      const content = value.slice(at + 2, close)
      return {
        text: content.replace(ANSI_ESCAPE, unescapeAnsi),
        end: close + 1,
        weight: content.includes('\\') ? 2 : 1,
      }
    }
  }
  EMPTY_EXPANSION.lastIndex = at
  const found = EMPTY_EXPANSION.exec(value)
  return found === null ? undefined : { text: '', end: at + found[0].length, weight: 1 }
}

function unescapeAnsi(_whole: string, hex: string | undefined, octal: string | undefined): string {
  return String.fromCharCode((hex === undefined ? Number.parseInt(octal ?? '0', 8) : Number.parseInt(hex, 16)) & 0xff)
}

function isWordByte(value: string, at: number): boolean {
  return at >= 0 && at < value.length && /[\w/.-]/.test(value[at])
}
