import { parseWildcard, wildcardMatcher } from '#rules'
import { SafeRegex } from '../regex/safe-regex.ts'
import { translateRegex } from '../regex/translate.ts'
import { parseIdRanges } from '../seclang/id-ranges.ts'
import type { WafException } from '../settings.ts'
import type { EngineRule } from './engine-rule.ts'
import { chooses, type RuleChoice } from './removals.ts'
import type { SecValue } from './sec-value.ts'
import { means, type Selector } from './targets.ts'
import { VARIABLE_ID, variableId } from './variable-table.ts'

interface CompiledException {
  readonly id: string
  /** Undefined: the rules are off altogether. */
  readonly targets: readonly Selector[] | undefined
  readonly covers: (rule: EngineRule) => boolean
}

/** Exceptions belong to the policy and live as long as it does: each is read once. */
const COMPILED = new WeakMap<WafException, CompiledException>()

/** The exceptions that apply to one request, and which of them took something out. */
export class RuleExceptions {
  readonly #exceptions: readonly CompiledException[]
  readonly used = new Set<string>()

  constructor(exceptions: readonly WafException[]) {
    this.#exceptions = exceptions.map(compiledException)
  }

  /** The exception that takes a rule out altogether. */
  whole(rule: EngineRule): { readonly id: string } | undefined {
    return this.#exceptions.find(({ targets, covers }) => targets === undefined && covers(rule))
  }

  /** Whether a value that a rule matched is taken out; then the exception counts as used. */
  hidesValue(rule: EngineRule, value: SecValue): boolean {
    for (const { id, targets, covers } of this.#exceptions) {
      if (targets === undefined || !targets.some((target) => means(target, value)) || !covers(rule)) continue
      this.used.add(id)
      return true
    }
    return false
  }
}

function compiledException(exception: WafException): CompiledException {
  let compiled = COMPILED.get(exception)
  if (compiled === undefined) COMPILED.set(exception, (compiled = compileException(exception)))
  return compiled
}

function compileException({ id, rules, parameters }: WafException): CompiledException {
  const tests = rules.map(ruleTest)
  const known = new WeakMap<EngineRule, boolean>()
  const covers = (rule: EngineRule): boolean => {
    let answer = known.get(rule)
    if (answer === undefined) known.set(rule, (answer = tests.some((test) => test(rule))))
    return answer
  }
  return { id, covers, targets: parameters.length === 0 ? undefined : parameters.flatMap(parameterTargets) }
}

function ruleTest(text: string): (rule: EngineRule) => boolean {
  if (text === '*') return () => true
  if (text.startsWith('class:')) return (rule) => rule.class === text.slice('class:'.length)
  const choice = ruleChoice(text)
  return choice === undefined ? () => false : (rule) => chooses(choice, rule)
}

/** Undefined for the name of one of our own rules: no SecLang rule is meant. */
function ruleChoice(text: string): RuleChoice | undefined {
  if (text.startsWith('tag:')) return { by: 'tag', tag: text.slice('tag:'.length) }
  const ranges = parseIdRanges(text)
  return ranges === undefined ? undefined : { by: 'id', ranges }
}

/** A bare name means an argument, wherever its name or value can stand. */
const ARGUMENT_VARIABLES = ['ARGS', 'ARGS_NAMES', 'FILES', 'FILES_NAMES', 'MULTIPART_PART_HEADERS'].map(variableId)

function parameterTargets(text: string): Selector[] {
  const colon = text.indexOf(':')
  const variable = VARIABLE_ID.get((colon < 0 ? text : text.slice(0, colon)).toUpperCase())
  if (variable === undefined) return ARGUMENT_VARIABLES.map((id) => ({ variable: id, ...nameSelector(text) }))
  return [{ variable, ...nameSelector(colon < 0 ? '*' : text.slice(colon + 1)) }]
}

/** A name, `/pattern/`, or a name with `*` for any text, all without case. Patterns come from the policy, names from clients. */
function nameSelector(text: string): Omit<Selector, 'variable'> {
  if (text === '*') return { key: undefined, pattern: undefined }
  const pattern = namePattern(text)
  return { key: pattern === undefined ? text.toLowerCase() : undefined, pattern }
}

function namePattern(text: string): ((name: string) => boolean) | undefined {
  if (text.length > 2 && text.startsWith('/') && text.endsWith('/')) {
    const translated = translateRegex(text.slice(1, -1), { caseless: true })
    if (!translated.ok) return undefined
    const regex = new SafeRegex(translated)
    return (name) => regex.test(name)
  }
  return text.includes('*') && typeof parseWildcard(text) !== 'string' ? wildcardMatcher(text, false) : undefined
}
