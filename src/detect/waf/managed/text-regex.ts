import { TidegateError } from '#kernel'
import { compileRegex, type RegexMatcher } from '#rules'
import { SafeRegex } from '../regex/safe-regex.ts'
import { translateRegex } from '../regex/translate.ts'

/** Up to here V8's own engine is faster, and cannot take long. */
const SHORT_TEXT_BYTES = 2_048

/** Where a pattern matched. */
export interface TextMatch {
  readonly offset: number
  readonly length: number
}

/**
 * A pattern of a managed rule. Values can be long and their writers hostile, and every rule may have to look at all of one: so
 * long texts go through the automaton, at a few nanoseconds a byte, and not through V8's linear engine, at some hundred.
 */
export class TextRegex {
  readonly source: string
  readonly #pattern: string
  readonly #short: RegexMatcher
  #long: SafeRegex | undefined = undefined

  constructor(pattern: string) {
    this.#pattern = pattern
    this.#short = compileRegex(pattern)
    this.source = this.#short.source
  }

  test(text: string): boolean {
    if (text.length <= SHORT_TEXT_BYTES) return this.#short.test(text)
    const long = (this.#long ??= automatonOf(this.#pattern))
    const matches = long.test(text)
    return long.incomplete ? this.#short.test(text) : matches
  }

  find(text: string): TextMatch | undefined {
    if (text.length <= SHORT_TEXT_BYTES) {
      const found = this.#short.exec(text)
      return found === null ? undefined : { offset: found.index, length: found[0].length }
    }
    const found = (this.#long ??= automatonOf(this.#pattern)).exec(text)
    return found === undefined ? undefined : { offset: found.index, length: found.groups[0]?.length ?? 0 }
  }
}

/** Built when the first long text comes: most patterns never see one. */
function automatonOf(pattern: string): SafeRegex {
  // In the rules language the dot does not match a newline; in SecLang it does.
  const translated = translateRegex(`(?-s)${pattern}`)
  if (translated.ok) return new SafeRegex(translated)
  throw new TidegateError('ERR_INVARIANT', `${pattern} is no SecLang pattern: ${translated.message}`, {
    source: 'internal',
  })
}
