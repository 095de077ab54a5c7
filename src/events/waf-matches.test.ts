import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import type { WafMatch } from '#detect'
import { Redactor } from './redaction.ts'
import { matchesJson, redactMatches, type StoredMatch } from './waf-matches.ts'

const redactor = new Redactor(new Uint8Array(32).fill(7), {
  redact: [],
  sensitiveArguments: ['password', 'token'],
  sensitiveHeaders: ['authorization', 'cookie'],
})

const MATCH: WafMatch = {
  ruleSet: 'crs',
  ruleId: '942100',
  class: 'sqli',
  score: 5,
  phase: 2,
  paranoia: 1,
  message: 'SQL injection',
  variable: 'ARGS:q',
  trail: ['urlDecodeUni'],
  value: "1' or 1=1",
  matchOffset: 3,
  matchLength: 6,
  valueOffset: 0,
}

function stored(parts: Partial<WafMatch>): StoredMatch {
  const json = matchesJson({ matches: [{ ...MATCH, ...parts }] })
  return (JSON.parse(redactMatches(json ?? '[]', redactor, 100_000).text) as StoredMatch[])[0]
}

const PLAIN: readonly [parts: Partial<WafMatch>, why: string][] = [
  [{}, 'an ordinary argument'],
  [{ variable: 'ARGS_NAMES:password', value: 'password' }, 'the name of a sensitive one'],
  [{ variable: 'REQUEST_HEADERS:User-Agent', value: 'sqlmap' }, 'an ordinary header'],
  [{ variable: 'REQUEST_URI', value: '/a?b=1&c=2' }, 'a target without secrets'],
  [{ variable: 'REQUEST_BODY', value: 'a=1' }, 'a whole body that names no secret'],
  [{ variable: 'TX:anomaly_score', value: '5' }, 'a counter of the rules'],
]

for (const [parts, why] of PLAIN) {
  test(`it is stored as it matched: ${why}`, () => {
    const match = stored(parts)
    assert.equal(match.redacted, undefined)
    assert.deepEqual([match.value, match.matchOffset], [parts.value ?? MATCH.value, 3])
  })
}

const SECRET: readonly [parts: Partial<WafMatch>, secret: string, why: string][] = [
  [{ variable: 'ARGS:Password', value: 's3cret' }, 's3cret', 'a sensitive argument, in any case'],
  [{ variable: 'ARGS_POST:json.user.password', value: 's3cret' }, 's3cret', 'inside a structure'],
  [{ variable: 'ARGS:user[token]', value: 's3cret' }, 's3cret', 'with brackets'],
  [{ variable: 'MATCHED_VARS:ARGS:token', value: 's3cret' }, 's3cret', 'as an earlier link of a chain saw it'],
  [{ variable: 'REQUEST_COOKIES:session', value: 's3cret' }, 's3cret', 'a cookie'],
  [{ variable: 'REQUEST_HEADERS:Authorization', value: 'Bearer s3cret' }, 's3cret', 'a sensitive header'],
  [{ variable: 'REQUEST_HEADERS:Referer', value: 'http://a/?token=s3cret&b=1' }, 's3cret', 'a URL in a header'],
  [{ variable: 'REQUEST_URI', value: '/a?token=s3cret&b=1' }, 's3cret', 'a target with a sensitive argument'],
  [{ variable: 'QUERY_STRING', value: 'cret&b=1', valueOffset: 40 }, 'cret', 'the rest of a secret before the cut'],
  [{ variable: 'REQUEST_BODY', value: '{"password":"s3cret"}' }, 's3cret', 'a body that names a secret'],
  [{ variable: 'REQUEST_BODY', value: 's3cret', valueOffset: 600 }, 's3cret', 'a part of a body'],
  [{ variable: 'TX:1', value: 's3cret' }, 's3cret', 'what a rule captured'],
  [
    { variable: 'RESPONSE_BODY', value: `key: ${'s3cret'.repeat(40)}`, matchOffset: 0, matchLength: 4 },
    's3cret',
    'a leak',
  ],
]

for (const [parts, secret, why] of SECRET) {
  test(`secrets are not stored: ${why}`, () => {
    const match = stored(parts)
    assert.equal(match.redacted, true)
    assert.ok(!JSON.stringify(match).includes(secret), JSON.stringify(match))
    assert.equal(match.matchOffset, undefined)
  })
}

test('SecLang ids are numbers, our own names are not', () => {
  assert.deepEqual([stored({}).ruleId, stored({ ruleId: 'sqli-union' }).ruleId], [942100, 'sqli-union'])
})

test('names and texts of any length are bounded, and a row gets whole matches only', () => {
  const variable = fc.string({ unit: 'binary', maxLength: 2000 }).map((name) => `ARGS:${name}`)
  const match = fc.record({ variable, value: fc.string({ unit: 'binary', maxLength: 600 }) })
  fc.assert(
    fc.property(
      fc.array(match, { minLength: 1, maxLength: 64 }),
      fc.integer({ min: 2, max: 20_000 }),
      (parts, limit) => {
        const json = matchesJson({ matches: parts.map((each) => ({ ...MATCH, ...each })) }) ?? ''
        const { text, omitted } = redactMatches(json, redactor, limit)
        assert.ok(text.length <= limit)
        assert.equal((JSON.parse(text) as unknown[]).length, parts.length - omitted)
      },
    ),
    { numRuns: 100 },
  )
})
