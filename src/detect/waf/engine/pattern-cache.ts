import { TidegateError } from '#kernel'
import { SafeRegex } from '../regex/safe-regex.ts'
import { translateRegex, type TranslatedRegex } from '../regex/translate.ts'

/** One matcher for all rules that write the same pattern. */
export class PatternCache {
  readonly #translated: ReadonlyMap<string, TranslatedRegex>
  readonly #compiled = new Map<string, SafeRegex>()

  /** @param translated the patterns as they were translated when the rules were compiled */
  constructor(translated: ReadonlyMap<string, TranslatedRegex>) {
    this.#translated = translated
  }

  get(pattern: string): SafeRegex {
    let regex = this.#compiled.get(pattern)
    if (regex === undefined) {
      regex = new SafeRegex(this.#translated.get(pattern) ?? translateNow(pattern))
      this.#compiled.set(pattern, regex)
    }
    return regex
  }
}

/** The target of an action may name a pattern that no rule's variables hold. */
function translateNow(pattern: string): TranslatedRegex {
  const translated = translateRegex(pattern)
  if (translated.ok) return translated
  throw new TidegateError('ERR_RULE_INVALID', `the pattern ${pattern}: ${translated.message}`, {
    source: 'configuration',
  })
}
