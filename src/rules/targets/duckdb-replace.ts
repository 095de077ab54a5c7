import { parseReplacement } from '../functions/replacement.ts'

const REFERENCE_LIMIT = 9

/**
 * A replacement text in the syntax of `regexp_replace`, where `\1` is a capture. A reference beyond the captures stands for
 * nothing; undefined when one is out of reach for RE2.
 */
export function re2Replacement(text: string, captureCount: number): string | undefined {
  let rewritten = ''
  for (const part of parseReplacement(text)) {
    if (typeof part === 'string') rewritten += part.replaceAll('\\', '\\\\')
    else if (part > captureCount) continue
    else if (part > REFERENCE_LIMIT) return undefined
    else rewritten += `\\${part}`
  }
  return rewritten
}
