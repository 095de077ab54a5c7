import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import { byteText } from '../testing/byte-text.ts'
import { HARMLESS_CODE } from '../testing/harmless-code.ts'
import { HARMLESS_TEXTS } from '../testing/harmless-texts.ts'
import { HOSTILE_UNITS, longText } from '../testing/hostile-texts.ts'
import { detectSqli } from './detect-sqli.ts'
import { SQLI_FINDINGS, type SqliFindingName } from './findings.ts'
import { LOGIC_ATTACKS } from './testing/attacks-logic.ts'
import { QUERY_ATTACKS } from './testing/attacks-queries.ts'

const ATTACK_GROUPS = Object.entries({ ...LOGIC_ATTACKS, ...QUERY_ATTACKS })
const ATTACKS = ATTACK_GROUPS.flatMap(([, attacks]) => attacks)

/** Values, what is found in them, how sure, and the bytes that show it. */
const FINDINGS: readonly (readonly [value: string, finding: SqliFindingName, confidence: string, matched: string])[] = [
  ['-1 union all select 1,version()', 'union-select', 'certain', 'union all select 1,version()'],
  ['some words union select 1,2', 'union-select', 'likely', 'union select 1,2'],
  ['see select a from b union select 1,2', 'union-select', 'weak', 'union select 1,2'],
  ['1 union select password from users', 'union-select-name', 'certain', 'union select password'],
  ["x' or 'a'='a", 'boolean-constants', 'certain', "or 'a'='a"],
  ['one two three or 1=1', 'boolean-constants', 'likely', 'or 1=1'],
  ['1 or 1=1 words that follow', 'boolean-constants', 'weak', 'or 1=1'],
  ["x' or 1--", 'boolean-bare', 'certain', 'or 1'],
  ["1' and ascii(substr((select 1),1,1))>64--", 'boolean-query', 'certain', 'and ascii(substr((select 1),1,1))>64'],
  ["1' and length(password)>8--", 'boolean-call', 'certain', 'and length(password)>8'],
  ["x' or username like 'a%", 'boolean-columns', 'certain', "or username like 'a%"],
  ['1 and userid > 5', 'boolean-numeric', 'likely', 'and userid > 5'],
  ["x';waitfor delay '0:0:5'--", 'time-delay', 'certain', "waitfor delay '0:0:5'"],
  ['sleep(20)', 'delay-call', 'weak', 'sleep(20)'],
  ['1,extractvalue(1,concat(0x7e,version()))', 'leak-call', 'certain', ',extractvalue(1,concat(0x7e,version()))'],
  ["load_file('/etc/passwd')", 'leak-name', 'likely', "load_file('/etc/passwd')"],
  ['1*if(1=1,1,0)', 'conditional-value', 'likely', 'if(1=1,1,0)'],
  ["1'; drop table users--", 'stacked-statement', 'certain', '; drop table users'],
  ['1-(select count(*) from users)', 'subselect', 'certain', '-(select count(*)'],
  ['0 from information_schema.tables--', 'catalog', 'certain', 'from information_schema.tables'],
  ["' order by 10--", 'order-by-number', 'certain', 'order by 10'],
  ["' limit 1#", 'clause-comment', 'certain', 'limit 1'],
  ["1 into outfile '/tmp/a'", 'into-file', 'certain', "into outfile '/tmp/a'"],
  ['1 procedure analyse(1,1)', 'procedure-analyse', 'certain', 'procedure analyse(1,1)'],
  ["admin'--", 'quote-comment', 'certain', '--'],
  ["x', 1, 2)--", 'quote-closed', 'likely', ', 1, 2)--'],
  ["' like '%", 'quote-comparison', 'likely', "like '%"],
  ["foo'||'bar", 'quote-concatenation', 'likely', "||'bar"],
  ["a'+'b", 'quote-operator', 'weak', "+'b"],
  ['/a/*b*/2 union all/c', 'union-fragment', 'weak', 'union all'],
  ['select * from users', 'select-statement', 'weak', 'select'],
]

for (const [group, attacks] of ATTACK_GROUPS) {
  test(`SQL injection is found: ${group}`, () => {
    for (const attack of attacks) {
      const confidence = detectSqli(attack)?.confidence
      assert.ok(confidence === 'certain' || confidence === 'likely', `${attack} is ${confidence ?? 'not found'}`)
    }
  })
}

test('the finding names what was found and where', () => {
  for (const [value, finding, confidence, matched] of FINDINGS) {
    const found = detectSqli(value)
    assert.ok(found, value)
    const { offset, length } = found
    assert.deepEqual(
      [found.finding, found.confidence, value.slice(offset, offset + length)],
      [finding, confidence, matched],
    )
  }
  assert.deepEqual(new Set(FINDINGS.map(([, finding]) => finding)), new Set(Object.keys(SQLI_FINDINGS)))
})

test('an attack is found after much padding', () => {
  const paddings = ['a'.repeat(10_240), 'x '.repeat(5_120), '1+'.repeat(5_120), '(1),'.repeat(3_000), 'é'.repeat(9_000)]
  for (const padding of paddings) {
    for (const attack of ["' or 1=1--", "' union select 1,2--", "'; drop table users--", '1 union select 1,2,3--']) {
      const confidence = detectSqli(byteText(padding) + attack)?.confidence
      assert.ok(
        confidence === 'certain' || confidence === 'likely',
        `${padding.slice(0, 4)}... ${attack} ${confidence}`,
      )
    }
  }
})

test('an attack is found wherever a window of tokens ends', () => {
  for (let words = 380; words < 560; words++) {
    const found = detectSqli(`${'- '.repeat(words)}1 union select 1,2,3 from b`)
    assert.equal(found?.finding, 'union-select')
    assert.equal(found.offset, words * 2 + 2)
  }
})

test('ordinary texts are neither certain nor likely', () => {
  for (const texts of Object.values(HARMLESS_TEXTS)) {
    for (const text of texts) assert.ok(isQuiet(text), text)
  }
  for (const code of HARMLESS_CODE) assert.ok(isQuiet(code), code)
})

function isQuiet(text: string): boolean {
  const found = detectSqli(byteText(text))
  return found === undefined || found.confidence === 'weak'
}

test('full-width quotes count as quotes', () => {
  const attack = byteText('x＇ or 1=1--')
  assert.deepEqual(detectSqli(attack), {
    finding: 'boolean-constants',
    confidence: 'certain',
    offset: 0,
    length: attack.length,
  })
})

test('long texts of one sign come to an end without a sure finding', () => {
  for (const unit of HOSTILE_UNITS) {
    const found = detectSqli(longText(unit))
    assert.ok(found === undefined || found.offset >= 0, unit)
  }
})

test('any mixture of pieces is judged the same every time, within the value', () => {
  const pieces = fc.constantFrom(...ATTACKS.slice(0, 200), ...HOSTILE_UNITS, "'", '"', '`', ' ', '--', '/*', '*/', '\\')
  fc.assert(
    fc.property(fc.array(pieces, { maxLength: 12 }), (parts) => {
      const value = parts.join('')
      const found = detectSqli(value)
      assert.deepEqual(detectSqli(value), found)
      if (found === undefined) return
      assert.ok(found.length > 0 && found.offset >= 0 && found.offset + found.length <= value.length, value)
    }),
    { numRuns: 1_000 },
  )
})
