import { keyword } from '../keywords.ts'
import { COMPUTED, Operand } from '../operand.ts'
import type { Scan } from '../scan.ts'
import { Kind, kindSet } from '../token-kind.ts'

/** What a list of selected things shows. */
export interface SelectList {
  /** `none`: not a list. `names`: one name, as in prose. `values`: what only a query selects. */
  readonly shape: 'none' | 'names' | 'values'
  readonly end: number
}

const BACKTICK = 0x60
const TOP = keyword('top')
const MAX_ITEMS = 12
const NOT_A_LIST: SelectList = { shape: 'none', end: 0 }

/** What ends a list of selected things. */
const LIST_ENDS = kindSet(
  Kind.end,
  Kind.comment,
  Kind.semicolon,
  Kind.close,
  Kind.from,
  Kind.into,
  Kind.clause,
  Kind.limit,
  Kind.orderGroup,
  Kind.having,
  Kind.union,
  Kind.logic,
)

/** Words after `from` in prose: "select one from the list". */
const PROSE = new Set(
  'the a an our your their his her its my this that these those each every one two many among below above other another which where'.split(
    ' ',
  ),
)

/** Reads what stands after `select` at `at`. */
export function readSelectList(scan: Scan, at: number): SelectList {
  const { stream, operand } = scan
  let next = at + 1
  let selected = 0
  let bits = 0
  while (stream.kind(next) === Kind.quantifier) next = afterQuantifier(scan, next)
  for (;;) {
    if (isStar(scan, next)) {
      bits |= Operand.subselect
      next++
    } else {
      if (!operand.readLoose(scan.stream, next)) break
      bits |= operand.bits
      next = afterAlias(scan, operand.end)
    }
    selected++
    if (stream.kind(next) !== Kind.comma || selected === MAX_ITEMS) break
    next++
  }
  if (selected === 0) return NOT_A_LIST
  if (selected < MAX_ITEMS && LIST_ENDS[stream.kind(next)] === 0) return NOT_A_LIST
  if (stream.kind(next) === Kind.from && isProse(scan, next + 1)) return NOT_A_LIST
  const telling = Operand.constant | Operand.plainCall | Operand.otherCall | COMPUTED
  return { shape: (bits & telling) !== 0 ? 'values' : 'names', end: next }
}

/** `distinct`, `top 5`, `top (5)` */
function afterQuantifier(scan: Scan, at: number): number {
  const { stream, operand } = scan
  if (stream.keyword(at) !== TOP) return at + 1
  if (stream.kind(at + 1) === Kind.number) return at + 2
  return stream.kind(at + 1) === Kind.open && operand.read(stream, at + 1) ? operand.end : at + 1
}

function isStar(scan: Scan, at: number): boolean {
  const { stream } = scan
  return stream.kind(at) === Kind.arithmetic && stream.text.charCodeAt(stream.starts[at]) === 0x2a
}

/** `name as n`, `name n`; `@x := ...` too. */
function afterAlias(scan: Scan, at: number): number {
  const { stream, operand } = scan
  if (stream.kind(at) === Kind.compare && operand.read(stream, at + 1)) return operand.end
  if (stream.kind(at) === Kind.word && stream.text.charCodeAt(stream.starts[at]) === BACKTICK) return at + 1
  if (stream.kind(at) === Kind.clause && stream.kind(at + 1) === Kind.word) return at + 2
  // `over (order by 1)`
  if (stream.kind(at) === Kind.word && stream.kind(at + 1) === Kind.open && operand.read(stream, at)) return operand.end
  return at
}

/** True when the word at `at` is one that follows `from` in prose and never in a query. */
export function isProse(scan: Scan, at: number): boolean {
  const { stream } = scan
  if (stream.kind(at) !== Kind.word && stream.kind(at) !== Kind.quantifier) return false
  const length = stream.ends[at] - stream.starts[at]
  return length <= 8 && PROSE.has(stream.text.slice(stream.starts[at], stream.ends[at]).toLowerCase())
}
