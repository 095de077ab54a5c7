import { type SourcePlace, TidegateError } from '#kernel'
import { nearestName } from '#rules'
import type { SecWarning } from './model.ts'

/** More are counted, not listed: a file that is no SecLang at all would fill the screen. */
const LISTED_PROBLEMS = 200

/** Faults of rule files. The message lists them, each with its place. */
export class InvalidRulesError extends TidegateError {
  readonly problems: readonly SecWarning[]

  /** @param omitted how many more there are than are listed */
  constructor(problems: readonly SecWarning[], omitted: number) {
    const lines = problems.map(({ place, message }) => `${place.file}:${place.line}:${place.column}: ${message}`)
    if (omitted > 0) lines.push(`and ${omitted} more`)
    super('ERR_RULE_INVALID', lines.join('\n'), { source: 'configuration' })
    this.name = 'InvalidRulesError'
    this.problems = problems
  }
}

/** What is wrong with the rules that are being read, and what deserves a word. */
export class Problems {
  readonly #found: SecWarning[] = []
  readonly #warnings: SecWarning[] = []
  readonly #accepted: ReadonlySet<string>
  #omitted = 0

  /** @param accept names that are passed over with a warning although they are not known */
  constructor(accept: readonly string[]) {
    this.#accepted = new Set(accept.map((name) => name.toLowerCase()))
  }

  get warnings(): readonly SecWarning[] {
    return this.#warnings
  }

  report(place: SourcePlace, message: string): void {
    if (this.#found.length < LISTED_PROBLEMS) this.#found.push({ place, message })
    else this.#omitted++
  }

  warn(place: SourcePlace, message: string): void {
    this.#warnings.push({ place, message })
  }

  /**
   * Reports a name that is unknown or refused, unless the user accepts it. What bears an accepted name is left out.
   * @param name as a user would list it: `SecFoo`, `@rbl`, `ctl:hashEngine`
   */
  refuse(place: SourcePlace, name: string, message: string): void {
    if (this.#accepted.has(name.toLowerCase())) this.warn(place, `${name} is left out, as configured`)
    else this.report(place, message)
  }

  /** @throws TidegateError ERR_RULE_INVALID that lists every problem, in the order of reading */
  throwIfAny(): void {
    if (this.#found.length === 0) return
    throw new InvalidRulesError(this.#found, this.#omitted)
  }
}

/** The name that was probably meant, as the tail of a message; empty when none is near. */
export function didYouMean(word: string, names: Iterable<string>): string {
  const name = nearestName(word, names)
  return name === undefined ? '' : `; did you mean ${name}?`
}
