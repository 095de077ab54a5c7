import type { Detection } from '../detection.ts'

/** What the detector tells apart; each is a line on the reference page. */
export const LOOKUP_FINDINGS = {
  'jndi-lookup': {
    help: 'A Log4j lookup that would load code from another machine, however its letters are hidden (CVE-2021-44228).',
  },
  'data-lookup': { help: 'A Log4j lookup of an environment variable or system property inside another one.' },
} as const

type LookupFindingName = keyof typeof LOOKUP_FINDINGS
export type LookupFinding = Detection<LookupFindingName>

/** Bytes that are read from the first `${` on, and the nesting: Log4j itself gives up on less. */
const TEXT_LIMIT = 2_048
const DEPTH_LIMIT = 12

/** Lookups that stand for the text after their last part: `${lower:J}` is `j`, `${env:none:-j}` is `j`. */
const CASE_LOOKUP = /^(?:lower|upper):(.*)$/is
const DATE_LOOKUP = /^date:'(.*)'$/is
const DEFAULT_VALUE = /:-(.*)$/s
const JNDI = /^jndi:\s*[a-z]+:|^jndi:\/\//i
const DATA = /^(?:env|sys|java|ctx|main|hostname|k8s|docker|aws|spring|web|bundle|log4j|map|sd|marker|event)(?::|$)/i

/**
 * Resolves nested `${...}` as Log4j 2 does and looks whether a JNDI lookup comes out, in one decoded value (a byte string).
 * Source: CVE-2021-44228, CVE-2021-45046.
 */
export function detectLookup(value: string): LookupFinding | undefined {
  let from = value.indexOf('${')
  for (let tries = 0; from >= 0 && tries < 8; tries++) {
    const reader = new LookupReader(value, from)
    reader.readLookup(0)
    if (reader.finding !== undefined) {
      const isJndi = reader.finding === 'jndi-lookup'
      return {
        finding: reader.finding,
        confidence: isJndi ? 'certain' : 'weak',
        offset: from,
        length: Math.min(reader.at, value.length) - from,
      }
    }
    from = value.indexOf('${', Math.max(reader.at, from + 2))
  }
  return undefined
}

/** Reads one lookup with what is nested in it. A lookup that is not closed ends with the value: writers leave braces out. */
class LookupReader {
  at: number
  finding: LookupFindingName | undefined
  readonly #value: string
  readonly #end: number

  constructor(value: string, start: number) {
    this.#value = value
    this.at = start
    this.#end = Math.min(value.length, start + TEXT_LIMIT)
  }

  /** Reads `${...}` at the place and returns the text that it stands for. */
  readLookup(depth: number): string {
    this.at += 2
    let body = ''
    while (this.at < this.#end && this.#value[this.at] !== '}') {
      if (depth < DEPTH_LIMIT && this.#value.startsWith('${', this.at)) body += this.readLookup(depth + 1)
      else body += this.#value[this.at++]
    }
    this.at++
    return this.#resolve(body, depth)
  }

  #resolve(body: string, depth: number): string {
    if (JNDI.test(body)) this.finding = 'jndi-lookup'
    else if (depth > 0 && DATA.test(body) && !body.includes(':-')) this.finding ??= 'data-lookup'
    const text = CASE_LOOKUP.exec(body)?.[1] ?? DATE_LOOKUP.exec(body)?.[1] ?? DEFAULT_VALUE.exec(body)?.[1]
    return text ?? ''
  }
}
