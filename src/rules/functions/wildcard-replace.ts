import { parseWildcard, wildcardCaptures } from '../wildcard.ts'
import { boundedResult, type FunctionDefinition, type LiteralValue } from './function.ts'
import { fillReplacement, parseReplacement, replacementFault } from './replacement.ts'
import { re2Replacement } from '../targets/duckdb-replace.ts'
import { wildcardPattern } from '../targets/re2-pattern.ts'

function replacer(pattern: string, replacement: string, flags: string): (source: string) => string | undefined {
  const captures = wildcardCaptures(pattern, flags === 's')
  const filled = parseReplacement(replacement)
  return (source) => {
    const found = captures(source)
    return found === undefined ? source : boundedResult(fillReplacement(filled, found))
  }
}

function patternFault(pattern: LiteralValue): string | undefined {
  const wildcard = parseWildcard(String(pattern))
  return typeof wildcard === 'string' ? wildcard : undefined
}

export const WILDCARD_REPLACE: FunctionDefinition = {
  name: 'wildcard_replace',
  help:
    'The replacement when the whole string matches a wildcard pattern, else the string as it is. ${1} stands for what the ' +
    'first star matched, $$ for a dollar sign. Case is ignored unless the flags are "s".',
  example: 'wildcard_replace(http.request.full_uri, "https://*.shop.test/*", "https://shop.test/${1}/${2}")',
  parameters: [
    { name: 'source', types: ['String'] },
    { name: 'wildcard_pattern', types: ['String'], literal: true, check: patternFault },
    { name: 'replacement', types: ['String'], literal: true, check: (text) => replacementFault(String(text)) },
    {
      name: 'flags',
      types: ['String'],
      literal: true,
      optional: true,
      check: (flags) => (flags === '' || flags === 's' ? undefined : 'the only flag is "s" (case-sensitive)'),
    },
  ],
  result: 'String',
  evaluate: (source: string, pattern: string, replacement: string, flags = '') =>
    replacer(pattern, replacement, flags)(source),
  prepare: ([, pattern, replacement, flags = '']) => replacer(String(pattern), String(replacement), String(flags)),
  duckdb: ({ argument, bind, literals: [, pattern, replacement, flags] }) => {
    const wildcard = parseWildcard(String(pattern))
    if (typeof wildcard === 'string') return undefined
    const rewritten = re2Replacement(String(replacement), wildcard.parts.length - 1)
    const captures = wildcardPattern(String(pattern), flags === 's', '((?s:.*?))')
    if (rewritten === undefined || captures === undefined) return undefined
    return `regexp_replace(${argument(0)}, ${bind(captures)}, ${bind(rewritten)})`
  },
}
