import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import { TidegateError } from '#kernel'
import { loadSecRules, type SecRuleSet } from './index.ts'

/** What stands in rule files, so that broken files come close to right ones. */
const PIECES = [
  'SecRule',
  'SecAction',
  'SecMarker',
  'SecDefaultAction',
  'SecRuleRemoveById',
  'SecRuleUpdateTargetById',
  'Include',
  'SecRuleUpdateActionById',
  'SecRequestBodyLimit',
  ' ',
  ' ',
  '\t',
  '\n',
  '\\\n',
  '\\',
  '"',
  '"',
  "'",
  '#',
  ',',
  ':',
  '|',
  '!',
  '&',
  '=',
  '/',
  '@',
  '%{',
  '}',
  ';',
  '-',
  'ARGS',
  'TX',
  'REQUEST_HEADERS',
  'XML',
  '@rx',
  '@pm',
  '@eq',
  '(a|b)*',
  '[',
  'id:',
  '1',
  '942100',
  'phase:2',
  'chain',
  'deny',
  't:lowercase',
  'setvar:tx.a=1',
  'ctl:ruleRemoveById=',
  'msg:',
  'tag:x',
  'skipAfter:END',
  'END',
  '\xff',
  '\0',
  '\r',
]

const hostileText = fc.oneof(
  fc.array(fc.constantFrom(...PIECES), { maxLength: 60 }).map((pieces) => pieces.join('')),
  fc.string({ unit: 'binary', maxLength: 200 }).map((text) => Buffer.from(text).toString('latin1')),
)

test('a hostile file is read or refused, never anything else', () => {
  fc.assert(
    fc.property(hostileText, (text) => {
      let set: SecRuleSet
      try {
        set = loadSecRules({ before: [{ file: '/nowhere/x.conf', text }] })
      } catch (error) {
        assert.ok(error instanceof TidegateError && error.code === 'ERR_RULE_INVALID', String(error))
        assert.match(error.message, /^\S.*:[0-9]+:[0-9]+: \S/)
        return
      }
      for (const item of set.items) {
        if (item.type === 'rule') assert.ok(item.id > 0 && item.links.length > 0)
      }
    }),
    { numRuns: 3_000 },
  )
})

/** Texts in which each reader could go over the rest again for every character. */
const LONG: readonly string[] = [
  '"'.repeat(200_001),
  '\\'.repeat(200_000),
  'SecRule ARGS "'.padEnd(200_000, '\\"'),
  `SecRule ${"ARGS:'".repeat(30_000)} "x" "id:1"`,
  `SecRule ARGS "x" "id:1,msg:'${"\\'".repeat(100_000)}"`,
  `SecRule ARGS "x" "${"t:'".repeat(60_000)}"`,
  `SecRuleRemoveById ${' '.repeat(100_000)}"1 ${'- '.repeat(100_000)}"`,
  `SecAction "id:1,setvar:tx.${'a.'.repeat(100_000)}"`,
  `SecAction "id:1,msg:${'%{'.repeat(100_000)}"`,
  `SecAction "id:1,${'a,\\\n'.repeat(60_000)}"`,
  `SecRule ARGS "@pm ${'|41'.repeat(60_000)}" "id:1"`,
  `SecRule ARGS "@validateByteRange ${'1,'.repeat(100_000)}" "id:1"`,
]

test('long lines of one thing take no quadratic time', () => {
  for (const text of LONG) {
    try {
      loadSecRules({ before: [{ file: 'x.conf', text }] })
    } catch (error) {
      assert.ok(error instanceof TidegateError, String(error))
    }
  }
})
