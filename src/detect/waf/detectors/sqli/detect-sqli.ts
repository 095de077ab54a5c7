import { foldFullWidth } from '../full-width.ts'
import { ANSI, type Dialect, Lexer, MYSQL } from './lexer.ts'
import { needsLexing } from './gate.ts'
import { RECOGNISERS } from './recognisers/index.ts'
import { Scan, type SqliFinding } from './scan.ts'
import { Kind } from './token-kind.ts'
import { LOOKAHEAD, LOOKBEHIND } from './token-stream.ts'

const QUOTES = [0x27, 0x22, 0x60] as const

const scan = new Scan()
const lexer = new Lexer(scan.stream)

/**
 * The strongest sign of SQL injection in one decoded value (a byte string), or undefined. The value is read as code and as the
 * inside of a string of each kind of quote that it holds, in the comment and string rules of MySQL and of the others. Takes
 * time in proportion to the length.
 */
export function detectSqli(value: string): SqliFinding | undefined {
  const folded = foldFullWidth(value)
  if (folded === value) return readAll(value)
  const found = readAll(folded)
  return found === undefined ? undefined : { ...found, offset: 0, length: value.length }
}

function readAll(value: string): SqliFinding | undefined {
  if (!needsLexing(value)) return undefined
  scan.strongest.reset()
  readAs(value, 0)
  for (const quote of QUOTES) {
    if (scan.strongest.certain) break
    if (value.includes(String.fromCharCode(quote))) readAs(value, quote)
  }
  return scan.strongest.found
}

/** Reads `value` as the inside of a string of `quote`, or as code for 0, in both dialects when they differ. */
function readAs(value: string, quote: number): void {
  readIn(value, quote, MYSQL)
  if (lexer.ambiguous && !scan.strongest.certain) readIn(value, quote, ANSI)
}

function readIn(value: string, quote: number, dialect: Dialect): void {
  const { stream } = scan
  lexer.start(value, quote, dialect)
  let next = 0
  for (;;) {
    lexer.fill()
    if (next === 0) {
      scan.path = quote === 0 && isPath(value)
      stream.skipKey()
    }
    // What stands near the end of a full window is looked at again with all that follows it.
    const end = lexer.done ? stream.count : stream.count - LOOKAHEAD
    for (; next < end; next++) {
      const recognisers = RECOGNISERS[stream.kinds[next]]
      if (recognisers === undefined) continue
      for (const recognise of recognisers) recognise(scan, next)
      if (scan.strongest.certain) return
    }
    if (lexer.done) return
    stream.shift(LOOKAHEAD + LOOKBEHIND)
    next = LOOKBEHIND
  }
}

/** `/name...`: a division cannot begin an expression. A query or a comment inside makes it suspicious again. */
function isPath(value: string): boolean {
  const divides = scan.stream.kinds[0] === Kind.arithmetic && value.charCodeAt(0) === 0x2f
  return divides && !value.includes('/*') && !value.includes('?')
}
