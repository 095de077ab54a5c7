import assert from 'node:assert/strict'
import test from 'node:test'
import { parseVariables } from './parse-variables.ts'
import { PlacedText } from './placed-text.ts'
import { Problems } from './problems.ts'
import { rulesOf } from './testing/read-text.ts'

const PLACE = { file: 't.conf', line: 1, column: 1 }

/** A variable in one line: `!ARGS:key`, `&TX/regex/`. */
function variablesOf(text: string): readonly string[] {
  const problems = new Problems([])
  const variables = parseVariables(PlacedText.of(text, PLACE), problems)
  problems.throwIfAny()
  return variables.map(({ name, selector, count, exclude }) => {
    const prefix = (exclude ? '!' : '') + (count ? '&' : '')
    switch (selector.kind) {
      case 'all':
        return prefix + name
      case 'key':
        return `${prefix}${name}:${selector.key}`
      case 'regex':
        return `${prefix}${name} matches ${selector.source}`
      case 'xpath':
        return `${prefix}${name} at ${selector.path}`
    }
  })
}

const VARIABLES: readonly (readonly [text: string, expected: readonly string[], why: string])[] = [
  ['ARGS', ['ARGS'], 'a whole collection'],
  ['args|Request_Headers:Host', ['ARGS', 'REQUEST_HEADERS:Host'], 'names of variables in any case, keys as they are'],
  ['ARGS|!ARGS:a|&ARGS', ['ARGS', '!ARGS:a', '&ARGS'], 'exclusion and count'],
  ['ARGS:/^a|b,c$/|TX:x', ['ARGS matches ^a|b,c$', 'TX:x'], 'a pattern may hold what separates variables'],
  ["ARGS:'/a|b/'|TX:1", ['ARGS matches a|b', 'TX:1'], 'quotes around a pattern'],
  ["!ARGS:'a|b'", ['!ARGS:a|b'], 'quotes around a key'],
  ["ARGS:'it\\'s'", ["ARGS:it's"], 'an escaped quote in a key'],
  ['ARGS:/a\\/b/', ['ARGS matches a/b'], 'an escaped slash in a pattern'],
  ['XML:/*|XML://@*|ARGS', ['XML at /*', 'XML at //@*', 'ARGS'], 'the two paths of XML'],
  ['!REQUEST_COOKIES:/__utm/,ARGS', ['!REQUEST_COOKIES matches __utm', 'ARGS'], 'commas separate as well'],
  ['ARGS:a:b', ['ARGS:a:b'], 'a key may hold a colon'],
]

test('variables are read', () => {
  for (const [text, expected, why] of VARIABLES) assert.deepEqual(variablesOf(text), expected, why)
})

test('a rule holds what stands in it', () => {
  const [rule] = rulesOf(`SecDefaultAction "phase:2,log,deny,status:418,tag:site"
SecRule ARGS|!ARGS:a "!@pm one two" "id:'12',phase:request,capture,multiMatch,block,t:lowercase,t:none,t:urlDecodeUni,\\
  t:normalisePath,msg:'Say \\'no\\', please',logdata:'%{MATCHED_VAR}',severity:2,ver:'x/1',rev:3,tag:attack-x,tag:'paranoia-level/3',\\
  setvar:'tx.score=+%{tx.five}',ctl:ruleRemoveById=1-3,skipAfter:END,setsid:%{REQUEST_COOKIES.sid},chain"
  SecRule &ARGS "@gt 1" "t:length"
SecMarker END`)
  const { place, links, ...rest } = rule
  assert.deepEqual(rest, {
    type: 'rule',
    id: 12,
    phase: 2,
    metadata: {
      message: "Say 'no', please",
      logData: '%{MATCHED_VAR}',
      severity: 'CRITICAL',
      tags: ['site', 'attack-x', 'paranoia-level/3'],
      version: 'x/1',
      paranoia: 3,
      log: true,
      auditLog: true,
      disruptive: 'deny',
      status: 418,
      skipAfter: 'END',
      skip: 0,
    },
  })
  assert.deepEqual(place, { file: 't.conf', line: 2, column: 1 })
  const [head, second] = links
  assert.deepEqual(head.transformations, ['urlDecodeUni', 'normalizePath'])
  assert.deepEqual([head.multiMatch, head.capture], [true, true])
  assert.deepEqual([head.operator.name, head.operator.negated, head.operator.phrases], ['pm', true, ['one', 'two']])
  assert.deepEqual(
    head.actions.map(({ name, value }) => [name, value]),
    [
      ['setvar', 'tx.score=+%{tx.five}'],
      ['ctl', 'ruleRemoveById=1-3'],
      ['initcol', 'session=%{REQUEST_COOKIES.sid}'],
    ],
  )
  assert.deepEqual(head.actions[0].place, { file: 't.conf', line: 4, column: 3 })
  assert.deepEqual([second.operator.name, second.operator.argument, second.transformations], ['gt', '1', ['length']])
  assert.equal(second.place.line, 5)
})

const OPERATORS: readonly (readonly [written: string, name: string, negated: boolean, argument: string])[] = [
  ['^a.b$', 'rx', false, '^a.b$'],
  ['!^a$', 'rx', true, '^a$'],
  ['@rx  a b ', 'rx', false, 'a b '],
  ['!@streq  x', 'streq', true, 'x'],
  ['! @STREQ x', 'streq', true, 'x'],
  ['@unconditionalMatch', 'unconditionalMatch', false, ''],
  ['@ipmatchf', 'ipMatchFromFile', false, ''],
  ['@within %{tx.a}', 'within', false, '%{tx.a}'],
  ['@eq %{tx.a}', 'eq', false, '%{tx.a}'],
  ['@validateByteRange 1-9, 32', 'validateByteRange', false, '1-9, 32'],
]

test('operators are read, a bare pattern stands for @rx', () => {
  for (const [written, name, negated, argument] of OPERATORS) {
    if (name === 'ipMatchFromFile') continue
    const [{ links }] = rulesOf(`SecRule ARGS "${written}" "id:1"`)
    const { operator } = links[0]
    assert.deepEqual([operator.name, operator.negated, operator.argument], [name, negated, argument], written)
  }
})

const DISRUPTIVE: readonly (readonly [defaults: string, actions: string, expected: unknown, why: string])[] = [
  ['', '', 'pass', 'without anything a rule passes'],
  ['', 'block', 'pass', 'block without a default passes as well'],
  ['phase:2,deny', '', 'deny', 'the default of the phase'],
  ['phase:1,deny', '', 'pass', 'the default of another phase'],
  ['phase:2,deny', 'block', 'deny', 'block is the default'],
  ['phase:2,deny', 'pass', 'pass', 'a rule says otherwise'],
  ['phase:2,pass', 'deny,block', 'pass', 'the last one counts'],
  ['phase:2,pass', 'allow:phase', 'allow:phase', 'allow with its reach'],
  ['phase:2,pass', 'allow', 'allow', 'allow'],
]

test('what happens is the last word of the rule, or the default', () => {
  for (const [defaults, actions, expected, why] of DISRUPTIVE) {
    const before = defaults === '' ? '' : `SecDefaultAction "${defaults}"\n`
    const [{ metadata }] = rulesOf(`${before}SecAction "id:1,${actions}"`)
    assert.equal(metadata.disruptive, expected, why)
  }
  const [{ metadata }] = rulesOf(`SecAction "id:1,redirect:'https://shop.test/?a,b',status:303"`)
  assert.deepEqual(
    [metadata.disruptive, metadata.redirectTo, metadata.status],
    ['redirect', 'https://shop.test/?a,b', 303],
  )
})

test('default actions hold from their place on', () => {
  const rules = rulesOf(`SecAction "id:1"
SecDefaultAction "phase:2,nolog,deny"
SecAction "id:2"
SecDefaultAction "phase:2,log,pass"
SecAction "id:3,nolog,auditlog"`)
  assert.deepEqual(
    rules.map(({ metadata: { disruptive, log, auditLog } }) => [disruptive, log, auditLog]),
    [
      ['pass', true, true],
      ['deny', false, false],
      ['pass', false, true],
    ],
  )
})
