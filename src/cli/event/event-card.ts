import type { EventFactJson, EventJson, FactJson, WafMatchJson } from '#api'
import { printable } from '../output/printable.ts'
import { style, styleVerdict } from '../output/style.ts'
import { matchLines } from '../output/waf-text.ts'

/** One event for reading: the decision, then every fact under its field name. */
export function eventCard(event: EventJson): string {
  const { verdict, phase, ruleId, why, matches } = event.decision
  const head: (readonly [string, string])[] = [
    ['ray', event.ray],
    ['time', event.time],
    ['point', event.point],
    ['policy', event.policyVersion],
    ['verdict', styleVerdict(verdict)],
    ['why', printable(why)],
  ]
  if (phase !== undefined) head.push(['phase', phase])
  if (ruleId !== undefined) head.push(['rule', printable(ruleId)])
  for (const match of matches) {
    const note = match.logOnly ? ', recorded only' : ''
    head.push(['matched', `${printable(match.ruleId)} (${match.phase}, ${match.action}${note})`])
  }
  if (event.weight !== 1) head.push(['weight', `${event.weight} (this event stands for as many)`])
  const facts = Object.entries(event.facts).flatMap(([name, value]) => eventFactLines(name, value))
  const wafMatches = event.facts[MATCHES] as readonly WafMatchJson[] | undefined
  const omissions = (event.omissions ?? []).map(
    ({ field, key, reason }) =>
      [key === undefined ? field : `${field}[${JSON.stringify(printable(key))}]`, reason] as const,
  )
  return `${block(head)}\n${block(facts)}${matchesBlock(wafMatches)}${omissions.length === 0 ? '' : `\n${block(omissions)}`}`
}

const MATCHES = 'waf.matches'

function matchesBlock(matches: readonly WafMatchJson[] | undefined): string {
  return matches === undefined ? '' : `\n${style('dim', MATCHES)}\n${matches.flatMap(matchLines).join('\n')}\n`
}

/** Matches of the WAF have lines of their own. */
function eventFactLines(name: string, value: EventFactJson): (readonly [string, string])[] {
  if (name === MATCHES) return []
  if (name === 'waf.settings') return [[name, JSON.stringify(value)]]
  return factLines(name, value as FactJson)
}

function factLines(name: string, value: FactJson): (readonly [string, string])[] {
  if (Array.isArray(value)) return value.map((item, i) => [`${name}[${i}]`, scalar(item)] as const)
  if (typeof value !== 'object') return [[name, scalar(value)]]
  return Object.entries(value).flatMap(([key, item]) => {
    const path = `${name}[${JSON.stringify(printable(key))}]`
    return Array.isArray(item) && item.length === 1 ? [[path, scalar(item[0])] as const] : factLines(path, item)
  })
}

function scalar(value: string | number | boolean): string {
  return typeof value === 'string' ? JSON.stringify(printable(value)).replaceAll('\\\\x', '\\x') : String(value)
}

function block(lines: readonly (readonly [string, string])[]): string {
  const width = lines.reduce((most, [name]) => Math.max(most, name.length), 0)
  return lines.map(([name, value]) => `${style('dim', name.padEnd(width))}  ${value}\n`).join('')
}
