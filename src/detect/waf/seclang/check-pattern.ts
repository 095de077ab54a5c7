import { RegexFault } from '#rules'
import { parsePcre } from '../regex/pcre-parser.ts'
import type { PlacedText } from './placed-text.ts'
import type { Problems } from './problems.ts'

/** Reports what is wrong with a regular expression, and what deserves a word. */
export function checkPattern(pattern: PlacedText, problems: Problems): boolean {
  try {
    for (const warning of parsePcre(pattern.text, false).warnings) problems.warn(pattern.place, warning)
    return true
  } catch (fault) {
    if (!(fault instanceof RegexFault)) throw fault
    problems.report(pattern.placeAt(fault.start), `this regular expression cannot be used: ${fault.message}`)
    return false
  }
}
