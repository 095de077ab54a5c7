import type { Scan } from '../scan.ts'
import { Kind } from '../token-kind.ts'
import { Flag } from '../token-stream.ts'
import { readSelectList } from './select-list.ts'

/** `union [all] select`, also with `except` and `intersect`, `values` and `table`. */
export function recogniseUnion(scan: Scan, at: number): void {
  const { stream } = scan
  let next = at + 1
  while (stream.kind(next) === Kind.quantifier) next++
  const afterAll = next
  while (stream.kind(next) === Kind.open) next++
  if (stream.kind(next) !== Kind.select) {
    if (afterAll > at + 1 && isHidden(scan, at)) scan.report('union-fragment', at, afterAll)
    else if (stream.kind(next) === Kind.values && stream.kind(next + 1) === Kind.open) {
      if (scan.operand.read(stream, next)) scan.report('union-select', at, scan.operand.end)
    }
    return
  }
  const list = readSelectList(scan, next)
  if (list.shape === 'values' || (list.shape === 'names' && isHidden(scan, next))) {
    scan.report('union-select', at, list.end)
  } else if (list.shape === 'names' && stream.kind(list.end) === Kind.from && followsOperand(scan, at)) {
    scan.report('union-select-name', at, list.end)
  }
}

/** A comment stands where people write a space. */
function isHidden(scan: Scan, at: number): boolean {
  const { flags, count } = scan.stream
  for (let near = Math.max(0, at - 1); near <= at + 1 && near < count; near++) {
    if ((flags[near] & Flag.comment) !== 0) return true
  }
  return false
}

/** The value begins with a number or breaks out of a quote: in prose a word stands before "union". */
function followsOperand(scan: Scan, at: number): boolean {
  const before = scan.stream.kind(at - 1)
  return before === Kind.number || before === Kind.close || before === Kind.constant || scan.afterQuote(at)
}
