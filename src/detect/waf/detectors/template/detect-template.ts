import type { Detection } from '../detection.ts'
import { TEMPLATE_SIGNS, type TemplateFindingName } from './template-signs.ts'

export type TemplateFinding = Detection<TemplateFindingName>

/** How expressions and directives of template engines open. */
const OPENERS =
  /\{\{|\{%|[$#*@~%]\{|<%(?![sdxrif]\b)|<[#@]|#set\s{0,4}\(|#(?:if|foreach|evaluate|include|parse)\s{0,4}\(|\{\$smarty(?=\.)|\{(?:php|system|exec|literal|math|fetch|include)\b|@\(|\(#(?=\w{1,20}\s?[=.[(])|__\$/g
const CLOSERS: Readonly<Record<string, string>> = { '{%': '%}', '<%': '%>' }
const OPEN_BRACE = 0x7b
const CLOSE_BRACE = 0x7d
const EXPRESSION_BYTES = 512
const EXPRESSIONS_LIMIT = 64
/** Calculations are written in texts about templates too; a probe is a value that has little else in it. */
const PROBE_BYTES = 96

const ARITHMETIC =
  /^(?:[={%#$\s-]{0,6}|\$\w{1,10}\s?=\s?)(?:\d{1,10}|'\d{1,10}'|"\d{1,10}")(?:\s{0,4}(?:\*\*?|[-+/%]|\?length)\s{0,4}(?:\d{1,10}|'\d{1,10}'|"\d{1,10}")?){1,8}[\s%})\]>-]{0,8}$/

/**
 * Finds expressions of server-side template and expression languages (Jinja, Twig, Freemarker, Velocity, ERB, Smarty, Mako,
 * Handlebars, Pug, Thymeleaf, SpEL, OGNL, EL, Razor, Angular) that calculate, climb or call, in one decoded value (a byte
 * string). An expression that only names a variable is none.
 */
export function detectTemplate(value: string): TemplateFinding | undefined {
  OPENERS.lastIndex = 0
  let best: TemplateFinding | undefined
  for (let count = 0; count < EXPRESSIONS_LIMIT; count++) {
    const opener = OPENERS.exec(value)
    if (opener === null) break
    const start = opener.index
    const end = endOf(value, start, opener[0])
    const finding = expressionFinding(value, start, value.slice(start, end), opener[0].length)
    if (finding?.confidence === 'certain') return finding
    best ??= finding
  }
  return best
}

/** End of the expression that opens at `start`: where its braces are closed, or as far as one expression may reach. */
function endOf(value: string, start: number, opener: string): number {
  const limit = Math.min(value.length, start + EXPRESSION_BYTES)
  const closer = CLOSERS[opener]
  if (closer !== undefined) {
    const close = value.indexOf(closer, start + opener.length)
    if (close >= 0 && close <= limit) return close + closer.length
    const lineEnd = value.indexOf('\n', start)
    return lineEnd < 0 ? limit : Math.min(limit, lineEnd)
  }
  if (!opener.endsWith('{')) return limit
  let depth = 0
  for (let at = start; at < limit; at++) {
    const code = value.charCodeAt(at)
    if (code === OPEN_BRACE) depth++
    else if (code === CLOSE_BRACE && --depth === 0) return at + 1
  }
  return limit
}

function expressionFinding(
  value: string,
  start: number,
  text: string,
  openerLength: number,
): TemplateFinding | undefined {
  const inner = text.slice(openerLength)
  for (const { finding, confidence, pattern } of TEMPLATE_SIGNS) {
    const found = pattern.exec(inner)
    if (found === null) continue
    return { finding, confidence, offset: start, length: openerLength + found.index + found[0].length }
  }
  const first = inner.search(/[}%\]>)]/)
  const calculation = first < 0 ? inner : inner.slice(0, first + 1)
  if (!ARITHMETIC.test(calculation)) return undefined
  const confidence = value.length <= PROBE_BYTES ? 'certain' : 'weak'
  return { finding: 'template-arithmetic', confidence, offset: start, length: openerLength + calculation.length }
}
