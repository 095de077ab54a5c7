import { Operand } from '../operand.ts'
import { keyword } from '../keywords.ts'
import type { Scan } from '../scan.ts'
import { Kind, kindSet } from '../token-kind.ts'
import { LOOKBEHIND, type Position } from '../token-stream.ts'

/** What stands before a call in an expression. */
const OPERATORS = kindSet(
  Kind.logic,
  Kind.pipes,
  Kind.not,
  Kind.compare,
  Kind.compareWord,
  Kind.arithmetic,
  Kind.comma,
  Kind.select,
  Kind.whenWord,
  Kind.semicolon,
  Kind.statement,
  Kind.by,
)

/** Functions that other languages have as well. */
const ORDINARY = new Set([keyword('sleep'), keyword('benchmark'), keyword('writefile'), keyword('readfile')])
const DELAY = keyword('delay')
const WAITFOR = keyword('waitfor')

/** Index of the `(` of the call that begins at `at`, over the parts of its name; -1 when it is no call. */
function openOfCall(scan: Scan, at: number): number {
  const { stream } = scan
  let next = at + 1
  // Packages have names of several parts; `benchmark.c (` is a file.
  while (stream.kind(next) === Kind.dot && next - at < 6 && !ORDINARY.has(stream.keyword(at))) next += 2
  return stream.kind(next) === Kind.open ? next : -1
}

/** What stands before the call, over the opening parentheses and the functions whose argument it is: `if(x,sleep(5),0)`. */
function outside(scan: Scan, at: number): number {
  const { stream } = scan
  let before = at - 1
  while (stream.kind(before) === Kind.open && at - before < 8) {
    before--
    if (stream.kind(before) === Kind.sqlCall || stream.kind(before) === Kind.plainCall) before--
  }
  return before
}

/** Where the expression at `at` stands: that of the SQL function around it, if there is one. */
function placeOf(scan: Scan, at: number): Position {
  const { stream } = scan
  let depth = 0
  for (let before = at; before >= Math.max(0, at - LOOKBEHIND); before--) {
    const kind = stream.kinds[before]
    if (kind === Kind.close) depth++
    else if (kind === Kind.open && --depth < 0) {
      if (stream.kind(before - 1) !== Kind.sqlCall) break
      return before === 1 ? 'value' : stream.position(before - 1)
    }
  }
  return stream.position(at)
}

/** A function that waits. */
export function recogniseDelay(scan: Scan, at: number): void {
  const { stream, operand } = scan
  const open = openOfCall(scan, at)
  if (open < 0 || stream.kind(open + 1) === Kind.close || !operand.read(stream, at)) return
  const end = operand.end
  const before = outside(scan, at)
  const kind = stream.kind(before)
  if (OPERATORS[kind] === 1) {
    const position = placeOf(scan, before)
    const ordinary = ORDINARY.has(stream.keyword(at)) && kind !== Kind.select
    if (position !== 'text' || !ordinary) scan.reportAt('time-delay', before, end, position)
    else scan.report('delay-call', at, end)
  } else if (before < 0 && scan.isTerminator(end)) {
    scan.reportAt('time-delay', at, end, 'value')
  } else if (scan.afterQuote(at) && (stream.kind(end) === Kind.openString || stream.kind(end) === Kind.comment)) {
    scan.reportAt('time-delay', at, stream.count, 'text')
  } else {
    scan.report('delay-call', at, end)
  }
}

/** `waitfor delay '0:0:5'` of SQL Server. */
export function recogniseWaitfor(scan: Scan, at: number): void {
  const { stream } = scan
  if (stream.keyword(at) !== WAITFOR || stream.keyword(at + 1) !== DELAY) return
  const value = stream.kind(at + 2)
  if (value !== Kind.string && value !== Kind.openString && value !== Kind.variable) return
  const from = stream.kind(at - 1) === Kind.semicolon ? at - 1 : at
  scan.reportAt('time-delay', at, at + 3, stream.position(from))
}

/** A function that leaks through errors, files or the network. */
export function recogniseLeak(scan: Scan, at: number): void {
  const { stream, operand } = scan
  const open = openOfCall(scan, at)
  if (open < 0 || !operand.read(stream, at)) return
  const { end, bits } = operand
  // `load_file(path)` is a call of a program; an attack gives what is to be leaked.
  const argument = stream.kind(open + 1)
  if (argument === Kind.word || argument === Kind.close || argument === Kind.end) return
  const before = outside(scan, at)
  const expression = OPERATORS[stream.kind(before)] === 1
  const nested = (bits & (Operand.subselect | Operand.sqlCall | Operand.plainCall)) !== 0
  if (expression && !ORDINARY.has(stream.keyword(at))) {
    const position = stream.position(before)
    scan.reportAt(nested || position === 'value' ? 'leak-call' : 'leak-name', before, end, position)
  } else if (before < 0 && !ORDINARY.has(stream.keyword(at))) {
    scan.reportAt('leak-name', at, end, 'value')
  }
}

/** `1*if(1=1,1,0)`: a value that depends on a condition. */
export function recogniseConditional(scan: Scan, at: number): void {
  const { stream } = scan
  const before = stream.kind(at - 1)
  if (stream.kind(at + 1) !== Kind.open) return
  if (before !== Kind.arithmetic && before !== Kind.pipes && before !== Kind.comma) return
  if (stream.position(at) !== 'value' || at < 2 || !scan.operand.read(stream, at)) return
  const end = scan.operand.end
  if (holds(scan, Kind.compare, at, end) && holds(scan, Kind.comma, at, end)) scan.report('conditional-value', at, end)
}

/** `case when ... then ... end` */
export function recogniseCase(scan: Scan, at: number): void {
  const { stream, operand } = scan
  if (stream.kind(at + 1) !== Kind.whenWord || !operand.read(stream, at)) return
  const before = outside(scan, at)
  const end = operand.end
  if (before >= 0 && OPERATORS[stream.kind(before)] === 0) return
  if (!holds(scan, Kind.endWord, at, end) || !holds(scan, Kind.whenWord, at + 2, end)) return
  scan.reportAt('conditional-value', at, end, before < 0 ? 'value' : stream.position(at))
}

function holds(scan: Scan, kind: number, from: number, to: number): boolean {
  for (let at = from; at < to; at++) if (scan.stream.kinds[at] === kind) return true
  return false
}
