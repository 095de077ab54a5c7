import assert from 'node:assert/strict'
import test from 'node:test'
import { FIELD_BY_NAME } from '#fields'
import { renderRuleError, type RuleErrorCode } from '../rule-error.ts'
import { TEST_FIELD_BY_NAME } from '../test-fields.ts'
import type { ParseOptions } from './cursor.ts'
import { parseExpression } from './parse.ts'

const OPTIONS: ParseOptions = { fields: TEST_FIELD_BY_NAME, lists: new Map([['office', 'IP']]), point: 'http-edge' }

/** Expression, code, the underlined text, a part of message and suggestion. */
const FAULTS: readonly (readonly [string, RuleErrorCode, string, RegExp])[] = [
  ['', 'syntax', '', /expected a field or a function, found the end/],
  ['txt == "a"', 'unknown-field', 'txt', /did you mean `text`/],
  ['TEXT == "a"', 'unknown-field', 'TEXT', /did you mean `text`/],
  ['tcp and flag', 'unknown-field', 'tcp', /write `ip\.proto == 6`/],
  ['lwoer(text) == "a"', 'unknown-function', 'lwoer', /did you mean `lower`/],
  ['lower == "a"', 'unknown-field', 'lower', /is a function.*lower\(\.\.\.\)/s],
  ['address in $ofice', 'unknown-list', 'ofice', /did you mean `\$office`/],
  ['text in $office', 'type', 'text in $office', /holds IP, the left side is String/],
  ['text == 5', 'type', '5', /expected a string.*write it in quotes: "5"/s],
  ['number == "S"', 'type', '"S"', /^(?!.*without quotes)/s],
  ['number == "5"', 'type', '"5"', /expected an integer.*without quotes: 5/s],
  ['address == 10.0.0.0/8', 'type', '10.0.0.0/8', /is a network.*write `in \{10\.0\.0\.0\/8\}`/s],
  ['address in {10.0.0.1/8}', 'literal', '10.0.0.1/8', /bits after it zero/],
  ['address == 1.2.3', 'literal', '1.2.3', /not an IP address/],
  ['number == 1.5', 'type', '1.5', /expected an integer/],
  ['number == 09', 'literal', '09', /a leading 0 means octal/],
  ['number == 9007199254740992', 'literal', '9007199254740992', /out of range/],
  ['number > 5s', 'literal', '5s', /has no unit/],
  ['size > 5s', 'literal', '5s', /the field counts bytes/],
  ['seconds > 100ms', 'literal', '100ms', /not a whole number of seconds/],
  ['size > 5kg', 'literal', '5kg', /not a unit/],
  ['number in {9..1}', 'literal', '9..1', /lower to the higher/],
  ['address in {1.1.1.1..::1}', 'literal', '1.1.1.1..::1', /one family/],
  ['number in {}', 'syntax', '{}', /empty/],
  ['flag in {1}', 'type', '{', /Bool/],
  ['number contains 3', 'type', 'contains', /compares String, the left side is Int/],
  ['flag < true', 'type', '<', /compares Int, String, IP/],
  ['text == number', 'type', 'number', /left side is String, this is Int/],
  ['text', 'syntax', '', /expected an operator after a value of type String/],
  ['text = "a"', 'syntax', '=', /write `==`/],
  ["text == 'a'", 'syntax', "'", /double quotes/],
  ['flag AND flag', 'syntax', 'AND', /lower case: write `and`/],
  ['flag flag', 'syntax', 'flag', /expected `and`, `or`, `xor` or the end/],
  ['"a" == text', 'syntax', '"a"', /literal stands on the right/],
  ['(text) == "a"', 'syntax', ')', /parentheses group conditions/],
  ['(flag) == true', 'syntax', '==', /parentheses group conditions/],
  ['(flag', 'syntax', '', /expected `\)`/],
  ['text == "abc', 'syntax', '"', /does not end/],
  ['text == r#"abc"', 'syntax', 'r#"', /does not end/],
  ['text == "a\\q"', 'literal', '\\q', /unknown escape/],
  ['texts == "a"', 'type', 'texts', /Array<String>.*\[0\]/s],
  ['text[0] == "a"', 'type', '0', /has no elements/],
  ['texts["a"] == "a"', 'type', '"a"', /indexed by a position/],
  ['headers[0] == "a"', 'type', '0', /indexed by a key/],
  ['texts[-1] == "a"', 'literal', '-1', /count from 0/],
  ['texts[*] == "a"', 'type', 'texts[*] == "a"', /any\(\.\.\.\)/],
  ['any(text == "a")', 'type', 'text == "a"', /nothing inside `any` iterates/],
  ['any(texts[*] == "a" and numbers[*] == 1)', 'type', 'numbers', /the same array, here `texts`/],
  ['any(lower(texts[*])[0] == "a")', 'type', '0', /cannot pick one/],
  ['any(split(texts[*], ",", 2)[*] == "a")', 'type', 'split(texts[*], ",", 2)', /gives an array/],
  ['lower(number) == "a"', 'type', 'number', /to_string/],
  ['lower(texts) == "a"', 'type', 'texts', /`\[\*\]`/],
  ['lower() == "a"', 'type', 'lower', /takes \(source\), found 0/],
  ['substring(text, 1, 2, 3) == "a"', 'type', 'substring', /takes \(source, start, \[end\]\), found 4/],
  ['split(text, "", 2)[0] == "a"', 'literal', '""', /may not be empty/],
  ['split(text, text, 2)[0] == "a"', 'type', 'text', /must be a literal/],
  ['concat(text, texts) == "a"', 'type', 'texts', /is String, this is Array<String>/],
  ['bit_slice(text, 8, 4) == 1', 'literal', 'bit_slice(text, 8, 4)', /1 to 32 bits/],
  ['text matches "a(?=b)"', 'regex', '(?=', /lookahead is refused/],
  ['text matches r"(a)\\1"', 'regex', '\\1', /backreferences are refused/],
  ['text matches "a**"', 'regex', '*', /nothing to repeat/],
  ['text matches text', 'syntax', 'text', /expected a string/],
  ['text wildcard "a**"', 'literal', '"a**"', /two stars/],
]

test('faults name their place and what may help', () => {
  for (const [text, code, underlined, expected] of FAULTS) {
    const result = parseExpression(text, OPTIONS)
    if (result.ok) assert.fail(`${text} was accepted`)
    const { error } = result
    assert.equal(error.code, code, `${text}: ${error.message}`)
    assert.match(`${error.message}\n${error.suggestion ?? ''}`, expected, text)
    const start = error.column - 1
    if (underlined !== '')
      assert.equal(text.slice(start, start + error.length).replace(/^\$/, ''), underlined.replace(/^\$/, ''), text)
  }
})

test('a field that the point or the stage cannot read is refused', () => {
  const elsewhere = parseExpression('text == "a"', { ...OPTIONS, point: 'dns' })
  assert.ok(!elsewhere.ok)
  assert.equal(elsewhere.error.message, '`text` cannot be read by dns; it can by http-edge')
  assert.ok(parseExpression('address == ::1', { ...OPTIONS, point: 'dns' }).ok)
  const early = parseExpression('millis > 5', { ...OPTIONS, stage: 'request' })
  assert.ok(!early.ok)
  assert.match(early.error.message, /not known before the origin answered/)
  assert.ok(parseExpression('millis > 5', { ...OPTIONS, stage: 'response' }).ok)
  const late = 'http.response.body.size > 5'
  const never = parseExpression(late, { fields: FIELD_BY_NAME, stage: 'response' })
  assert.ok(!never.ok)
  assert.match(never.error.message, /no rule can read it/)
  assert.ok(parseExpression(late, { fields: FIELD_BY_NAME }).ok)
})

test('names that Wireshark gives to fields lead to ours', () => {
  const result = parseExpression('tcp.window_size_value < 9', { ...OPTIONS, fields: FIELD_BY_NAME })
  assert.ok(!result.ok)
  assert.equal(result.error.suggestion, "that is Wireshark's name of `tcp.window`")
})

test('the rendering shows the line, carets and the suggestion', () => {
  const text = 'flag and\n  txt == "a"'
  const result = parseExpression(text, OPTIONS)
  assert.ok(!result.ok)
  assert.equal(
    renderRuleError(result.error, text),
    ['2:3: there is no field `txt`', '    txt == "a"', '    ^^^', '  did you mean `text`?'].join('\n'),
  )
  const long = `text in {${'"aaaaaaaaaa" '.repeat(50)}} and txt == "a"`
  const far = parseExpression(long, OPTIONS)
  assert.ok(!far.ok)
  const lines = renderRuleError(far.error, long).split('\n')
  assert.ok(lines[1].length <= 162)
  assert.equal(lines[1].slice(lines[2].indexOf('^'), lines[2].indexOf('^') + 3), 'txt')
})
