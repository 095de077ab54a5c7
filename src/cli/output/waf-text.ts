import type { WafMatchJson, WafReportJson } from '#api'
import { printable } from './printable.ts'
import { style } from './style.ts'
import { windowWidth, wrapText } from './window.ts'

const INDENT = '      '

/** What the WAF found, rule by rule with the matched bytes marked, the sums, and what would have to change. */
export function wafText(report: WafReportJson, window: number | undefined = windowWidth()): string {
  const { mode, verdict, score, matches, toPass } = report
  const would = verdict === 'block' && mode === 'log' ? ', would block' : verdict === 'block' ? ', blocks' : ''
  const kind = report.class === undefined ? '' : ` (${report.class})`
  const lines = [`${style('bold', 'WAF')} mode ${mode}${would}: score ${score}${kind}`]
  for (const match of matches) lines.push(...matchLines(match))
  for (const [name, value] of factsOf(report)) lines.push(`  ${style('dim', name)} ${value}`)
  for (const advice of toPass) lines.push(...wrapped(`To let it pass: ${advice}`, window))
  return `${lines.join('\n')}\n`
}

/** Lines about matches alone, as `event show` prints them under their field. */
export function matchLines(match: WafMatchJson): string[] {
  const { ruleId, ruleSet, score, variable, message, trail, finding } = match
  const found = finding === undefined ? '' : `, found ${printable(finding)}`
  const lines = [
    `  ${style('yellow', printable(String(ruleId)))} ${ruleSet}, ${match.class}, score ${score}: ${printable(message)}`,
  ]
  // A rule without a condition looks at nothing.
  if (variable === '') return lines
  lines.push(`${INDENT}in ${style('cyan', printable(variable))}${found}`)
  if (trail.length > 0) lines.push(`${INDENT}after ${trail.map(printable).join(', ')}`)
  lines.push(`${INDENT}${valueText(match)}`)
  return lines
}

function valueText({ value, parts, matchOffset, matchLength, valueOffset = 0, redacted }: WafMatchJson): string {
  if (redacted === true) return `${quoted(value)} (a keyed hash stands for what is secret)`
  if (parts === undefined || matchOffset === undefined) return quoted(value)
  const [before, matched, after] = parts.map(printable)
  const start = valueOffset + matchOffset
  const cut = valueOffset > 0 ? '...' : ''
  const place = `bytes ${start} to ${start + (matchLength ?? 0)} of the tested value`
  return `"${cut}${before}${style('red', `»${matched}«`)}${after}"  ${style('dim', place)}`
}

function quoted(text: string): string {
  return `"${printable(text)}"`
}

function* factsOf(report: WafReportJson): Iterable<readonly [string, string]> {
  const { inbound, outbound, settings, exceptions, coverage, responseCoverage, cpuMicros, budgetExceeded } = report
  const paranoia = settings === undefined ? '' : ` at paranoia ${settings.paranoia}`
  if (inbound !== undefined) yield ['inbound sum', `${inbound.sum} of ${inbound.threshold}${paranoia}`]
  if (outbound !== undefined) yield ['outbound sum', `${outbound.sum} of ${outbound.threshold}${paranoia}`]
  if (exceptions.length > 0) yield ['exceptions', exceptions.map(printable).join(', ')]
  if (coverage !== undefined) yield ['body', printable(coverage)]
  if (responseCoverage !== undefined) yield ['body of the answer', printable(responseCoverage)]
  if (cpuMicros !== undefined) {
    yield ['CPU time', `${cpuMicros} µs${budgetExceeded ? ': the budget was used up' : ''}`]
  }
}

function wrapped(text: string, window: number | undefined): string[] {
  const room = window === undefined ? undefined : window - INDENT.length
  return wrapText(printable(text), room).map((line, i) => (i === 0 ? `  ${line}` : INDENT + line))
}
