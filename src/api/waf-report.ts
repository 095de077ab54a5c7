import type { Event } from '#events'
import type { FieldValue } from '#fields'
import type { WafMatchJson, WafReportJson, WafSettingsJson } from './schema/waf.ts'
import { wafMatchesJson, wafSettingsJson } from './waf-json.ts'

/** What the WAF found in the request of an event, and what would have to change; undefined when it did not look. */
export function wafReport({ facts, decision }: Pick<Event, 'facts' | 'decision'>): WafReportJson | undefined {
  return wafReportOf((name) => facts[name], decision)
}

/** The same for a request whose fields `read` gives. */
export function wafReportOf(
  read: (field: string) => FieldValue | undefined,
  decision: Event['decision'],
): WafReportJson | undefined {
  const mode = textOf(read('waf.mode'))
  if (mode === undefined) return undefined
  const settings = wafSettingsJson(textOf(read('waf.settings')) ?? '') as WafSettingsJson | undefined
  const matches = wafMatchesJson(textOf(read('waf.matches')) ?? '') ?? []
  const inbound = sumOf(read('waf.anomaly.inbound'), settings?.inboundThreshold)
  const outbound = sumOf(read('waf.anomaly.outbound'), settings?.outboundThreshold)
  const found = {
    mode,
    verdict: textOf(read('waf.verdict')) ?? 'pass',
    score: Number(read('waf.score') ?? 99),
    ...optional('class', textOf(read('waf.class'))),
    classScores: Object.fromEntries(mapOf(read('waf.class_scores'))),
    matches,
    ...optional('settings', settings),
    ...optional('inbound', inbound),
    ...optional('outbound', outbound),
    exceptions: listOf(read('waf.exceptions')),
    ...optional('coverage', textOf(read('waf.coverage'))),
    ...optional('responseCoverage', textOf(read('waf.response.coverage'))),
    ...optional('cpuMicros', numberOf(read('waf.cpu_time'))),
    budgetExceeded: read('waf.budget_exceeded') === true,
  }
  return { ...found, toPass: found.verdict === 'block' ? passAdvice(found, decision.ruleId) : [] }
}

type Found = Omit<WafReportJson, 'toPass'>

/** The steps after which the request would pass, each for one reason that it does not. */
function passAdvice(found: Found, decidedBy: string | undefined): string[] {
  const advice = [
    ...budgetAdvice(found),
    ...sumAdvice(found, 'inbound', [1, 2]),
    ...sumAdvice(found, 'outbound', [3, 4]),
    ...ownRulesAdvice(found),
  ]
  if (advice.length > 0 || decidedBy === undefined) return advice
  return [`Rule ${decidedBy} would have to be left out: ${exceptionText([decidedBy], [])}.`]
}

function budgetAdvice({ budgetExceeded }: Found): string[] {
  return budgetExceeded
    ? ['The CPU time was used up: `waf: { budget: ... }` would have to be longer, or `onBudget: open`.']
    : []
}

/** Fewest SecLang rules without which the sum stays below the threshold. */
function sumAdvice(found: Found, direction: 'inbound' | 'outbound', phases: readonly number[]): string[] {
  const total = found[direction]
  if (total === undefined || total.sum < total.threshold) return []
  const scored = found.matches
    .filter(({ ruleSet, phase, score }) => ruleSet !== 'tidegate' && phases.includes(phase) && score > 0)
    .sort((left, right) => right.score - left.score)
  let sum = total.sum
  const without: WafMatchJson[] = []
  for (const match of scored) {
    if (sum < total.threshold) break
    without.push(match)
    sum -= match.score
  }
  const key = `${direction}Threshold`
  const other = `\`${key}\` above ${total.sum}`
  if (without.length === 0) return [`The ${direction} sum ${total.sum} would have to be allowed: ${other}.`]
  const names = scoresByRule(without).join(', ')
  const exception = exceptionText(
    without.map(({ ruleId }) => String(ruleId)),
    without.map(({ variable }) => variable),
  )
  return [
    `The ${direction} sum ${total.sum} would have to stay below ${total.threshold}: without ${names} it is ${sum}: ${exception}; or ${other}.`,
  ]
}

/** `942100 (10)`: a rule that matched twice counts twice. */
function scoresByRule(matches: readonly WafMatchJson[]): string[] {
  const scores = new Map<string | number, number>()
  for (const { ruleId, score } of matches) scores.set(ruleId, (scores.get(ruleId) ?? 0) + score)
  return [...scores].map(([ruleId, score]) => `${ruleId} (${score})`)
}

function ownRulesAdvice({ matches }: Found): string[] {
  const own = matches.filter(({ ruleSet, score }) => ruleSet === 'tidegate' && score > 0)
  const classes = [...new Set(own.map((match) => match.class))]
  return classes.map((name) => {
    const rules = own.filter((match) => match.class === name)
    const exception = exceptionText(
      rules.map(({ ruleId }) => String(ruleId)),
      rules.map(({ variable }) => variable),
    )
    return `Of class ${name}: ${exception}; or \`sensitivity: { ${name}: ... }\` lower.`
  })
}

function exceptionText(rules: readonly string[], variables: readonly string[]): string {
  const list = (texts: readonly string[]): string => [...new Set(texts)].map(quoted).join(', ')
  const parameters = variables.length === 0 ? '' : `, parameters: [${list(variables)}]`
  return `\`waf_exception: { rules: [${list(rules)}]${parameters} }\``
}

/** As YAML wants it in a flow list. */
function quoted(text: string): string {
  return /^[\w.:-]+$/.test(text) && !text.endsWith(':') ? text : JSON.stringify(text)
}

function sumOf(
  sum: FieldValue | undefined,
  threshold: number | undefined,
): { readonly sum: number; readonly threshold: number } | undefined {
  const value = numberOf(sum)
  return value === undefined || threshold === undefined ? undefined : { sum: value, threshold }
}

function optional<Key extends string, Value>(key: Key, value: Value | undefined): { [Name in Key]?: Value } {
  return value === undefined ? {} : ({ [key]: value } as { [Name in Key]?: Value })
}

function textOf(value: FieldValue | undefined): string | undefined {
  return typeof value === 'string' ? value : undefined
}

function numberOf(value: FieldValue | undefined): number | undefined {
  return typeof value === 'number' ? value : undefined
}

function listOf(value: FieldValue | undefined): string[] {
  return Array.isArray(value) ? value.map(String) : []
}

function mapOf(value: FieldValue | undefined): [string, number][] {
  return value instanceof Map ? [...value].map(([key, score]) => [String(key), Number(score)]) : []
}
