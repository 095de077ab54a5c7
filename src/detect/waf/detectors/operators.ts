import { detectSqli } from './sqli/detect-sqli.ts'
import { SQLI_FINDINGS } from './sqli/findings.ts'
import type { SqliFinding } from './sqli/scan.ts'
import { detectXss, type XssFinding } from './xss/detect-xss.ts'
import { XSS_FINDINGS } from './xss/findings.ts'

/**
 * SecLang's `@detectSQLi`: what `detectSqli` finds, without the weak findings that rules written for that operator do not
 * expect of it. Takes a decoded value as a byte string.
 */
export function matchDetectSqli(value: string): SqliFinding | undefined {
  const found = detectSqli(value)
  if (found?.confidence === 'weak' && !('operator' in SQLI_FINDINGS[found.finding])) return undefined
  return found
}

/** SecLang's `@detectXSS`, in the same way. */
export function matchDetectXss(value: string): XssFinding | undefined {
  const found = detectXss(value)
  if (found?.confidence === 'weak' && !('operator' in XSS_FINDINGS[found.finding])) return undefined
  return found
}
