import type { WafMatch, WafVerdict } from '#detect'
import type { Redactor } from './redaction.ts'

/**
 * A match as events hold it: an element of the JSON array in `waf.matches`. Strings are bytes, each one character. Where a
 * secret stood, `value` is its keyed hash and the offsets are gone.
 */
export interface StoredMatch extends Omit<
  WafMatch,
  'ruleId' | 'value' | 'matchOffset' | 'matchLength' | 'valueOffset'
> {
  /** SecLang ids as numbers, our own as names. */
  readonly ruleId: number | string
  readonly value: string
  readonly matchOffset?: number
  readonly matchLength?: number
  readonly valueOffset?: number
  readonly redacted?: true
}

/** Names of arguments are the client's to choose: what an event holds of one is bounded. */
const NAME_LIMIT_BYTES = 256
const TEXT_LIMIT_BYTES = 512

/** A rule id as JSON shows it. */
export function ruleIdJson(ruleId: string): number | string {
  return /^\d{1,15}$/.test(ruleId) ? Number(ruleId) : ruleId
}

/** The matches of a verdict as the JSON text of `waf.matches`, nothing hidden; undefined when there are none. */
export function matchesJson({ matches }: Pick<WafVerdict, 'matches'>): string | undefined {
  if (matches.length === 0) return undefined
  return JSON.stringify(
    matches.map((match) => ({
      ...match,
      ruleId: ruleIdJson(match.ruleId),
      variable: match.variable.slice(0, NAME_LIMIT_BYTES),
      message: match.message.slice(0, TEXT_LIMIT_BYTES),
      value: match.value.slice(0, TEXT_LIMIT_BYTES),
    })),
  )
}

export interface RedactedMatches {
  readonly text: string
  /** A secret was replaced. */
  readonly isRedacted: boolean
  /** Matches that did not fit. */
  readonly omitted: number
}

/** The text of `matchesJson` as it may be stored: secrets hashed, and as many whole matches as fit into `limitBytes`. */
export function redactMatches(json: string, redactor: Redactor, limitBytes: number): RedactedMatches {
  const matches = JSON.parse(json) as StoredMatch[]
  const kept: string[] = []
  let sizeBytes = 2
  let isRedacted = false
  for (const match of matches) {
    const stored = redactMatch(match, redactor)
    const text = JSON.stringify(stored)
    sizeBytes += text.length + 1
    if (sizeBytes > limitBytes) break
    isRedacted ||= stored.redacted === true
    kept.push(text)
  }
  return { text: `[${kept.join(',')}]`, isRedacted, omitted: matches.length - kept.length }
}

/** How the value of a variable is made storable; undefined stands for a value without secrets. */
type Rule = (match: StoredMatch, key: string, redactor: Redactor) => string | undefined

const hash: Rule = ({ value }, _key, redactor) => redactor.token(value)

const byArgument: Rule = (match, key, redactor) =>
  redactor.isSensitiveArgument(key) ? hash(match, key, redactor) : undefined

const byHeader: Rule = (match, key, redactor) => {
  const treatment = redactor.treatments.ofHeader(key.toLowerCase())
  if (treatment === 'plain') return undefined
  return treatment === 'url' ? asQuery(match, key, redactor) : hash(match, key, redactor)
}

/** Text with arguments in it. What stands before the first `&` of a cut value may be the rest of a secret. */
const asQuery: Rule = (match, key, redactor) => {
  const { value, valueOffset = 0 } = match
  const start = valueOffset === 0 ? 0 : value.indexOf('&')
  if (start < 0) return hash(match, key, redactor)
  const head = start === 0 ? '' : redactor.token(value.slice(0, start))
  const rest = value.slice(start)
  const redacted = redactor.apply(rest.includes('?') ? 'url' : 'query', rest)
  return start === 0 && redacted === rest ? undefined : head + redacted
}

/** A whole message: only one that is seen whole and names no secret is stored. */
const asMessage: Rule = (match, key, redactor) => {
  const isWhole = (match.valueOffset ?? 0) === 0 && match.value.length < TEXT_LIMIT_BYTES
  return isWhole && !redactor.mentionsSensitive(match.value) ? undefined : hash(match, key, redactor)
}

/** What an application let out is not written down again: only the bytes that the rule knows. */
const asLeak: Rule = ({ value, matchOffset = 0, matchLength = 0 }) =>
  value.slice(matchOffset, matchOffset + Math.min(matchLength, LEAK_LIMIT_BYTES))

const LEAK_LIMIT_BYTES = 64

const RULES: ReadonlyMap<string, Rule> = new Map<string, Rule>([
  ['REQUEST_COOKIES', hash],
  ['AUTH_TYPE', hash],
  ['REMOTE_USER', hash],
  ['SESSIONID', hash],
  ['USERID', hash],
  ['ARGS', byArgument],
  ['ARGS_GET', byArgument],
  ['ARGS_POST', byArgument],
  ['REQUEST_HEADERS', byHeader],
  ['RESPONSE_HEADERS', byHeader],
  ['MULTIPART_PART_HEADERS', asMessage],
  ['QUERY_STRING', asQuery],
  ['REQUEST_URI', asQuery],
  ['REQUEST_URI_RAW', asQuery],
  ['REQUEST_LINE', asQuery],
  ['REQUEST_BODY', asMessage],
  ['FULL_REQUEST', asMessage],
  ['FILES_TMP_CONTENT', asMessage],
  ['XML', asMessage],
  ['RESPONSE_BODY', asLeak],
  // What an earlier link of a chain captured, from wherever.
  ['TX', ({ value }, key, redactor) => (/^\d$/.test(key) ? redactor.token(value) : undefined)],
  ['MATCHED_VAR', asMessage],
])

function redactMatch(match: StoredMatch, redactor: Redactor): StoredMatch {
  const [name, key] = splitVariable(match.variable)
  const value = RULES.get(name)?.(match, key, redactor)
  if (value === undefined) return match
  const { matchOffset: _offset, matchLength: _length, valueOffset: _valueOffset, ...rest } = match
  return { ...rest, value, redacted: true }
}

/** `ARGS:q` as `['ARGS', 'q']`; of `MATCHED_VARS:ARGS:q` what was matched. */
function splitVariable(variable: string): readonly [name: string, key: string] {
  const text = variable.startsWith('MATCHED_VARS:') ? variable.slice('MATCHED_VARS:'.length) : variable
  const colon = text.indexOf(':')
  return colon < 0 ? [text, ''] : [text.slice(0, colon), text.slice(colon + 1)]
}
