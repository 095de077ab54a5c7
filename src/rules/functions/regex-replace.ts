import { compileRegex, parseRegex } from '../regex/regex.ts'
import { boundedResult, type FunctionDefinition, type LiteralValue } from './function.ts'
import { fillReplacement, parseReplacement, replacementFault } from './replacement.ts'
import { re2Replacement } from '../targets/duckdb-replace.ts'
import { re2Source } from '../targets/re2-pattern.ts'

function replacer(pattern: string, replacement: string): (source: string) => string | undefined {
  const regex = compileRegex(pattern, true)
  const filled = parseReplacement(replacement)
  return (text) => {
    const match = regex.exec(text)
    if (match === null) return text
    const before = text.slice(0, match.index)
    return boundedResult(before + fillReplacement(filled, match.slice(1)) + text.slice(match.index + match[0].length))
  }
}

function patternFault(pattern: LiteralValue): string | undefined {
  const result = parseRegex(String(pattern))
  return result.ok ? undefined : result.message
}

export const REGEX_REPLACE: FunctionDefinition = {
  name: 'regex_replace',
  help: 'The string with the first match of a regular expression replaced; ${1} stands for a capture group, $$ for a dollar sign.',
  example: 'regex_replace(http.request.uri.path, "^/old/([^/]*)/(.*)$", "/new/${2}/${1}")',
  parameters: [
    { name: 'source', types: ['String'] },
    { name: 'regular_expression', types: ['String'], literal: true, check: patternFault },
    { name: 'replacement', types: ['String'], literal: true, check: (text) => replacementFault(String(text)) },
  ],
  result: 'String',
  evaluate: (source: string, pattern: string, replacement: string) => replacer(pattern, replacement)(source),
  prepare: ([, pattern, replacement]) => replacer(String(pattern), String(replacement)),
  duckdb: ({ argument, bind, literals: [, pattern, replacement] }) => {
    const parsed = parseRegex(String(pattern))
    if (!parsed.ok) return undefined
    const { regex } = parsed
    const rewritten = re2Replacement(String(replacement), regex.captureCount)
    if (rewritten === undefined || (regex.repeatsCapture && /\\[0-9]/.test(rewritten))) return undefined
    return `regexp_replace(${argument(0)}, ${bind(re2Source(regex, true))}, ${bind(rewritten)})`
  },
}
