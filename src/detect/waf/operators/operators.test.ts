import assert from 'node:assert/strict'
import test from 'node:test'
import { readText } from '../seclang/testing/read-text.ts'
import { compileOperator, ENGINE_OPERATORS } from './index.ts'
import type { CompiledOperator } from './operator.ts'

/** The operator of a rule, with its argument. */
function operatorOf(written: string): { readonly compiled: CompiledOperator; readonly argument: string } {
  const [rule] = readText(`SecRule ARGS "${written}" "id:1"`).items
  assert.ok(rule.type === 'rule')
  const { operator } = rule.links[0]
  const compiled = compileOperator(operator)
  assert.ok(compiled !== undefined, written)
  return { compiled, argument: operator.argument }
}

const CASES: Readonly<Record<string, { readonly yes: readonly string[]; readonly no: readonly string[] }>> = {
  '@beginsWith ab': { yes: ['ab', 'abc'], no: ['', 'a', 'xab', 'AB'] },
  '@contains ab': { yes: ['ab', 'xaby'], no: ['a b', ''] },
  '@containsWord ab': { yes: ['ab', 'x ab', 'ab,', 'xab ab'], no: ['xab', 'ab1', 'ab_', ''] },
  '@endsWith ab': { yes: ['ab', 'xab'], no: ['abx', ''] },
  '@streq ab': { yes: ['ab'], no: ['AB', 'ab ', ''] },
  '@strmatch ab': { yes: ['xaby'], no: ['ba'] },
  '@within GET POST HEAD': { yes: ['GET', 'OST H', ''], no: ['PUT', 'get'] },
  '@eq 10': { yes: ['10', ' 10', '010', '+10', '10abc'], no: ['', '1', '100', '-10'] },
  '@eq 0': { yes: ['', 'abc', '0', '-0', '-'], no: ['1'] },
  '@ge 10': { yes: ['10', '99999999999999999999'], no: ['9', '-11'] },
  '@gt 10': { yes: ['11'], no: ['10'] },
  '@le 10': { yes: ['10', '', '-5'], no: ['11'] },
  '@lt -1': { yes: ['-2'], no: ['-1', ''] },
  '@noMatch': { yes: [], no: ['', 'a'] },
  '@unconditionalMatch': { yes: ['', 'a'], no: [] },
  '@rbl dnsbl.test': { yes: [], no: ['192.0.2.1'] },
  '@pm one TWO a|20 7c|b': { yes: ['xONEx', 'two', 'A |b'], no: ['on e', 'ab', ''] },
  '@ipMatch 10.1.2.3/8, 192.0.2.7,2001:db8::1/32,::ffff:203.0.113.0/120': {
    yes: ['10.255.0.1', '192.0.2.7', '2001:db8:ffff::', '::ffff:10.0.0.1', '203.0.113.200'],
    no: ['11.0.0.0', '192.0.2.8', '2001:db9::', '', 'localhost', '10.0.0.1/8'],
  },
  '@validateByteRange 32-126,9': { yes: ['a\n', '\x7f', '\xe9', '\0'], no: ['', 'abc ~', '\t'] },
  '@validateUrlEncoding': { yes: ['%', '%4', '%zz', 'a%41%', '%%41'], no: ['', 'abc', '%41%fF', 'a+b'] },
  '@validateUtf8Encoding': {
    yes: [
      '\xff',
      '\xc3',
      '\xc0\xaf',
      '\xe0\x80\x80',
      '\xed\xa0\x80',
      '\xf4\x90\x80\x80',
      '\xf5\x80\x80\x80',
      '\x80',
      'a\xe2\x82',
    ],
    no: ['', 'abc', '\xc3\xa9', '\xe2\x82\xac', '\xed\x9f\xbf', '\xf4\x8f\xbf\xbf', '\xf0\x9f\x98\x80'],
  },
  '@verifyCC \\d{13,16}': {
    yes: ['4111111111111111', 'card=5500005555555559;', '1234567890123 4111111111111111'],
    no: ['4111111111111112', '94111111111111111', '411111', ''],
  },
  '@verifyCPF \\d{3}\\.?\\d{3}\\.?\\d{3}-?\\d{2}': {
    yes: ['529.982.247-25'],
    no: ['529.982.247-26', '111.111.111-11'],
  },
  '@verifySSN \\d{3}-?\\d{2}-?\\d{4}': {
    yes: ['078-05-1120', 'x 536904399'],
    no: ['000-12-3456', '666-12-3456', '900-12-3456', '123-00-3456', '123-45-0000', '123-45-6789', '333-33-3333'],
  },
  '@verifySVNR \\d{10}': { yes: ['1237010180'], no: ['1238010180'] },
}

test('operators match what they should, and nothing else', () => {
  for (const [written, { yes, no }] of Object.entries(CASES)) {
    const { compiled, argument } = operatorOf(written)
    for (const value of yes) assert.equal(compiled.test(value, argument), true, `${written}: ${JSON.stringify(value)}`)
    for (const value of no) assert.equal(compiled.test(value, argument), false, `${written}: ${JSON.stringify(value)}`)
  }
})

const SPANS: readonly (readonly [written: string, value: string, matched: string, captures: boolean])[] = [
  ['@beginsWith ab', 'abc', 'ab', false],
  ['@contains ab', 'xxabyy', 'ab', false],
  ['@containsWord ab', 'xab ab', 'ab', false],
  ['@endsWith ab', 'xxab', 'ab', false],
  ['@pm foo bar', 'a BAR', 'BAR', true],
  ['@validateByteRange 32-126', 'ab\ncd', '\n', false],
  ['@validateUrlEncoding', 'a%41%zz', '%', false],
  ['@validateUtf8Encoding', '\xc3\xa9\xff', '\xff', false],
  ['@verifyCC \\d{13,16}', 'card 4111111111111111.', '4111111111111111', true],
  ['@eq 5', '5x', '5x', false],
  ['@within abc', 'b', 'b', false],
]

test('what matched is told, and what may be captured', () => {
  for (const [written, value, matched, captures] of SPANS) {
    const { compiled, argument } = operatorOf(written)
    const { offset, length } = compiled.locate(value, argument)
    assert.deepEqual([value.slice(offset, offset + length), compiled.captures], [matched, captures], written)
  }
  const { compiled, argument } = operatorOf('@containsWord ab')
  assert.equal(compiled.locate('xab ab', argument).offset, 4)
})

test('an argument that is expanded for each request counts', () => {
  const { compiled } = operatorOf('@within %{tx.allowed}')
  assert.equal(compiled.test('PUT', 'GET PUT'), true)
  assert.equal(compiled.test('PUT', 'GET'), false)
})

test('operators of the engine, and what is none, are left to the caller', () => {
  for (const name of [...ENGINE_OPERATORS, 'toString', 'nope']) {
    assert.equal(compileOperator({ name, negated: false, argument: '' }), undefined)
  }
})
