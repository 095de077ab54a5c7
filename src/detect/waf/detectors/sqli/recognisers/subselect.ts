import type { Scan } from '../scan.ts'
import { Kind, kindSet } from '../token-kind.ts'
import { isProse, readSelectList } from './select-list.ts'

/** What stands before the parenthesis of a subselect in an expression. */
const BEFORE = kindSet(
  Kind.logic,
  Kind.pipes,
  Kind.not,
  Kind.compare,
  Kind.compareWord,
  Kind.arithmetic,
  Kind.comma,
  Kind.exists,
  Kind.open,
  Kind.from,
)

/** `(select ...` inside an expression that the value begins or continues. */
export function recogniseSelect(scan: Scan, at: number): void {
  const { stream } = scan
  if (stream.kind(at - 1) !== Kind.open) {
    if (at === 0 && readSelectList(scan, at).shape !== 'none') scan.report('select-statement', at, at + 1)
    return
  }
  let first = at - 1
  while (stream.kind(first - 1) === Kind.open) first--
  const list = readSelectList(scan, at)
  if (list.shape === 'none') return
  const before = stream.kind(first - 1)
  const joined = before === Kind.number && stream.joined(first)
  if (BEFORE[before] === 1 || joined) scan.report('subselect', first - 1, list.end)
  else if (before === Kind.end && (list.shape === 'values' || stream.kind(list.end) === Kind.from)) {
    scan.report('subselect', first, list.end)
  }
}

/** A table of the catalogue after `from`, `join` or `into`. */
export function recogniseCatalog(scan: Scan, at: number): void {
  const { stream } = scan
  let from = at
  while (from > 0 && at - from < 6 && stream.kinds[from] !== Kind.from && stream.kinds[from] !== Kind.clause) from--
  if (stream.kind(from) !== Kind.from || isProse(scan, from + 1)) return
  scan.report('catalog', from, stream.kind(at + 1) === Kind.dot ? at + 3 : at + 1)
}
