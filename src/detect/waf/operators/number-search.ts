import { SafeRegex } from '../regex/safe-regex.ts'
import { translateRegex } from '../regex/translate.ts'
import type { OperatorSpan } from './operator.ts'

/** Candidates that are checked in one value: a text full of digits is not worth more. */
const CANDIDATE_LIMIT = 256

/** Finds numbers by a pattern whose digits pass a check. */
export class NumberSearch {
  readonly #pattern: SafeRegex | undefined
  readonly #check: (digits: string) => boolean

  /** @param pattern what such a number looks like; one that cannot be read finds nothing: it was reported when the rule was read */
  constructor(pattern: string, check: (digits: string) => boolean) {
    const translated = translateRegex(pattern)
    this.#pattern = translated.ok ? new SafeRegex(translated) : undefined
    this.#check = check
  }

  /** The first number that passes; candidates may overlap. */
  find(value: string): OperatorSpan | undefined {
    let from = 0
    for (let candidate = 0; candidate < CANDIDATE_LIMIT; candidate++) {
      const match = this.#pattern?.exec(value.slice(from))
      if (match === undefined) return undefined
      const found = match.groups[0] ?? ''
      const offset = from + match.index
      // What begins in the middle of a longer number is none of its own, whatever the pattern sees behind the cut.
      const isWhole = !isDigit(value.charCodeAt(offset - 1)) || !isDigit(value.charCodeAt(offset))
      if (isWhole && this.#check(found.replace(/[^0-9]/g, ''))) return { offset, length: found.length }
      from = offset + 1
      if (from > value.length) return undefined
    }
    return undefined
  }
}

const isDigit = (code: number): boolean => code >= 0x30 && code <= 0x39
