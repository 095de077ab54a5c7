import type { Phase } from '#decide'
import { nearestName } from '#rules'
import type { z } from 'zod'
import type { Action } from './action.ts'
import { ALLOW } from './allow.ts'
import { BLOCK } from './block.ts'
import { type ActionDefinition, type ActionProblem, type Built, type ParseText, problem } from './definition.ts'
import { DROP } from './drop.ts'
import { LOG } from './log.ts'
import { RATE_LIMIT } from './rate-limit.ts'
import { REDIRECT } from './redirect.ts'
import { RESET } from './reset.ts'
import { REWRITE } from './rewrite.ts'
import { ROUTE } from './route.ts'
import { SET_HEADER } from './set-header.ts'
import { SKIP } from './skip.ts'
import { SYN_COOKIE } from './syn-cookie.ts'
import { SYNPROXY } from './synproxy.ts'
import { WAF } from './waf.ts'
import { WAF_EXCEPTION } from './waf-exception.ts'

/** What is known of an action without its parameter types, with `parse` that reads the parameters as they stand in YAML. */
export interface ListedAction {
  readonly name: Action['type']
  readonly help: string
  readonly phases: readonly Phase[]
  readonly terminating: boolean
  readonly schema: z.ZodType
  readonly examples: readonly string[]
  parse(parameters: unknown, phase: Phase, parseText: ParseText): Built<Action>
}

/** Every action of the policy language. Adding one is a file and a line here. */
export const ACTIONS: readonly ListedAction[] = [
  listed(ALLOW),
  listed(BLOCK),
  listed(LOG),
  listed(SKIP),
  listed(REWRITE),
  listed(REDIRECT),
  listed(ROUTE),
  listed(SET_HEADER),
  listed(WAF),
  listed(WAF_EXCEPTION),
  listed(DROP),
  listed(RESET),
  listed(RATE_LIMIT),
  listed(SYNPROXY),
  listed(SYN_COOKIE),
]

function listed<Kind extends Action, Schema extends z.ZodType>(
  definition: ActionDefinition<Kind, Schema>,
): ListedAction {
  const { name, help, phases, terminating, schema, examples } = definition
  return {
    name,
    help,
    phases,
    terminating,
    schema,
    examples,
    parse(parameters, phase, parseText) {
      const checked = schema.safeParse(parameters)
      if (!checked.success) return firstIssue(checked.error, definition)
      return definition.build(checked.data, { phase, parseText })
    },
  }
}

/** The first issue, in the words of the policy: its path names the key, and an unknown key the ones that are known. */
function firstIssue(
  error: z.ZodError,
  definition: { readonly name: string; readonly schema: z.ZodType },
): ActionProblem {
  const issue = error.issues[0]
  const path = issue.path.map((key) => (typeof key === 'symbol' ? String(key) : key))
  if (issue.code !== 'unrecognized_keys') return problem(expectationOf(issue), ...path)
  const key = issue.keys[0] ?? ''
  return problem(`unknown key "${key}" of ${definition.name}: ${knownKeys(definition.schema)}`, ...path, key)
}

const TYPE_NAMES: Readonly<Record<string, string>> = {
  array: 'a list',
  boolean: 'true or false',
  int: 'a whole number',
  number: 'a number',
  object: 'a mapping',
  string: 'text',
}

/** What should have stood there. */
function expectationOf(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      return `expected ${TYPE_NAMES[issue.expected] ?? issue.expected}`
    case 'invalid_value':
      return `expected ${issue.values.map(String).join(' or ')}`
    case 'too_small':
      return `expected at least ${issue.minimum}`
    case 'too_big':
      return `expected at most ${issue.maximum}`
    case 'custom':
    case 'invalid_element':
    case 'invalid_format':
    case 'invalid_key':
    case 'invalid_union':
    case 'not_multiple_of':
    case 'unrecognized_keys':
      return issue.message
  }
}

function knownKeys(schema: z.ZodType): string {
  const keys = 'shape' in schema && typeof schema.shape === 'object' ? Object.keys(schema.shape ?? {}) : []
  return keys.length === 0 ? 'it takes none' : `it takes ${keys.join(', ')}`
}

/**
 * Reads the value of `action:` in a rule of `phase`: a name (`block`), or one name with its parameters
 * (`{ block: { status: 451 } }`). On failure `path` leads from that value to what is wrong.
 */
export function parseAction(value: unknown, phase: Phase, parseText: ParseText): Built<Action> {
  const written = nameAndParameters(value)
  if (!written.ok) return written
  const { name, parameters, path } = written
  const action = ACTIONS.find((each) => each.name === name)
  if (action === undefined) {
    const names = ACTIONS.map((each) => each.name)
    const nearest = nearestName(name, names)
    const suggestion = nearest === undefined ? '' : `; did you mean \`${nearest}\`?`
    return problem(`unknown action "${name}": actions are ${names.join(', ')}${suggestion}`, ...path)
  }
  if (!action.phases.includes(phase)) {
    return problem(`${name} is not possible in phase ${phase}, only in ${action.phases.join(', ')}`, ...path)
  }
  const built = action.parse(parameters, phase, (source, at) => parseText(source, [...path, ...at]))
  return built.ok ? built : problem(built.message, ...path, ...built.path)
}

type Written =
  | { readonly ok: true; readonly name: string; readonly parameters: unknown; readonly path: readonly string[] }
  | ActionProblem

function nameAndParameters(value: unknown): Written {
  if (typeof value === 'string') return { ok: true, name: value, parameters: {}, path: [] }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return problem('expected the name of an action, or one name with its parameters')
  }
  const entries = Object.entries(value)
  const [first, second] = entries
  if (first === undefined) return problem('expected the name of an action')
  if (second !== undefined) return problem(`a rule has one action: write a second rule for "${second[0]}"`, second[0])
  const [name, parameters] = first
  return { ok: true, name, parameters: parameters ?? {}, path: [name] }
}
