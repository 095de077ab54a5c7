import { type ByteSet, rangesOf } from './byte-set.ts'
import { RegexFault, type RegexNode } from './regex-node.ts'

export interface EmitOptions {
  /** Keep capture groups; otherwise every group is emitted without. */
  readonly captures: boolean
  /** Write counted repetitions out, because V8's linear-time engine takes small counts only. */
  readonly writeOutCounts: boolean
}

/** Byte sets that one pattern may hold when its counts are written out: bounds compile time and memory everywhere. */
const SIZE_LIMIT = 2_000

const ASSERTION_TEXT = { start: '^', end: '$', word: '\\b', 'not-word': '\\B' } as const

/** The pattern as source text without flags that V8 (each character a byte) and RE2 read alike. */
export function emitRegex(node: RegexNode, options: EmitOptions): string {
  switch (node.kind) {
    case 'set':
      return emitSet(node.set)
    case 'sequence':
      return node.items.map((item) => emitRegex(item, options)).join('')
    case 'choice':
      return node.options.map((option) => emitRegex(option, options)).join('|')
    case 'group':
      return `${node.capture !== undefined && options.captures ? '(' : '(?:'}${emitRegex(node.item, options)})`
    case 'assertion':
      return ASSERTION_TEXT[node.assertion]
    case 'repeat':
      return emitRepeat(node, options)
  }
}

function emitRepeat(node: RegexNode & { kind: 'repeat' }, options: EmitOptions): string {
  const item = emitRegex(node.item, options)
  const lazy = node.lazy ? '?' : ''
  const { min, max } = node
  if (max === Number.POSITIVE_INFINITY && min <= 1) return `${item}${min === 0 ? '*' : '+'}${lazy}`
  if (min === 0 && max === 1) return `${item}?${lazy}`
  if (!options.writeOutCounts)
    return `${item}{${min}${max === min ? '' : `,${max === Number.POSITIVE_INFINITY ? '' : max}`}}${lazy}`
  const required = item.repeat(min)
  if (max === Number.POSITIVE_INFINITY) return `${required}${item}*${lazy}`
  // Nested options: a backtracker gives them up one by one, where a chain of single options has 2^n ways.
  const optional = max - min
  return required + `(?:${item}`.repeat(optional) + `)?${lazy}`.repeat(optional)
}

function emitSet(set: ByteSet): string {
  const ranges = rangesOf(set)
  if (ranges.length === 1 && ranges[0][0] === ranges[0][1]) return escapeByte(ranges[0][0])
  const parts = ranges.map(([first, last]) =>
    first === last ? escapeByte(first) : `${escapeByte(first)}-${escapeByte(last)}`,
  )
  return `[${parts.join('')}]`
}

function escapeByte(byte: number): string {
  const character = String.fromCharCode(byte)
  if (/[A-Za-z0-9 _"'#%&,/:;<=>@`~!]/.test(character)) return character
  return `\\x${byte.toString(16).padStart(2, '0')}`
}

/** Throws a RegexFault when the pattern would be too large with its counts written out. */
export function checkSize(tree: RegexNode): void {
  const size = sizeOf(tree)
  if (size > SIZE_LIMIT) {
    throw new RegexFault(
      `the repetitions of this pattern amount to ${size} steps, at most ${SIZE_LIMIT} are allowed`,
      0,
    )
  }
}

function sizeOf(node: RegexNode): number {
  switch (node.kind) {
    case 'set':
    case 'assertion':
      return 1
    case 'sequence':
      return node.items.reduce((sum, item) => sum + sizeOf(item), 0)
    case 'choice':
      return node.options.reduce((sum, option) => sum + sizeOf(option), 1)
    case 'group':
      return sizeOf(node.item)
    case 'repeat':
      return Math.max(1, sizeOf(node.item)) * (node.max === Number.POSITIVE_INFINITY ? node.min + 1 : node.max)
  }
}

/** The largest product of nested counts: V8's linear engine takes up to 16. */
export function replicationOf(node: RegexNode): number {
  switch (node.kind) {
    case 'set':
    case 'assertion':
      return 1
    case 'sequence':
      return node.items.reduce((most, item) => Math.max(most, replicationOf(item)), 1)
    case 'choice':
      return node.options.reduce((most, option) => Math.max(most, replicationOf(option)), 1)
    case 'group':
      return replicationOf(node.item)
    case 'repeat': {
      const count = node.max === Number.POSITIVE_INFINITY ? node.min : node.max
      return Math.max(1, count) * replicationOf(node.item)
    }
  }
}

/** True when a capture group stands inside a repetition: engines differ in what such a group holds at the end. */
export function repeatsCapture(node: RegexNode, inside = false): boolean {
  switch (node.kind) {
    case 'set':
    case 'assertion':
      return false
    case 'sequence':
      return node.items.some((item) => repeatsCapture(item, inside))
    case 'choice':
      return node.options.some((option) => repeatsCapture(option, inside))
    case 'group':
      return (inside && node.capture !== undefined) || repeatsCapture(node.item, inside)
    case 'repeat':
      return repeatsCapture(node.item, inside || node.max > 1)
  }
}

/** True when something repeats or is optional: without, a pattern does a bounded amount of work at each place of a value. */
export function repeats(node: RegexNode): boolean {
  switch (node.kind) {
    case 'set':
    case 'assertion':
      return false
    case 'sequence':
      return node.items.some(repeats)
    case 'choice':
      return node.options.some(repeats)
    case 'group':
      return repeats(node.item)
    case 'repeat':
      return true
  }
}
