/** A set of bytes: 256 flags. */
export type ByteSet = Uint8Array

export function emptySet(): ByteSet {
  return new Uint8Array(256)
}

/** Adds the bytes from `first` to `last`, both included. */
export function addRange(set: ByteSet, first: number, last: number): void {
  set.fill(1, first, last + 1)
}

export function addSet(set: ByteSet, other: ByteSet): void {
  for (let byte = 0; byte < 256; byte++) set[byte] |= other[byte]
}

export function invert(set: ByteSet): void {
  for (let byte = 0; byte < 256; byte++) set[byte] ^= 1
}

/** Adds the other case of every ASCII letter: there is no other case folding in the language. */
export function foldCase(set: ByteSet): void {
  for (let upper = 0x41; upper <= 0x5a; upper++) {
    const either = set[upper] | set[upper + 32]
    set[upper] = either
    set[upper + 32] = either
  }
}

export function setOf(...ranges: readonly (readonly [number, number])[]): ByteSet {
  const set = emptySet()
  for (const [first, last] of ranges) addRange(set, first, last)
  return set
}

function inverted(set: ByteSet): ByteSet {
  const copy = set.slice()
  invert(copy)
  return copy
}

/** The set as ascending ranges of bytes. */
export function rangesOf(set: ByteSet): readonly (readonly [number, number])[] {
  const ranges: (readonly [number, number])[] = []
  for (let byte = 0; byte < 256; byte++) {
    if (set[byte] === 0) continue
    const first = byte
    while (byte < 255 && set[byte + 1] === 1) byte++
    ranges.push([first, byte])
  }
  return ranges
}

const DIGIT = setOf([0x30, 0x39])
const WORD = setOf([0x30, 0x39], [0x41, 0x5a], [0x5f, 0x5f], [0x61, 0x7a])
const SPACE = setOf([0x09, 0x0d], [0x20, 0x20])

/** The classes `\d`, `\w`, `\s` and their complements, ASCII only. */
export const CLASS_ESCAPES: Readonly<Record<string, ByteSet>> = {
  d: DIGIT,
  D: inverted(DIGIT),
  w: WORD,
  W: inverted(WORD),
  s: SPACE,
  S: inverted(SPACE),
}

/** `[[:alpha:]]` and so on, by name. */
export const POSIX_CLASSES: Readonly<Record<string, ByteSet>> = {
  alnum: setOf([0x30, 0x39], [0x41, 0x5a], [0x61, 0x7a]),
  alpha: setOf([0x41, 0x5a], [0x61, 0x7a]),
  ascii: setOf([0, 0x7f]),
  blank: setOf([0x09, 0x09], [0x20, 0x20]),
  cntrl: setOf([0, 0x1f], [0x7f, 0x7f]),
  digit: DIGIT,
  graph: setOf([0x21, 0x7e]),
  lower: setOf([0x61, 0x7a]),
  print: setOf([0x20, 0x7e]),
  punct: setOf([0x21, 0x2f], [0x3a, 0x40], [0x5b, 0x60], [0x7b, 0x7e]),
  space: SPACE,
  upper: setOf([0x41, 0x5a]),
  word: WORD,
  xdigit: setOf([0x30, 0x39], [0x41, 0x46], [0x61, 0x66]),
}

export const NOT_NEWLINE = inverted(setOf([0x0a, 0x0a]))
export const ANY_BYTE = setOf([0, 255])
