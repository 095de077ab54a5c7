import type { Config } from '#config'
import { ruleIdJson } from '#events'
import { TidegateError } from '#kernel'
import { nearestName } from '#rules'
import { EXIT, type ExitCode } from '../exit-code.ts'
import { directiveText } from '../waf/directive-text.ts'
import { configIfAny, type KnownRule, ownRules, secRules } from '../waf/rule-catalogue.ts'
import { exampleText, ruleText, whyNotInForce } from '../waf/rule-text.ts'

interface WafRuleOptions {
  readonly config?: string
  readonly json?: boolean
}

/** Does what `tidegate waf rule ID` says. */
export function runWafRule(id: string, options: WafRuleOptions): ExitCode {
  const config = configIfAny(options.config)
  const rule = findRule(id, config)
  if (options.json === true) process.stdout.write(`${JSON.stringify(ruleJson(rule, config), null, 2)}\n`)
  else process.stdout.write(ruleText(rule, config))
  return EXIT.ok
}

/** @throws TidegateError ERR_NOT_FOUND with what is near */
function findRule(id: string, config: Config | undefined): KnownRule {
  const isNumber = /^\d+$/.test(id)
  const rules = !isNumber ? ownRules() : config === undefined ? [] : secRules(config)
  const found = rules.find((rule) => rule.id === id)
  if (found !== undefined) return found
  const nearest = nearestName(
    id,
    rules.map((rule) => rule.id),
  )
  const remedy =
    nearest !== undefined
      ? `Did you mean ${nearest}?`
      : isNumber && rules.length === 0
        ? 'There are no SecLang rules here: name the configuration with --config FILE, or install some with `tidegate waf update`.'
        : 'See `tidegate waf rules`.'
  throw new TidegateError('ERR_NOT_FOUND', `there is no rule ${id}`, { source: 'client', remedy })
}

function ruleJson(known: KnownRule, config: Config | undefined): unknown {
  const { id, ruleSet, class: name } = known
  const sites = config?.edge.sites.map((site) => {
    const why = whyNotInForce(known, site.waf)
    return { site: site.name, inForce: why === undefined, ...(why === undefined ? { mode: site.waf.mode } : { why }) }
  })
  return { id: ruleIdJson(id), ruleSet, class: name, ...textJson(known), ...(sites !== undefined && { sites }) }
}

function textJson(known: KnownRule): object {
  if (known.ruleSet === 'tidegate') {
    const { sensitivity, weight, help, when, examples } = known.rule
    const matches = examples.attacks.map(exampleText)
    return {
      sensitivity,
      weight,
      message: help,
      when,
      examples: { matches, doesNotMatch: examples.benign.map(exampleText) },
    }
  }
  const { phase, metadata, place } = known.rule
  const { message, severity, version, tags, paranoia } = metadata
  return {
    paranoia,
    phase,
    severity: severity ?? null,
    version: version ?? null,
    message,
    tags,
    place,
    ...directiveText(known.rule),
  }
}
