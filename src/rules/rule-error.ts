/** What kind of fault an expression has. */
export type RuleErrorCode =
  | 'syntax'
  | 'literal'
  | 'unknown-field'
  | 'unknown-function'
  | 'unknown-list'
  | 'type'
  | 'regex'
  | 'not-readable'
  | 'limit'

/** A fault in an expression: where it stands (line and column from 1, length in characters), what was expected, what may help. */
export interface RuleError {
  readonly code: RuleErrorCode
  readonly message: string
  readonly line: number
  readonly column: number
  readonly length: number
  /** A name or spelling that was probably meant, or what to write instead. */
  readonly suggestion?: string
}

/** Thrown inside the parser only; `parseExpression` and `parseOperand` turn it into a `RuleError`. */
export class RuleFault extends Error {
  readonly code: RuleErrorCode
  readonly start: number
  readonly end: number
  readonly suggestion: string | undefined

  constructor(code: RuleErrorCode, message: string, span: { start: number; end: number }, suggestion?: string) {
    super(message)
    this.code = code
    this.start = span.start
    this.end = span.end
    this.suggestion = suggestion
  }
}

/** The error of a fault, with its offsets as line and column of `text`. */
export function locateFault(fault: RuleFault, text: string): RuleError {
  const start = Math.min(fault.start, text.length)
  const before = text.slice(0, start)
  const lineStart = before.lastIndexOf('\n') + 1
  let line = 1
  for (let at = before.indexOf('\n'); at >= 0; at = before.indexOf('\n', at + 1)) line++
  return {
    code: fault.code,
    message: fault.message,
    line,
    column: start - lineStart + 1,
    length: Math.max(1, fault.end - start),
    ...(fault.suggestion === undefined ? {} : { suggestion: fault.suggestion }),
  }
}

/** Longest part of a line that is shown around a fault, in characters. */
const SHOWN_LIMIT = 160

/**
 * The error as a person reads it: position and message, the line, carets under the place, and the suggestion.
 * A long line is cut around the place.
 */
export function renderRuleError(error: RuleError, text: string): string {
  const whole = (text.split('\n')[error.line - 1] ?? '').replace(/[\t\r]/g, ' ')
  const column = error.column - 1
  const from = whole.length <= SHOWN_LIMIT ? 0 : Math.max(0, Math.min(column - 40, whole.length - SHOWN_LIMIT))
  const shown = whole.slice(from, from + SHOWN_LIMIT)
  const offset = column - from
  const carets = '^'.repeat(Math.max(1, Math.min(error.length, shown.length - offset)))
  const lines = [`${error.line}:${error.column}: ${error.message}`, `  ${shown}`, `  ${' '.repeat(offset)}${carets}`]
  if (error.suggestion !== undefined) lines.push(`  ${error.suggestion}`)
  return lines.join('\n')
}
