import { z } from 'zod'
import type { WafExceptionAction } from './action.ts'
import { type ActionDefinition, problem } from './definition.ts'
import { toBytes } from './text-value.ts'

const SCHEMA = z.strictObject({
  rules: z.array(z.union([z.string(), z.int()])),
  parameters: z.array(z.string()).optional(),
})

/** SecLang ids and ranges of them, names of our own rules also with an asterisk, classes, tags, or everything. */
const RULES = /^(?:\d{1,9}(?:-\d{1,9})?|[a-z][a-z0-9-]{0,63}\*?|class:[a-z]{1,32}|tag:[\w./:-]{1,128}|\*)$/

const PARAMETER_LIMIT_BYTES = 512

export const WAF_EXCEPTION: ActionDefinition<WafExceptionAction, typeof SCHEMA> = {
  name: 'waf_exception',
  help: 'Takes `rules` of the WAF out of the judgement of the requests that match: SecLang ids (`942100`), ranges (`942000-942999`), names (`sqli-union`, `sqli-*`), `class:sqli`, `tag:attack-sqli` or `"*"`. With `parameters` those rules only leave out these variables: `ARGS:comment`, `REQUEST_COOKIES:/^_ga/`, `REQUEST_HEADERS:User-Agent`, or the bare name of an argument. Give the rule an `expires` date and say in its `description` why.',
  phases: ['firewall_managed'],
  terminating: false,
  schema: SCHEMA,
  examples: [
    'action: { waf_exception: { rules: [942100], parameters: [ARGS:comment] } }',
    'action: { waf_exception: { rules: ["class:xss", 941000-941999] } }',
  ],
  build({ rules, parameters = [] }) {
    if (rules.length === 0) return problem('name the rules to leave out, or "*" for all', 'rules')
    const names = rules.map(String)
    for (const [i, name] of names.entries()) {
      if (!RULES.test(name)) return problem(EXPECTED_RULES, 'rules', i)
      const [first, last] = name.split('-').map(Number)
      if (last !== undefined && first > last) return problem(`the range ${name} is empty`, 'rules', i)
    }
    for (const [i, parameter] of parameters.entries()) {
      const fault = faultOfParameter(parameter)
      if (fault !== undefined) return problem(fault, 'parameters', i)
    }
    const action = { type: 'waf_exception', terminating: false, rules: names, parameters: parameters.map(toBytes) }
    return { ok: true, action: action as WafExceptionAction }
  },
}

const EXPECTED_RULES =
  'expected an id (942100), a range (942000-942999), a name (sqli-union, sqli-*), class:NAME, tag:NAME or "*"'

const EXPECTED_PARAMETER = 'expected a variable such as ARGS:comment, or the name of an argument'

function faultOfParameter(text: string): string | undefined {
  if (text === '' || text.length > PARAMETER_LIMIT_BYTES) return EXPECTED_PARAMETER
  const pattern = /:\/(.*)\/$/s.exec(text)?.[1]
  if (pattern === undefined) return undefined
  try {
    new RegExp(pattern, 'i')
    return undefined
  } catch {
    return `${text} holds no regular expression that can be read`
  }
}
