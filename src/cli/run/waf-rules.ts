import type { WafClass } from '#detect'
import { ruleIdJson } from '#events'
import { TidegateError } from '#kernel'
import { EXIT, type ExitCode } from '../exit-code.ts'
import { formatTable } from '../output/table.ts'
import {
  configIfAny,
  isSilent,
  type KnownRule,
  levelOf,
  messageOfRule,
  ownRules,
  secRules,
  usesSecRules,
} from '../waf/rule-catalogue.ts'

interface WafRulesOptions {
  readonly config?: string
  readonly class?: readonly WafClass[]
  readonly ruleSet?: KnownRule['ruleSet']
  readonly json?: boolean
}

/** Does what `tidegate waf rules [TEXT]` says. */
export function runWafRules(text: string | undefined, options: WafRulesOptions): ExitCode {
  const loaded = rulesInUse(options)
  const told = loaded.filter((known) => !isSilent(known))
  const rules = told.filter((known) => isWanted(known, text, options.class))
  if (rules.length === 0) {
    throw new TidegateError('ERR_NOT_FOUND', 'there is no such rule', {
      source: 'client',
      remedy: 'See all with `tidegate waf rules`; --rule-set crs also shows SecLang rules that nothing uses.',
    })
  }
  if (options.json === true) process.stdout.write(`${JSON.stringify(rules.map(ruleJson), null, 2)}\n`)
  else process.stdout.write(ruleTable(rules))
  const silent = loaded.length - told.length
  if (silent > 0) process.stderr.write(`not shown: ${silent} SecLang rules that only prepare or skip others\n`)
  return EXIT.ok
}

function rulesInUse({ config: file, ruleSet }: WafRulesOptions): readonly KnownRule[] {
  const own = ruleSet === 'crs' ? [] : ownRules()
  const config = ruleSet === 'tidegate' ? undefined : configIfAny(file)
  if (config === undefined || (ruleSet === undefined && !usesSecRules(config))) return own
  return [...own, ...secRules(config)]
}

function isWanted(known: KnownRule, text: string | undefined, classes: readonly WafClass[] | undefined): boolean {
  if (classes !== undefined && !classes.includes(known.class)) return false
  return text === undefined || `${known.id} ${messageOfRule(known)}`.toLowerCase().includes(text.toLowerCase())
}

function placeOf(known: KnownRule): string {
  return known.ruleSet === 'tidegate' ? 'built in' : `${known.rule.place.file}:${known.rule.place.line}`
}

function ruleTable(rules: readonly KnownRule[]): string {
  return formatTable(
    [
      { title: 'RULE', cell: ({ id }) => id },
      { title: 'SET', cell: ({ ruleSet }) => ruleSet },
      { title: 'CLASS', cell: (known) => known.class },
      { title: 'LEVEL', cell: levelOf },
      { title: 'PLACE', cell: placeOf },
      { title: 'FINDS', cell: messageOfRule, wraps: true },
    ],
    rules,
  )
}

function ruleJson(known: KnownRule): unknown {
  const { ruleSet, id, class: name } = known
  return {
    id: ruleIdJson(id),
    ruleSet,
    class: name,
    ...(known.ruleSet === 'tidegate'
      ? { sensitivity: known.rule.sensitivity, weight: known.rule.weight }
      : {
          paranoia: known.rule.metadata.paranoia,
          severity: known.rule.metadata.severity ?? null,
          place: known.rule.place,
        }),
    message: messageOfRule(known),
  }
}
