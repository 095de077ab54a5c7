import { compileRegex, wildcardMatcher } from '#rules'
import { lowerAscii } from '#wire'
import type { WafException } from '../settings.ts'
import type { ManagedRule } from './managed-rule.ts'
import { COLLECTIONS } from './variables.ts'

type RuleTest = (rule: ManagedRule) => boolean
type ParameterTest = (variable: string, name: string) => boolean

/** What one exception takes out of our rules; SecLang ids and tags name none of them. */
interface PreparedException {
  readonly id: string
  readonly takes: RuleTest
  /** Undefined: the rules are off altogether. */
  readonly fits: ParameterTest | undefined
}

/** The exceptions of one request, for our rules. */
export class RuleExceptions {
  readonly #exceptions: readonly PreparedException[]
  readonly #used = new Set<string>()

  constructor(exceptions: readonly WafException[]) {
    this.#exceptions = exceptions.map(prepared)
  }

  /** Ids of the exceptions that took something out. */
  get used(): readonly string[] {
    return [...this.#used]
  }

  /** True when an exception takes out what a rule found in a variable (such as `ARGS:q`) of a parameter with that name. */
  take(rule: ManagedRule, variable: string, name: string): boolean {
    for (const exception of this.#exceptions) {
      if (!exception.takes(rule) || exception.fits?.(variable, name) === false) continue
      this.#used.add(exception.id)
      return true
    }
    return false
  }
}

const PREPARED = new WeakMap<WafException, PreparedException>()

/** Exceptions live as long as their policy, so each is read once. */
function prepared(exception: WafException): PreparedException {
  const known = PREPARED.get(exception)
  if (known !== undefined) return known
  const rules = exception.rules.map(ruleTest)
  const parameters = exception.parameters.map(parameterTest)
  const made: PreparedException = {
    id: exception.id,
    takes: (rule) => rules.some((test) => test(rule)),
    fits: parameters.length === 0 ? undefined : (variable, name) => parameters.some((test) => test(variable, name)),
  }
  PREPARED.set(exception, made)
  return made
}

/** `*`, `class:sqli`, the id of a rule, or one with `*` in it. */
function ruleTest(text: string): RuleTest {
  const name = text.startsWith('class:') ? text.slice('class:'.length) : undefined
  if (name !== undefined) return (rule) => rule.class === name
  const matches = wildcardMatcher(text, false)
  return (rule) => matches(rule.id)
}

/** `ARGS`, `ARGS:comment`, `REQUEST_COOKIES:/^_ga/` or a bare name; names are compared without case, as SecLang does. */
function parameterTest(text: string): ParameterTest {
  const colon = text.indexOf(':')
  const collection = colon < 0 ? text : text.slice(0, colon)
  if (!COLLECTIONS.has(collection)) return nameTest(text)
  const fitsName = colon < 0 ? () => true : nameTest(text.slice(colon + 1))
  return (variable, name) => collectionOf(variable) === collection && fitsName(variable, name)
}

function nameTest(text: string): ParameterTest {
  if (text.length > 2 && text.startsWith('/') && text.endsWith('/')) {
    const regex = compileRegex(`(?i)${text.slice(1, -1)}`)
    return (_variable, name) => regex.test(name)
  }
  const wanted = lowerAscii(text)
  return (_variable, name) => lowerAscii(name) === wanted
}

function collectionOf(variable: string): string {
  const colon = variable.indexOf(':')
  return colon < 0 ? variable : variable.slice(0, colon)
}
