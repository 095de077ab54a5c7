import { addRange, addSet, type ByteSet, emptySet, foldCase, invert, POSIX_CLASSES } from './byte-set.ts'
import { escapeSet } from './escapes.ts'
import { RegexFault } from './regex-node.ts'

const POSIX = /\[:(\^?)([a-z]+):\]/y

interface ClassItem {
  readonly set: ByteSet
  /** The byte, when the item is a single one and may start a range. */
  readonly byte: number | undefined
  readonly end: number
}

/** The set of a class `[...]` that starts at `start`, and the offset after it. */
export function parseClass(
  pattern: string,
  start: number,
  ignoreCase: boolean,
): { readonly set: ByteSet; readonly end: number } {
  const set = emptySet()
  const negated = pattern[start + 1] === '^'
  let at = start + (negated ? 2 : 1)
  if (pattern[at] === ']') throw new RegexFault('a class may not start with `]`: write `\\]`', at)
  while (pattern[at] !== ']') {
    const first = itemAt(pattern, at, start)
    at = first.end
    if (pattern[at] !== '-' || pattern[at + 1] === ']' || at + 1 >= pattern.length) {
      addSet(set, first.set)
      continue
    }
    const last = itemAt(pattern, at + 1, start)
    if (first.byte === undefined || last.byte === undefined || first.byte > last.byte) {
      throw new RegexFault('this range in a class is not from a lower to a higher byte', first.end - 1, last.end)
    }
    addRange(set, first.byte, last.byte)
    at = last.end
  }
  if (ignoreCase) foldCase(set)
  if (negated) invert(set)
  if (!set.includes(1)) throw new RegexFault('this class matches nothing', start, at + 1)
  return { set, end: at + 1 }
}

function itemAt(pattern: string, at: number, classStart: number): ClassItem {
  const character = pattern[at]
  if (character === undefined) throw new RegexFault('this class does not end: `]` is missing', classStart)
  if (character === '[') {
    const named = posixAt(pattern, at)
    if (named !== undefined) return named
  }
  if (character === '\\') return escapedItem(pattern, at)
  const byte = character.charCodeAt(0)
  if (byte > 0x7f)
    throw new RegexFault('a class matches single bytes and this character has several: write `(?:ä|ö)`', at)
  return { set: oneByte(byte), byte, end: at + 1 }
}

function escapedItem(pattern: string, at: number): ClassItem {
  if (pattern[at + 1] === 'b') throw new RegexFault('in a class write `\\x08` for backspace', at, at + 2)
  const escape = escapeSet(pattern, at)
  const byte = escape.set.indexOf(1)
  const isSingle = escape.set.indexOf(1, byte + 1) < 0
  return { set: escape.set, byte: isSingle ? byte : undefined, end: at + escape.length }
}

function posixAt(pattern: string, at: number): ClassItem | undefined {
  POSIX.lastIndex = at
  const match = POSIX.exec(pattern)
  if (match === null) return undefined
  const known = POSIX_CLASSES[match[2]]
  const end = at + match[0].length
  if (known === undefined) throw new RegexFault(`unknown class \`[:${match[2]}:]\``, at, end)
  const set = known.slice()
  if (match[1] === '^') invert(set)
  return { set, byte: undefined, end }
}

function oneByte(byte: number): ByteSet {
  const set = emptySet()
  set[byte] = 1
  return set
}
