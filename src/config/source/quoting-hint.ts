/**
 * What to do when a syntax fault at `offset` of a YAML text comes from a value that should have been quoted, as the tail
 * of its message; empty when it does not look so.
 */
export function quotingHint(text: string, offset: number): string {
  const lineStart = text.lastIndexOf('\n', offset - 1) + 1
  const lineEnd = text.indexOf('\n', offset)
  const line = text.slice(lineStart, lineEnd < 0 ? undefined : lineEnd)
  if (/\[[0-9a-fA-F]*:[0-9a-fA-F:.]*\]:\d/.test(line)) return ' (put an IPv6 address in quotes: "[::1]:8080")'
  const expression = expressionHint(text, offset)
  if (expression !== '') return expression
  if (/[\s[,]\*/.test(line)) return ' (put a value that begins with * in quotes: "*.example.test")'
  return ''
}

/** A comment that YAML sees in an expression hides the rest of its line, so that the fault shows on the next. */
const LINES_BACK = 2

const EXPRESSION_KEY = /(?:^|[\s{,])(when|expression):[ \t]+(?=\S)/g

/** What ends an unquoted value of YAML, or opens something within it: expressions are full of it. */
const SPECIAL = /[{}[\]"#]|: /

/** The next key of a flow mapping: a fault behind it is not the expression's. */
const NEXT_KEY = /,\s*[\w-]+:\s/

function expressionHint(text: string, offset: number): string {
  let from = offset
  for (let i = 0; i < LINES_BACK; i++) from = text.lastIndexOf('\n', from - 1)
  const lineEnd = text.indexOf('\n', offset)
  const around = text.slice(from + 1, lineEnd < 0 ? undefined : lineEnd)
  const faultAt = offset - from - 1
  const key = [...around.matchAll(EXPRESSION_KEY)].findLast(({ index, 0: found }) => index + found.length <= faultAt)
  if (key === undefined) return ''
  const valueAt = key.index + key[0].length
  // A fault of the whole value is reported where it begins.
  const end = faultAt === valueAt ? around.length : faultAt + 1
  const value = around.slice(valueAt, end).split(NEXT_KEY, 1)[0]
  if (value.startsWith("'")) return value.includes("' ") || value.endsWith("'") ? '' : QUOTE_WITHIN
  return SPECIAL.test(value) ? ` (put the expression in single quotes: ${key[1]}: '...')` : ''
}

const QUOTE_WITHIN = " (within single quotes, write a single quote twice: '')"
