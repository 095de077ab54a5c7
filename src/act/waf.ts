import { WAF_CLASSES, type WafClass, type WafSensitivity } from '#detect'
import { DURATION_UNITS, readQuantity, SIZE_UNITS } from '#rules'
import { z } from 'zod'
import type { WafAction, WafChanges } from './action.ts'
import { type ActionDefinition, type ActionProblem, problem } from './definition.ts'
import { WAF_BOUNDS, WAF_MODES, WAF_RULE_SETS, WAF_SENSITIVITIES } from './waf-bounds.ts'

const threshold = z.int().min(WAF_BOUNDS.threshold.least).max(WAF_BOUNDS.threshold.most)

const SCHEMA = z.strictObject({
  mode: z.enum(WAF_MODES).optional(),
  rules: z.array(z.enum(WAF_RULE_SETS)).optional(),
  paranoia: z.int().min(WAF_BOUNDS.paranoia.least).max(WAF_BOUNDS.paranoia.most).optional(),
  inboundThreshold: threshold.optional(),
  outboundThreshold: threshold.optional(),
  sensitivity: z.union([z.string(), z.record(z.string(), z.string())]).optional(),
  bodyLimit: z.string().optional(),
  responseBodyLimit: z.string().optional(),
  budget: z.string().optional(),
  onBudget: z.enum(['open', 'closed']).optional(),
})

type Written = z.output<typeof SCHEMA>

export const WAF: ActionDefinition<WafAction, typeof SCHEMA> = {
  name: 'waf',
  help: 'Changes how the WAF judges the requests that match: the keys of `edge.sites[].waf`, as far as they are given. Later rules override earlier ones, key by key.',
  phases: ['firewall_managed'],
  terminating: false,
  schema: SCHEMA,
  examples: [
    'action: { waf: { mode: log } }',
    'action: { waf: { rules: [tidegate, crs], paranoia: 2, sensitivity: { sqli: high, scanner: off }, bodyLimit: 4MiB } }',
  ],
  build(written) {
    if (Object.keys(written).length === 0) return problem('nothing to change: give `mode`, `rules`, `sensitivity` ...')
    const quantities = readQuantities(written)
    if ('ok' in quantities) return quantities
    const sensitivity = readLevels(written.sensitivity)
    if (sensitivity !== undefined && 'ok' in sensitivity) return sensitivity
    const { mode, rules, paranoia, inboundThreshold, outboundThreshold, onBudget } = written
    const changes: WafChanges = {
      ...(mode === undefined ? {} : { mode }),
      ...(rules === undefined ? {} : { ruleSets: rules }),
      ...(paranoia === undefined ? {} : { paranoia }),
      ...(inboundThreshold === undefined ? {} : { inboundThreshold }),
      ...(outboundThreshold === undefined ? {} : { outboundThreshold }),
      ...(sensitivity === undefined ? {} : { sensitivity }),
      ...quantities,
      ...(onBudget === undefined ? {} : { onBudget }),
    }
    return { ok: true, action: { type: 'waf', terminating: false, changes } }
  },
}

type Levels = Partial<Record<WafClass, WafSensitivity>>

const LEVELS: readonly string[] = WAF_SENSITIVITIES
const CLASSES: readonly string[] = WAF_CLASSES

/** One level for all classes, or levels by class. */
function readLevels(written: Written['sensitivity']): Levels | ActionProblem | undefined {
  if (written === undefined) return undefined
  const levels = typeof written === 'string' ? Object.fromEntries(CLASSES.map((name) => [name, written])) : written
  for (const [name, level] of Object.entries(levels)) {
    const path = typeof written === 'string' ? ['sensitivity'] : ['sensitivity', name]
    if (!CLASSES.includes(name))
      return problem(`there is no class "${name}": classes are ${CLASSES.join(', ')}`, ...path)
    if (!LEVELS.includes(level)) return problem(`expected ${LEVELS.join(', ')}, got "${level}"`, ...path)
  }
  return levels
}

const QUANTITIES = [
  { key: 'bodyLimit', name: 'bodyLimitBytes', units: SIZE_UNITS, bounds: WAF_BOUNDS.bodyLimit },
  { key: 'responseBodyLimit', name: 'responseBodyLimitBytes', units: SIZE_UNITS, bounds: WAF_BOUNDS.bodyLimit },
  { key: 'budget', name: 'budgetMs', units: DURATION_UNITS, bounds: WAF_BOUNDS.budget },
] as const

type Quantities = Pick<WafChanges, (typeof QUANTITIES)[number]['name']>

function readQuantities(written: Written): Quantities | ActionProblem {
  const result: { -readonly [Name in keyof Quantities]: Quantities[Name] } = {}
  for (const { key, name, units, bounds } of QUANTITIES) {
    const text = written[key]
    if (text === undefined) continue
    const value = readQuantity(text, units)
    const isInside =
      value !== undefined &&
      value >= (readQuantity(bounds.least, units) ?? 0) &&
      value <= (readQuantity(bounds.most, units) ?? 0)
    if (!isInside) return problem(`expected a value with its unit, from ${bounds.least} to ${bounds.most}`, key)
    result[name] = value
  }
  return result
}
