import assert from 'node:assert/strict'
import test from 'node:test'
import { problemsOf, readText, rulesOf } from './testing/read-text.ts'

const RULES = `SecRule ARGS|REQUEST_COOKIES "a" "id:10,deny,msg:'First one',tag:language-java,t:lowercase"
SecRule ARGS "b" "id:11,deny,msg:'Second one',tag:language-javascript"
SecRule ARGS "c" "id:20,deny,msg:'Third',tag:attack-x,chain"
  SecRule TX:x "d" "t:trim"
SecAction "id:30,pass"
SecMarker END
`

const REMOVALS: readonly (readonly [directive: string, left: readonly number[], why: string])[] = [
  ['SecRuleRemoveById 10', [11, 20, 30], 'one id'],
  ['SecRuleRemoveById 10 20', [11, 30], 'several ids'],
  ['SecRuleRemoveById "10-19, 30"', [20], 'a range and an id in one argument'],
  ['SecRuleRemoveById 10 - 12', [], 'a range must be one argument'],
  ['SecRuleRemoveByTag attack-x', [10, 11, 30], 'a tag'],
  ['SecRuleRemoveByTag language-java', [11, 20, 30], 'a whole tag is not also a pattern for a longer one'],
  ['SecRuleRemoveByTag ^language-', [20, 30], 'a pattern for tags'],
  ['SecRuleRemoveByMsg "Third"', [10, 11, 30], 'a message'],
  ['SecRuleRemoveByMsg "one$"', [20, 30], 'a pattern for messages'],
]

test('rules are removed, wherever the removal stands', () => {
  for (const [directive, left, why] of REMOVALS) {
    if (left.length === 0) {
      assert.equal(problemsOf(`${RULES}${directive}`).length, 1, why)
      continue
    }
    for (const text of [`${RULES}${directive}`, `${directive}\n${RULES}`]) {
      assert.deepEqual(
        rulesOf(text).map(({ id }) => id),
        left,
        why,
      )
    }
  }
})

const targetsOf = (text: string, id: number): readonly string[] =>
  rulesOf(text)
    .find((rule) => rule.id === id)!
    .links[0].variables.map(({ name, exclude, selector }) => {
      const key =
        selector.kind === 'key' ? `:${selector.key}` : selector.kind === 'regex' ? `:/${selector.source}/` : ''
      return `${exclude ? '!' : ''}${name}${key}`
    })

const TARGETS: readonly (readonly [directive: string, expected: readonly string[], why: string])[] = [
  ['SecRuleUpdateTargetById 10 "!ARGS:a"', ['ARGS', 'REQUEST_COOKIES', '!ARGS:a'], 'an exclusion'],
  [
    'SecRuleUpdateTargetById 1-19 "!ARGS:/^x/,!REQUEST_COOKIES:\'b|c\'"',
    ['ARGS', 'REQUEST_COOKIES', '!ARGS:/^x/', '!REQUEST_COOKIES:b|c'],
    'a range of ids, and several variables',
  ],
  ['SecRuleUpdateTargetById 10 ARGS_NAMES', ['ARGS', 'REQUEST_COOKIES', 'ARGS_NAMES'], 'one more variable'],
  ['SecRuleUpdateTargetById 10 ARGS_NAMES ARGS', ['REQUEST_COOKIES', 'ARGS_NAMES'], 'one variable for another'],
  ['SecRuleUpdateTargetByTag language-java "!ARGS:a"', ['ARGS', 'REQUEST_COOKIES', '!ARGS:a'], 'by tag'],
  ['SecRuleUpdateTargetByMsg "^First" "!ARGS:a"', ['ARGS', 'REQUEST_COOKIES', '!ARGS:a'], 'by message'],
]

test('variables of rules are added, excluded and replaced', () => {
  for (const [directive, expected, why] of TARGETS) {
    assert.deepEqual(targetsOf(`${RULES}${directive}`, 10), expected, why)
    assert.deepEqual(targetsOf(`${RULES}${directive}`, 20), ['ARGS'], why)
  }
})

test('a target for a rule without variables does not make it a test', () => {
  const [, , , action] = rulesOf(`${RULES}SecRuleUpdateTargetById 30 ARGS`)
  assert.deepEqual(action.links[0].variables, [])
})

test('actions of rules are changed: the last counts of what counts once, the rest is added', () => {
  const [first, , chained] = rulesOf(`${RULES}SecRuleUpdateActionById 10 "pass,nolog,tag:mine,msg:'Other',t:trim"
SecRuleUpdateActionById 20:1 "t:none,t:length,setvar:tx.y=1"`)
  assert.deepEqual(first.metadata.disruptive, 'pass')
  assert.deepEqual([first.metadata.message, first.metadata.log], ['Other', false])
  assert.deepEqual(first.metadata.tags, ['language-java', 'mine'])
  assert.deepEqual(first.links[0].transformations, ['lowercase', 'trim'])
  assert.deepEqual(chained.links[1].transformations, ['length'])
  assert.deepEqual(chained.links[1].actions[0].value, 'tx.y=1')
  assert.deepEqual(chained.links[0].transformations, [])
})

test('a change that meets no rule is said, a link that is not there refused', () => {
  const { warnings } = readText(`${RULES}SecRuleRemoveById 5\nSecRuleUpdateTargetByTag nope "!ARGS:a"`)
  assert.deepEqual(
    warnings.map(({ place, message }) => `${place.line}:${place.column} ${message}`),
    [
      '7:19 SecRuleRemoveById changes nothing: there is no such rule',
      '8:26 SecRuleUpdateTargetByTag changes nothing: there is no such rule',
    ],
  )
  assert.deepEqual(problemsOf(`${RULES}SecRuleUpdateActionById 20:2 "pass"`), [
    '7:25 rule 20 has 2 links, none of number 2',
  ])
})

test('skipAfter may name a rule, also one that is removed', () => {
  const text = `SecAction "id:1,pass,skipAfter:3"\nSecAction "id:2"\nSecAction "id:3"\nSecAction "id:4"`
  const shown = (rules: string): readonly unknown[] =>
    readText(rules).items.map((item) => (item.type === 'marker' ? `marker ${item.name}` : item.id))
  assert.deepEqual(shown(text), [1, 2, 3, 'marker 3', 4])
  assert.deepEqual(shown(`${text}\nSecRuleRemoveById 3`), [1, 2, 'marker 3', 4])
})
