import { keyword } from '../keywords.ts'
import type { Scan } from '../scan.ts'
import { Kind, kindSet, type TokenKind } from '../token-kind.ts'
import { readSelectList } from './select-list.ts'

/** What must follow the first word of a statement. */
interface StatementShape {
  /** One of these keywords. */
  readonly words?: string
  /** Or a token of one of these kinds. */
  readonly kinds?: readonly TokenKind[]
  /** Or a name of several parts: `master..xp_cmdshell`. */
  readonly dotted?: true
  /** And one of these keywords a little later: `update x set`. */
  readonly later?: string
}

const OBJECTS =
  'table view index function login role trigger column sequence extension event temporary temp server tablespace ' +
  'user database schema procedure'
const EXECUTED: StatementShape = {
  words: 'immediate',
  kinds: [Kind.leakCall, Kind.string, Kind.open, Kind.variable],
  dotted: true,
}

const SHAPES: Readonly<Record<string, readonly StatementShape[]>> = {
  insert: [{ words: 'into' }],
  update: [{ kinds: [Kind.word, Kind.catalog, Kind.plainCall], later: 'set' }],
  delete: [{ words: 'from' }],
  drop: [{ words: OBJECTS }],
  create: [{ words: `or ${OBJECTS}` }],
  alter: [{ words: OBJECTS }],
  truncate: [{ words: 'table' }],
  exec: [EXECUTED],
  execute: [EXECUTED],
  declare: [{ kinds: [Kind.variable] }, { kinds: [Kind.word], later: 'begin' }],
  shutdown: [{ kinds: [Kind.end, Kind.comment, Kind.semicolon], words: 'with' }],
  grant: [{ words: 'all select insert update delete create drop execute', later: 'on' }],
  merge: [{ words: 'into' }],
  call: [{ kinds: [Kind.leakCall, Kind.delayCall] }],
  copy: [{ kinds: [Kind.word, Kind.open, Kind.catalog], later: 'program from' }],
  load: [{ words: 'data extension' }],
  attach: [{ words: 'database' }],
  do: [{ kinds: [Kind.delayCall] }],
  kill: [{ kinds: [Kind.number] }],
  backup: [{ words: 'database' }],
  restore: [{ words: 'database' }],
  handler: [{ kinds: [Kind.word], later: 'open' }],
  rename: [{ words: 'table' }],
  replace: [{ words: 'into' }],
  prepare: [{ kinds: [Kind.word], later: 'from' }],
  set: [{ kinds: [Kind.variable] }],
  begin: [{ kinds: [Kind.delayCall, Kind.leakCall] }],
  reconfigure: [{ kinds: [Kind.end, Kind.comment, Kind.semicolon] }],
}

// How far `later` may be away: names, columns and values stand between.
const LATER_TOKENS = 12

// A statement without any sign in it has no more words.
const SHORT_STATEMENT = 6

const ENDS = kindSet(Kind.end, Kind.comment, Kind.semicolon)
const SYNTAX = kindSet(
  Kind.string,
  Kind.openString,
  Kind.number,
  Kind.variable,
  Kind.open,
  Kind.comma,
  Kind.compare,
  Kind.arithmetic,
  Kind.dot,
  Kind.values,
  Kind.select,
  Kind.cast,
)
/** Other languages have `exec(...)`, `exec @words` and `exec "..."`. */
const AMBIGUOUS = kindSet(Kind.open, Kind.variable, Kind.string)

interface CompiledShape {
  readonly words: ReadonlySet<number>
  readonly kinds: ReadonlySet<number>
  readonly dotted: boolean
  readonly later: ReadonlySet<number>
}

const COMPILED: ReadonlyMap<number, readonly CompiledShape[]> = new Map(
  Object.entries(SHAPES).map(([verb, shapes]) => [keyword(verb), shapes.map(compileShape)]),
)

function compileShape({ words, kinds = [], dotted, later }: StatementShape): CompiledShape {
  return {
    words: new Set(words?.split(' ').map(keyword)),
    kinds: new Set<number>(kinds),
    dotted: dotted ?? false,
    later: new Set(later?.split(' ').map(keyword)),
  }
}

/** `; drop table users`: another statement after the end of the first. */
export function recogniseStacked(scan: Scan, at: number): void {
  const { stream } = scan
  const verb = at + 1
  if (stream.kind(verb) === Kind.select) {
    // `select(fd + 1, ...)` is a system call, and it is how attacks do without white space.
    if (stream.kind(verb + 1) === Kind.open && stream.joined(verb + 1) && stream.position(at) === 'text') return
    const list = readSelectList(scan, verb)
    const complete = list.shape === 'values' || (list.shape === 'names' && stream.kind(list.end) === Kind.from)
    if (complete) scan.report('stacked-statement', at, list.end)
    return
  }
  reportStatement(scan, at, verb)
}

/** Without a semicolon, as SQL Server allows after a closed string: `') exec xp_cmdshell 'dir'--`. */
export function recogniseStatement(scan: Scan, at: number): void {
  if (scan.afterQuote(at) && scan.isTerminator(scan.stream.count - 1)) reportStatement(scan, at, at)
}

/** Reports the statement whose first word stands at `verb`, when it is one. */
function reportStatement(scan: Scan, at: number, verb: number): void {
  for (const shape of COMPILED.get(scan.stream.keyword(verb)) ?? []) {
    const end = statementEnd(scan, verb, shape)
    if (end < 0) continue
    const ambiguous = AMBIGUOUS[scan.stream.kind(verb + 1)] === 1 && scan.stream.position(at) !== 'value'
    if (ambiguous) scan.reportAt('stacked-statement', at, end, 'statement')
    else if (shape.later.size > 0) scan.reportAnyhow('stacked-statement', at, end)
    else scan.report('stacked-statement', at, end)
    return
  }
}

/** Index after the object of the statement at `verb`, or -1 when it is none. */
function statementEnd(scan: Scan, verb: number, shape: CompiledShape): number {
  const { stream } = scan
  const next = stream.kind(verb + 1)
  const dotted = shape.dotted && next === Kind.word && stream.kind(verb + 2) === Kind.dot
  if (!dotted && !shape.kinds.has(next) && !shape.words.has(stream.keyword(verb + 1))) return -1
  if (shape.later.size === 0) return afterObject(scan, verb + 1)
  for (let later = verb + 2; later < verb + 2 + LATER_TOKENS; later++) {
    if (shape.later.has(stream.keyword(later))) return later + 1
  }
  return -1
}

/** Index after the statement's beginning, or -1 when nothing but words follow, as in prose. */
function afterObject(scan: Scan, at: number): number {
  const { stream } = scan
  for (let next = at; next - at < SHORT_STATEMENT; next++) {
    if (ENDS[stream.kind(next)] === 1) return next
    if (SYNTAX[stream.kind(next)] === 1) return stream.count
  }
  return -1
}
